"""Settings of the portal: everything that differs between machines comes from ROLLCALL_* in the environment.

Each variable may also be given as ``NAME_FILE``, the path of a file that holds the value.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

BASE_DIR = Path(__file__).resolve().parent.parent


def _setting(name: str, default: str = "") -> str:
    if path := os.environ.get(f"{name}_FILE"):
        return Path(path).read_text(encoding="utf-8").strip()
    return os.environ.get(name, default)


def _database(url: str) -> dict[str, Any]:
    """Django's settings for a database URL as the recognizer reads it: ``sqlite:///…`` or ``mysql+pymysql://…``."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ImproperlyConfigured(
            "ROLLCALL_DATABASE_URL is not a database URL; expected sqlite:///path or mysql+pymysql://user:password@host/name."
        ) from error
    if parsed.drivername == "sqlite":
        path = Path(parsed.database or "var/rollcall.sqlite3")
        path.parent.mkdir(parents=True, exist_ok=True)
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": path,
            "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 10, "init_command": "PRAGMA journal_mode=WAL"},
        }
    if parsed.drivername != "mysql+pymysql":
        raise ImproperlyConfigured(f"ROLLCALL_DATABASE_URL names {parsed.drivername}; expected sqlite or mysql+pymysql.")
    import pymysql

    pymysql.install_as_MySQLdb()
    return {
        "ENGINE": "django.db.backends.mysql",
        "NAME": parsed.database,
        "USER": parsed.username or "",
        "PASSWORD": parsed.password or "",
        "HOST": parsed.host or "127.0.0.1",
        "PORT": parsed.port or 3306,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "charset": "utf8mb4",
            "isolation_level": "read committed",
            "connect_timeout": 5,
            "read_timeout": 20,
            "write_timeout": 20,
            **({"unix_socket": parsed.query["unix_socket"]} if "unix_socket" in parsed.query else {}),
        },
    }


DEBUG = _setting("ROLLCALL_DEBUG") == "1"
SECRET_KEY = _setting("ROLLCALL_SECRET_KEY")
ALLOWED_HOSTS = [host for host in _setting("ROLLCALL_ALLOWED_HOSTS", "localhost,127.0.0.1").split(",") if host]

INSTALLED_APPS = [
    "portal.accounts",
    "portal.attendance",
    "portal.lecturer",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASES = {"default": _database(_setting("ROLLCALL_DATABASE_URL", "sqlite:///var/rollcall.sqlite3"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.Account"

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "var" / "static"
