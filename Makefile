# Rollcall's commands. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

# Which Python makes .venv: make PYTHON=python3.12 demo
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := python -m pip --disable-pip-version-check install --quiet --no-compile --no-deps --no-build-isolation
LOCKED := $(INSTALL) --use-pep517 --require-hashes
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"
LOCK = $(COMPILE) $(UPGRADE) setup.cfg --overrides requirements/overrides.txt

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: $(VENV)/.demo ## Show a class being marked present from video, in the portal; Ctrl-C stops it
	@exec $(BIN)/python -m deploy.demo

.PHONY: demo-once
demo-once: $(VENV)/.demo ## Play the demo's clip through once, without the portal, and print the register
	@exec $(BIN)/python -m deploy.demo --once

.PHONY: install
install: $(VENV)/.portal ## Install what the portal needs in service, and nothing more

# The files in the order in which they are collected: tests/conftest.py puts those first that take longest.
# What took longest is told at the end: the run is to stay short. Three for two cores: a third of the time tests wait.
PARALLEL := --numprocesses 3 --dist loadfile --no-loadscope-reorder --durations 100 --durations-min 2

.PHONY: test
test: packages $(VENV)/.test ## Install what the tests need, then run everything: lint, types, contracts, tests
	@$(MAKE) --no-print-directory check
	$(BIN)/python -m pytest $(PARALLEL)

# Every file of tests that asks for a database server, on a real MySQL instead of MariaDB.
MYSQL_ROOT ?= $(CURDIR)/var/mysql
.PHONY: test-mysql
test-mysql: $(VENV)/.test ## Run the tests that touch the database on a real MySQL, fetched into var/mysql
	@deploy/make-mysql $(MYSQL_ROOT)
	ROLLCALL_TEST_DATABASE=mysql ROLLCALL_MYSQL_ROOT=$(MYSQL_ROOT) \
		$(BIN)/python -m pytest $(PARALLEL) $$(grep -rl --include='test_*.py' mariadb tests)

.PHONY: test-migrations
test-migrations: $(VENV)/.test ## Upgrade the first release's database, failing at every single statement on the way
	EVERY_STATEMENT=1 $(BIN)/python -m pytest --numprocesses 2 --timeout 3000 tests/portal/migrating

.PHONY: test-engines
test-engines: $(VENV)/.test ## Compare the engines on every photo of ROLLCALL_MEDIA_DIR, not on a quarter of them
	EVERY_PHOTO=1 $(BIN)/python -m pytest --numprocesses 2 tests/unit/test_engine_parity.py

.PHONY: fuzz
fuzz: $(VENV)/.test ## Try 20,000 spoilt inputs of each kind; make SEED=7 INPUTS=300 fuzz tries those again
	@seed=$${SEED:-$$(date +%s)} && echo "SEED=$$seed" && \
		FUZZ_SEED=$$seed FUZZ_INPUTS=$${INPUTS:-20000} $(BIN)/python -m pytest --timeout 3000 tests/fuzzing

.PHONY: scale
scale: $(VENV)/.test ## Hold the records' pages to what they show with a million marks
	ROLLCALL_TEST_MARKS=1000000 $(BIN)/python -m pytest tests/portal/test_records_at_scale.py

.PHONY: test-races
test-races: $(VENV)/.test ## Let corrections, cameras and closing meet on the same registers, thousands of times
	ROLLCALL_RACE_ROUNDS=3000 $(BIN)/python -m pytest --timeout 3000 --durations 1 tests/portal/test_race.py

# From source; or the bundle's program, or the package's: make PROGRAM=dist/recognizer/recognizer test-broken
PROGRAM ?=
BROKEN := $(addprefix tests/acceptance/test_,oracle.py database_breaks.py killed.py lesson_goes_on.py clocks_break.py \
	disks_break.py two_daemons.py) $(addprefix tests/integration/test_,rtsp_to_mariadb.py other_schema.py)
.PHONY: test-broken
test-broken: $(VENV)/.test ## Kill 200 times, restart a camera 100 times, keep the database away: the long form of tests/acceptance
ifeq ($(PROGRAM),)
	ROLLCALL_LONG=1 ROLLCALL_KILLS=100 $(BIN)/python -m pytest --numprocesses 2 --dist loadfile --timeout 3000 --durations 5 \
		$(BROKEN) tests/acceptance/test_cameras_break.py
else
	ROLLCALL_PROGRAM=$(abspath $(PROGRAM)) ROLLCALL_KILLS=100 $(BIN)/python -m pytest --numprocesses 2 --dist loadfile \
		--timeout 6000 --durations 5 $(filter-out %/test_oracle.py,$(BROKEN)) tests/acceptance/test_cameras_break.py
endif

.PHONY: test-long
test-long: $(VENV)/.test ## Run the tests that the usual run leaves out, with the files that they stand in
	ROLLCALL_LONG=1 $(BIN)/python -m pytest $(PARALLEL) --timeout 3000 \
		$$(grep -rl --include='test_*.py' 'tests.fixtures.patience' tests | grep -v -e test_cameras_break -e test_soak) tests/acceptance/journeys

# In the order of chance, which SEED repeats: make MINUTES=60 SEED=1 soak
MINUTES ?= 10
SEED ?=
.PHONY: soak
soak: $(VENV)/.test ## Break everything at once for MINUTES, on purpose, and judge the register lesson by lesson
	ROLLCALL_SOAK_MINUTES=$(MINUTES) ROLLCALL_SEED=$(SEED) \
		$(BIN)/python -m pytest --timeout 0 --durations 1 tests/acceptance/test_soak.py

.PHONY: check
check: $(VENV)/.test ## Check format, lint, types, the arrows between modules, and the migrations
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	ROLLCALL_SECRET_KEY=checks-only ROLLCALL_DATABASE_URL=sqlite:///:memory: \
		$(BIN)/python manage.py makemigrations --check --dry-run

# The bundle's own environment: what the recognizer needs and PyInstaller, so that nothing else can slip in.
BUNDLE_VENV := build/bundle-venv
.PHONY: bundle
bundle: $(BUNDLE_VENV)/.bundle ## Build the recognizer as a folder that needs no Python: dist/recognizer
	@echo "Building dist/recognizer (a minute or two)."
	@$(BUNDLE_VENV)/bin/pyinstaller --noconfirm --log-level ERROR --distpath dist --workpath build deploy/recognizer.spec
# Debugging symbols are an eighth of it. What auditwheel laid into *.libs must stay as it is to be loaded.
	@find dist/recognizer -type f -name '*.so*' -not -path '*.libs/*' -exec strip --strip-unneeded {} +

.PHONY: test-bundle
test-bundle: bundle packages $(VENV)/.test ## Try the bundle where there is no Python, and under a systemd that has booted
	ROLLCALL_PROGRAM=$(abspath dist/recognizer/recognizer) CI=true $(BIN)/python -m pytest tests/acceptance/test_bundle.py

# The packages' version: make VERSION=0.2.1 deb
VERSION ?= $(shell sed -n 's/^__version__ = "\(.*\)"/\1/p' recognizer/__init__.py)
.PHONY: deb deb-recognizer deb-portal
deb: deb-recognizer deb-portal ## Build the Debian packages: dist/rollcall-…_VERSION_amd64.deb

deb-recognizer: bundle docs $(VENV)/.package
	@deploy/debian/make-deb rollcall-recognizer $(VERSION)

deb-portal: $(VENV)/.portal docs $(VENV)/.package
	@deploy/install-packages deploy/packages-bundle.txt
	@PORTAL_PYTHON=$(abspath $(BIN)/python) deploy/debian/make-deb rollcall-portal $(VERSION)

# Two versions of each package, one after the other, on a bare Debian 12 that boots under systemd; takes root.
.PHONY: test-deb
test-deb: bundle docs packages $(VENV)/.test $(VENV)/.package ## Install, upgrade, remove and purge the packages on a bare Debian 12
	@deploy/make-debian var/debian12
	@for version in 0.1.0 0.1.1; do for package in rollcall-recognizer rollcall-portal; do \
		PORTAL_PYTHON=$(abspath $(BIN)/python) COMPRESSION=none DESTINATION=$(CURDIR)/build/tried \
			deploy/debian/make-deb $$package $$version; done; done
	TRIED_PACKAGES=$(CURDIR)/build/tried BARE_DEBIAN=$(CURDIR)/var/debian12 CI=true \
		$(BIN)/python -m pytest tests/acceptance/test_*_on_debian.py

# -W: a reference that leads nowhere, or a page that stands in no list, ends the build.
.PHONY: docs
docs: $(VENV)/.docs ## Build the pages of docs/ as a site that asks no other host: build/docs/index.html
	@$(BIN)/python -m sphinx -W --keep-going -q -b html -d build/docs-read docs build/docs
	@echo "Open build/docs/index.html"

.PHONY: screenshots
screenshots: $(VENV)/.test ## Draw the pictures of the portal's pages anew: docs/pictures
	@mkdir -p docs/pictures
	ROLLCALL_PICTURES=$(abspath docs/pictures) $(BIN)/python -m pytest -q tests/portal/test_pictures.py

.PHONY: messages
messages: $(VENV)/.test ## Bring the words to be translated into portal/locale, and compile what is translated
	@deploy/make-messages $(BIN)/python

.PHONY: net
net: $(VENV)/.test ## Make the slight net of the CNN detector anew: recognizer/vision/nets/slight_net.npz
	@$(BIN)/python -m benchmarks.slight_net

.PHONY: lock
lock: $(VENV)/.test ## Make the locks from setup.cfg; with UPGRADE=--upgrade also move to newer releases
	$(LOCK) --extra recognizer --output-file requirements/recognizer.txt
	$(LOCK) --extra portal --no-emit-package pillow --output-file requirements/portal.txt
	$(LOCK) --extra recognizer --extra bundle --output-file requirements/bundle.txt
	$(LOCK) --extra recognizer --extra portal --extra demo --output-file requirements/demo.txt
	$(LOCK) --extra docs --output-file requirements/docs.txt
	$(LOCK) --extra package --output-file requirements/package.txt
	$(LOCK) --extra recognizer --extra portal --extra bundle --extra demo --extra docs --extra package \
		--extra test --output-file requirements/test.txt
	$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"])' \
		| $(COMPILE) $(UPGRADE) - --output-file requirements/build.txt

.PHONY: packages
packages:
	@deploy/install-packages deploy/packages-test.txt

.PHONY: clean
clean: ## Remove what these targets made, .venv and the demo's data included; enrolled faces stay
	rm -rf $(VENV) build dist var/demo var/static var/mysql var/debian12 *.egg-info .mypy_cache .pytest_cache .ruff_cache \
		.import_linter_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

# The stamps in .venv remember what is installed; a lock that changed is installed again.
$(VENV)/.made:
	@echo "Making $(VENV) with $(PYTHON)."
	@deploy/make-venv "$(PYTHON)" $(VENV)
	@touch $@

$(BUNDLE_VENV)/.bundle: requirements/bundle.txt requirements/build.txt deploy/packages-bundle.txt
	@deploy/install-packages deploy/packages-bundle.txt
	@echo "Installing requirements/bundle.txt into $(BUNDLE_VENV)."
	@deploy/make-venv "$(PYTHON)" $(BUNDLE_VENV)
	@$(BUNDLE_VENV)/bin/$(LOCKED) -r requirements/build.txt
	@$(BUNDLE_VENV)/bin/$(LOCKED) -r requirements/bundle.txt
	@touch $@

$(VENV)/.build: requirements/build.txt | $(VENV)/.made
	@$(BIN)/$(LOCKED) -r requirements/build.txt
	@touch $@

$(VENV)/.portal: requirements/portal.txt $(VENV)/.build setup.cfg
	@echo "Installing requirements/portal.txt, and Rollcall itself."
	@$(BIN)/$(LOCKED) -r requirements/portal.txt
	@$(BIN)/$(INSTALL) --editable .
	@touch $@

$(VENV)/.docs: requirements/docs.txt $(VENV)/.build setup.cfg
	@echo "Installing requirements/docs.txt, and Rollcall itself."
	@$(BIN)/$(LOCKED) -r requirements/docs.txt
	@$(BIN)/$(INSTALL) --editable .
	@touch $@

$(VENV)/.package: requirements/package.txt $(VENV)/.build
	@$(BIN)/$(LOCKED) -r requirements/package.txt
	@touch $@

$(VENV)/.demo: requirements/demo.txt $(VENV)/.build setup.cfg
	@echo "Installing requirements/demo.txt, and Rollcall itself (the first time under a minute)."
	@$(BIN)/$(LOCKED) -r requirements/demo.txt
	@$(BIN)/$(INSTALL) --editable .
	@touch $@

$(VENV)/.test: requirements/test.txt $(VENV)/.build setup.cfg
	@echo "Installing requirements/test.txt, and Rollcall itself."
	@$(BIN)/$(LOCKED) -r requirements/test.txt
	@$(BIN)/$(INSTALL) --editable .
	@touch $@ $(VENV)/.demo $(VENV)/.docs $(VENV)/.portal
