"""Settings of the portal: safe for service behind HTTPS unless the environment says otherwise.

What differs between machines comes from these variables, each also as ``NAME_FILE`` (see configuration.py):

ROLLCALL_SECRET_KEY     signs sessions and reset links; required to serve, there is no default
ROLLCALL_SECRET_KEY_FALLBACKS  earlier keys, with commas between, which still verify what they signed
ROLLCALL_DATABASE_URL   mysql+pymysql://user:password@host/name, or sqlite:///path for a demo; without it every page
                        says that the portal is not set up
ROLLCALL_CACHE_URL      a Redis or Valkey server that all processes share, as redis://:password@host:6379/0 or
                        unix:///path; by default each has a cache of its own
ROLLCALL_ALLOWED_HOSTS  host names the portal answers to, with commas between; localhost and 127.0.0.1 by default
ROLLCALL_BEHIND_PROXY   1 when nginx stands in front: X-Forwarded-Proto and X-Forwarded-For are believed
ROLLCALL_PLAIN_HTTP     1 to serve plain http on this machine, for a demo or development; never on a network
ROLLCALL_TIME_ZONE      the time zone of new rooms and accounts, such as Europe/Berlin; UTC by default
ROLLCALL_INSTITUTION    the name of the institution, on every page and below mails
ROLLCALL_LOGO           the path of its logo, an SVG or PNG of at most 200 kB
ROLLCALL_LANGUAGE       en (the default), de or fr: the institution's language, of mails to who has chosen none
ROLLCALL_READINGS_DAYS  for how many days it is kept who signed in, exported, or looked at a student; 365 by
                        default, 30 at least
ROLLCALL_NEAR_MISSES_DAYS  for how many days after a class session it is kept whom its cameras nearly named; 180 by
                        default
ROLLCALL_IDLE_MINUTES   after how many minutes without a page that somebody opens they are signed out; 30 by default
ROLLCALL_STAFF_NEED_SECOND_FACTOR  1 lets staff reach nothing before they have set up a second factor
ROLLCALL_EMAIL_URL      console: (the default: over plain http it prints mails, in service none are sent), smtp://,
                        smtp+tls:// or smtps://user:password@host:port
ROLLCALL_EMAIL_FROM     the sender of mails
ROLLCALL_LOG_LEVEL      INFO by default
ROLLCALL_LOG_FORMAT     plain (the default), or json: one object a line
ROLLCALL_MONITORING     1 answers /readyz and /metrics, for Prometheus, to this machine alone

single_sign_on.py has those of single sign-on.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from portal.web import configuration
from portal.web.institution import read_logo
from portal.web.single_sign_on import single_sign_on

BASE_DIR = Path(__file__).resolve().parents[2]

SECRET_KEY = configuration.read("ROLLCALL_SECRET_KEY")
SECRET_KEY_FALLBACKS = configuration.listed("ROLLCALL_SECRET_KEY_FALLBACKS", "")
ALLOWED_HOSTS = configuration.listed("ROLLCALL_ALLOWED_HOSTS", "localhost,127.0.0.1")
BEHIND_PROXY = configuration.switch("ROLLCALL_BEHIND_PROXY")
PLAIN_HTTP = configuration.switch("ROLLCALL_PLAIN_HTTP")
MONITORING = configuration.switch("ROLLCALL_MONITORING")
DEBUG = False

INSTALLED_APPS = [
    "portal.web",
    "portal.accounts",
    "portal.attendance",
    "portal.lecturer",
    "portal.office",
    "portal.operations",
    "portal.accounts.apps.RollcallAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
]

MIDDLEWARE = [
    "portal.web.middleware.BrowserPolicyMiddleware",
    "portal.operations.monitoring.MonitoringMiddleware",
    # Before whatever asks the database, and before plain http is sent to https: it answers on this machine too.
    "portal.web.middleware.ReadinessMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "portal.accounts.sessions.SessionTimeMiddleware",
    "portal.web.languages.LanguageMiddleware",
    "portal.accounts.acting.ActingMiddleware",
    "portal.accounts.demands.SignInDemandMiddleware",
    # Every view asks for a sign-in unless it says that it does not.
    "portal.accounts.asking.AskingMiddleware",
    "portal.web.middleware.TimeZoneMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "portal.web.urls"
WSGI_APPLICATION = "portal.web.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.web.institution.institution",
            ]
        },
    }
]

DATABASES = {"default": configuration.database(configuration.read("ROLLCALL_DATABASE_URL"))}
# The last days of every room, for readers of some time zones, and which marks are many.
CACHES = {"default": configuration.cache(configuration.read("ROLLCALL_CACHE_URL"), SECRET_KEY)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Who signs in, and how.
AUTH_USER_MODEL = "accounts.Account"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["email", "name"]},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "lecturer:today"
LOGOUT_REDIRECT_URL = "accounts:sign_in"
PASSWORD_RESET_TIMEOUT = int(timedelta(hours=4).total_seconds())

# A session ends with its browser, and when its time is over: see portal/accounts/sessions.py.
IDLE_MINUTES = configuration.number("ROLLCALL_IDLE_MINUTES", 30)
STAFF_NEED_SECOND_FACTOR = configuration.switch("ROLLCALL_STAFF_NEED_SECOND_FACTOR")
SINGLE_SIGN_ON = single_sign_on(may_be_plain=PLAIN_HTTP)
# For how many days it is kept who read what; the database lets nobody delete what is younger than four weeks.
READINGS_DAYS = configuration.number("ROLLCALL_READINGS_DAYS", 365, least=30)
NEAR_MISSES_DAYS = configuration.number("ROLLCALL_NEAR_MISSES_DAYS", 180)
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_AGE = int(timedelta(hours=12).total_seconds())
# Such a name no other host of the domain can set a cookie by; browsers take it over HTTPS alone.
_HOST = "" if PLAIN_HTTP else "__Host-"
SESSION_COOKIE_NAME = f"{_HOST}sessionid"
CSRF_COOKIE_NAME = f"{_HOST}csrftoken"
BROWSER_COOKIE_NAME = f"{_HOST}browser"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
# What somebody is to be told ends with their session, as it does in no cookie of its own.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
CSRF_FAILURE_VIEW = "portal.lecturer.views.csrf.csrf_failed"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"

# HTTPS only, unless plain http is asked for.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = not PLAIN_HTTP
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 0 if PLAIN_HTTP else int(timedelta(days=365).total_seconds())
SECURE_HSTS_INCLUDE_SUBDOMAINS = not PLAIN_HTTP
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# The HSTS preload list is a promise for a university's whole domain: not the portal's to give.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
if DATABASES["default"]["ENGINE"] == configuration.NO_DATABASE:
    # No database at all has no generated columns either; that there is none is said in other words.
    SILENCED_SYSTEM_CHECKS += ["fields.E220", "fields.E222"]
# A large roster is one form.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000

# English is what the words in the source are; the catalogues beside it are portal/locale.
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("fr", "Français")]
LOCALE_PATHS = [BASE_DIR / "portal" / "locale"]
FORMAT_MODULE_PATH = ["portal.web.formats"]
# Who runs it: its name stands on every page, and below mails.
INSTITUTION = configuration.read("ROLLCALL_INSTITUTION").strip()
LOGO = read_logo(configuration.read("ROLLCALL_LOGO"))
# What is read by who has chosen none, and whose browser asks for none of them.
INSTITUTION_LANGUAGE = configuration.one_of("ROLLCALL_LANGUAGE", [code for code, _ in LANGUAGES])
LANGUAGE_COOKIE_NAME = f"{_HOST}language"
LANGUAGE_COOKIE_AGE = int(timedelta(days=365).total_seconds())
LANGUAGE_COOKIE_SECURE = not PLAIN_HTTP
# Instants are UTC everywhere but on screens; this is the zone that new rooms and accounts begin with.
TIME_ZONE = "UTC"
USE_TZ = True
DEFAULT_TIME_ZONE = configuration.time_zone("ROLLCALL_TIME_ZONE")

# In service `manage.py collectstatic` gives every file a name with its hash; plain http serves them where they lie.
STATIC_URL = "/static/"
STATIC_ROOT = None if PLAIN_HTTP else BASE_DIR / "var" / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if PLAIN_HTTP
        else "portal.web.static_files.CollectedFiles"
    },
}
WHITENOISE_USE_FINDERS = PLAIN_HTTP
WHITENOISE_ALLOW_ALL_ORIGINS = False

_mail = configuration.email(configuration.read("ROLLCALL_EMAIL_URL", "console:"))
# A log is read by more people than a mailbox: in service no link stands in it.
_prints_mail = _mail["EMAIL_BACKEND"].endswith("console.EmailBackend")
EMAIL_BACKEND = "portal.accounts.mailing.NoMail" if _prints_mail and not PLAIN_HTTP else _mail["EMAIL_BACKEND"]
EMAIL_HOST = _mail.get("EMAIL_HOST", "")
EMAIL_PORT = _mail.get("EMAIL_PORT", 25)
EMAIL_HOST_USER = _mail.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = _mail.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = _mail.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _mail.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = configuration.read("ROLLCALL_EMAIL_FROM", "Rollcall <rollcall@localhost>")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "portal.web.redaction.RedactedFormatter",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        },
        "json": {"()": "portal.web.logs.JsonFormatter"},
    },
    "handlers": {
        "stderr": {
            "class": "portal.web.log_limit.LimitedHandler",
            "formatter": "json" if configuration.logs_json() else "line",
        }
    },
    "root": {"handlers": ["stderr"], "level": configuration.log_level()},
    # Django's own handlers would mail administrators and print twice.
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
        # They tell of every font that a PDF takes.
        "fontTools": {"level": "WARNING"},
        "fpdf": {"level": "WARNING"},
    },
}
