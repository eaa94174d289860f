"""gunicorn for the portal: ``gunicorn -c deploy/gunicorn.conf.py`` from the repository's root.

ROLLCALL_BIND           127.0.0.1:8000 by default; nginx stands in front and speaks HTTPS
ROLLCALL_WEB_WORKERS    processes; by default one a core and one more, eight at most
ROLLCALL_LOG_FORMAT     json writes gunicorn's own lines as JSON too; see portal/web/logs.py
ROLLCALL_ACCESS_LOG     1 writes a line for every request; nginx usually does that already
ROLLCALL_TRUSTED_PROXY  addresses of proxies whose X-Forwarded-Proto is believed; this machine's own by default
"""

import gc
import os
from typing import Any

from gunicorn.glogging import Logger

from portal.web.redaction import redact_addresses


class WithoutSecrets(Logger):
    """Lines for requests without the secrets that stand in addresses."""

    def atoms(self, *arguments: Any) -> dict[str, Any]:
        said: dict[str, Any] = super().atoms(*arguments)
        return {name: redact_addresses(text) if isinstance(text, str) else text for name, text in said.items()}


def when_ready(_: Any) -> None:
    """What is loaded by now is never garbage: workers do not look through it again, which took a page up to 0.1 s."""
    gc.collect()
    gc.freeze()


wsgi_app = "portal.web.wsgi:application"
bind = os.environ.get("ROLLCALL_BIND") or "127.0.0.1:8000"

workers = int(os.environ.get("ROLLCALL_WEB_WORKERS") or min((os.cpu_count() or 1) + 1, 8))
# Pages wait for the database more than they compute, and a register asks again every few seconds.
worker_class = "gthread"
threads = 4
# A worker that is stuck longer than the database's own time-outs is replaced.
timeout = 30
graceful_timeout = 10
keepalive = 5
# Renewed now and then, not all at once, so that no leak lasts.
max_requests = 5000
max_requests_jitter = 500
# Loaded once: a wrong setting is one error at the start instead of one a worker, and memory is shared.
preload_app = True
# Heartbeats of workers must not wait for a disk.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: PTH112
control_socket_disable = True

forwarded_allow_ips = os.environ.get("ROLLCALL_TRUSTED_PROXY") or "127.0.0.1,::1"
accesslog = "-" if os.environ.get("ROLLCALL_ACCESS_LOG") == "1" else None
errorlog = "-"
logger_class = WithoutSecrets
proc_name = "rollcall-portal"

if os.environ.get("ROLLCALL_LOG_FORMAT") == "json":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.web.settings")
    _handlers = {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}}
    logconfig_dict = {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "portal.web.logs.JsonFormatter"}},
        "handlers": _handlers,
        "root": {"handlers": ["stderr"], "level": "INFO"},
        "loggers": {
            name: {"handlers": ["stderr"], "level": "INFO", "propagate": False}
            for name in ("gunicorn.error", "gunicorn.access")
        },
    }
