"""The portal's Debian package on a bare Debian 12: install, set up, serve, upgrade, downgrade, remove, purge.

`make test-deb` builds two versions and names the folder with them, and the root folder; else there is nothing to try.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.fixtures.booted import boot_copy
from tests.fixtures.certificates import make_certificates
from tests.fixtures.debian_package import complaints, versions

pytestmark = [
    pytest.mark.skipif("TRIED_PACKAGES" not in os.environ, reason="make test-deb builds what is tried here."),
    pytest.mark.timeout(1200),
]

JOURNEY = """\
umask 077
export DEBIAN_FRONTEND=noninteractive
step() { echo "== $* ($SECONDS s)"; }
says() {
    { set +x; } 2>/dev/null
    for _ in $(seq 300); do
        said=$(curl --silent --header 'Host: attendance.example.org' http://127.0.0.1:8000/healthz || true)
        if [[ $said = "$1"* ]]; then set -x && return 0; fi
        sleep 0.1
    done
    echo "waited in vain for '$1', was told '$said'"; systemctl status rollcall-portal; return 1
}
pid() { systemctl show --property=MainPID --value rollcall-portal; }
configured_again() {
    DPKG_MAINTSCRIPT_PACKAGE=rollcall-portal /var/lib/dpkg/info/rollcall-portal.postinst configure 0.1.0
}
behind() { rollcall-manage migrate sessions zero; }
apt-get install --yes --quiet curl

step install
apt-get install --yes --quiet /trial/old.deb
test "$(stat -c '%a %U' /etc/rollcall/portal.env /etc/rollcall/portal-secrets.env | sort -u)" = '600 root'
test "$(stat -c '%a' /opt/rollcall/portal/current/ /usr/bin/rollcall-manage /opt/rollcall | sort -u)" = 755
says 'not set up: run rollcall-manage setup'
curl --silent --output page --write-out '%{http_code}' http://127.0.0.1:8000/ | grep 503
grep 'rollcall-manage setup' page
systemctl start rollcall-close-registers.service rollcall-watch-cameras.service rollcall-clear-sessions.service
systemctl is-active rollcall-close-registers.timer rollcall-watch-cameras.timer rollcall-clear-sessions.timer
systemctl is-enabled rollcall-portal rollcall-close-registers.timer rollcall-watch-cameras.timer
systemctl is-enabled rollcall-clear-sessions.timer rollcall-tasks
test -z "$(find /opt/rollcall /var/lib /etc/rollcall -name '*.sqlite3')"
test ! -e /etc/nginx/sites-enabled/rollcall
setpriv --reuid=nobody --regid=nogroup --clear-groups rollcall-manage --help >/dev/null
rollcall-manage setup </dev/null && exit 1
rollcall-manage setup mysql://root@localhost/rollcall </dev/null 2>refused && exit 1
grep 'no database server answers' refused

step 'set up on the database of this machine'
apt-get install --yes --quiet mariadb-server >/dev/null
sed -i 's/^# ROLLCALL_ALLOWED_HOSTS/ROLLCALL_ALLOWED_HOSTS/' /etc/rollcall/portal.env
echo 'A first password 1' |
    rollcall-manage setup mysql://root@localhost --keep-owner --password-stdin --email a@example.org --name 'Ada $HOME'
test "$(stat -c '%a %U' /etc/rollcall/*.env /etc/rollcall/*.toml | sort -u)" = '600 root'
says ok
test "$(mariadb --silent --raw -e 'SELECT name FROM rollcall.account')" = 'Ada $HOME'
systemctl start rollcall-close-registers.service rollcall-watch-cameras.service rollcall-clear-sessions.service
sha256sum /etc/rollcall/* >sums

step 'the site behind nginx'
mkdir -p /etc/ssl/attendance.example.org
cp /trial/fullchain.pem /trial/privkey.pem /etc/ssl/attendance.example.org/
ln -s ../sites-available/rollcall /etc/nginx/sites-enabled/
nginx -t
systemctl reload-or-restart nginx
# nginx answers the reload before it listens at the new port.
visit() {
    curl --silent --show-error --fail --insecure --retry 9 --retry-delay 1 --retry-connrefused \
        --resolve attendance.example.org:443:127.0.0.1 "$@"
}
visit https://attendance.example.org/account/sign-in/ >page
visit "https://attendance.example.org$(grep -o '/static/[^"]*[.]css' page | head -n 1)" >/dev/null

step 'back up, lose the database, its users and the secrets, and restore'
rollcall-manage backup term.zip
test "$(stat -c '%a %U' term.zip)" = '600 root'
rollcall-manage restore term.zip </dev/null 2>refused && exit 1
grep 'holds something already' refused
rm /etc/rollcall/portal-secrets.env /etc/rollcall/owner.env /etc/rollcall/recognizer-database.toml
mariadb -e "DROP DATABASE rollcall; DROP USER rollcall_portal@localhost, rollcall_owner@localhost"
mariadb -e "DROP USER rollcall_recognizer@'%'"
rollcall-manage restore term.zip mysql://root@localhost/rollcall </dev/null
says ok
systemctl is-active rollcall-portal rollcall-close-registers.timer rollcall-clear-sessions.timer
test "$(mariadb --silent --raw -e 'SELECT name FROM rollcall.account')" = 'Ada $HOME'
sha256sum --check --quiet sums

step 'upgrade: the program that runs goes on, the tables and rights are renewed, then it is switched'
mariadb rollcall -e 'REVOKE SELECT ON sight FROM rollcall_portal@localhost'
behind
before=$(pid)
folder=$(dirname $(dirname $(tr '\\0' '\\n' </proc/$before/cmdline | head -n 1)))
dpkg --unpack /trial/new.deb
test -e $folder/portal/web/wsgi.py
kill -0 $before
dpkg --configure --pending
says ok
test $before != $(pid)
tr '\\0' '\\n' </proc/$(pid)/cmdline | grep '/opt/rollcall/portal/0[.]1[.]1[.]'
test ! -e $folder
sha256sum --check --quiet sums
mariadb -e 'SHOW GRANTS FOR rollcall_portal@localhost' | grep 'GRANT SELECT ON `rollcall`.`sight`'
visit https://attendance.example.org/account/sign-in/ >/dev/null

step 'without a kept credential the upgrade leaves the tables, and one command does the rest'
behind
mv /etc/rollcall/owner.env /root/
apt-get install --yes --quiet --reinstall /trial/new.deb
says 'the database is not of this release: run rollcall-manage setup'
rollcall-manage setup mysql://root@localhost </dev/null
says ok
test ! -e /etc/rollcall/owner.env

step 'an upgrade while the database is away; what an administrator has switched off stays off'
mv /root/owner.env /etc/rollcall/
systemctl disable --now rollcall-clear-sessions.timer
systemctl stop mariadb
configured_again 2>&1 | tee reinstalled
grep 'no database server answers' reinstalled
says 'the database does not answer'
systemctl is-enabled rollcall-clear-sessions.timer && exit 1
systemctl is-active rollcall-clear-sessions.timer && exit 1
systemctl start mariadb
says ok

step 'a downgrade is refused'
apt-get install --yes --allow-downgrades /trial/old.deb >refused 2>&1 && exit 1
cat refused
grep 'may not know the database' refused
says ok

step remove
apt-get remove --yes rollcall-portal
test ! -e /opt/rollcall
systemctl is-active rollcall-portal rollcall-close-registers.timer && exit 1
sha256sum --check --quiet sums
dpkg --purge --dry-run rollcall-portal

step 'install again: it is set up still; then purge'
apt-get install --yes --quiet /trial/new.deb
says ok
apt-get purge --yes rollcall-portal
test ! -e /etc/rollcall
test ! -e /opt/rollcall
nginx -t
test "$(mariadb --silent --raw -e 'SELECT COUNT(*) FROM rollcall.account')" = 1
test -z "$(find /etc/systemd -name 'rollcall*')"
dpkg --audit
"""


def test_the_portals_package_is_installed_set_up_upgraded_removed_and_purged(tmp_path: Path) -> None:
    trial = tmp_path / "trial"
    trial.mkdir()
    for package, name in zip(versions("rollcall-portal"), ("old.deb", "new.deb"), strict=True):
        shutil.copy(package, trial / name)
    made = make_certificates(tmp_path)
    shutil.copy(made.server, trial / "fullchain.pem")
    shutil.copy(made.server_key, trial / "privkey.pem")

    said = boot_copy(tmp_path / "root", trial, JOURNEY)

    assert "then purge" in said
    assert "Traceback" not in said
    assert "A first password 1" not in said.replace("echo 'A first password 1'", "")


def test_lintian_finds_nothing_that_has_no_reason() -> None:
    assert not complaints(versions("rollcall-portal")[1])
