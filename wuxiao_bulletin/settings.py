"""Settings, all from the environment; the embedded default needs none set.

Without any setting the database is SQLite and every file lives under ``var/``.
The variables are listed in docs/settings.md.
"""

from __future__ import annotations

import datetime as dt
import os
import secrets
from pathlib import Path

import django_stubs_ext
import environ
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.functional import lazy

from wuxiao_bulletin.databases import with_options
from wuxiao_bulletin.logs import logging_config
from wuxiao_bulletin.stores import media_store

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))
VAR_DIR.mkdir(parents=True, exist_ok=True)


def _secret_key_of_this_place(path: Path) -> str:
    """Return the key kept in ``path``, made there on the first run."""
    if not path.exists():
        # Two first processes may race: a link is whole or not there, and one wins.
        draft = path.with_suffix(f".{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(50), encoding="ascii")
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            pass  # the other process has made it
        finally:
            draft.unlink()
    return path.read_text(encoding="ascii")


SECRET_KEY = env.str("SECRET_KEY", default="") or _secret_key_of_this_place(
    VAR_DIR / "secret_key"
)
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "ckeditor",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_static",
    "django_otp.plugins.otp_totp",
    "django_tasks_db",
    "bulletins",
]

# No LocaleMiddleware: a browser set to English must not turn the screens English.
MIDDLEWARE = [
    "bulletins.operations.requests.RequestRecord",
    "bulletins.operations.requests.Probes",
    # A published page is answered before anything else is asked.
    "bulletins.views.ready.ReadyPages",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "bulletins.headers.SecurityHeaders",
    "bulletins.receiving.NoNulInAddresses",
    "bulletins.accounts.lockout.LimitOfSignIns",
    "bulletins.accounts.sessions.SessionRules",
    "axes.middleware.AxesMiddleware",
    # Nearest to the views: what was typed outlives a database that has no time.
    "bulletins.operations.busy.BusyDatabase",
]

ROOT_URLCONF = "wuxiao_bulletin.urls"
WSGI_APPLICATION = "wuxiao_bulletin.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {
    "default": with_options(
        env.db("DATABASE_URL", default=f"sqlite:///{VAR_DIR}/db.sqlite3")
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Without a mail server people are told in the system only.
SENDS_MAIL = bool(env.str("EMAIL_URL", default=""))
if SENDS_MAIL:
    globals().update(env.email_url("EMAIL_URL"))
# Somebody who signs or submits waits while their mails are handed over.
EMAIL_TIMEOUT = 5
DEFAULT_FROM_EMAIL = (
    env.str("DEFAULT_FROM_EMAIL", default="")
    or globals().get("EMAIL_HOST_USER")  # the account, which most servers insist on
    or "bulletin@localhost"
)
# Where mails say the system is, e.g. https://jianbao.example.gov.cn
SITE_ADDRESS = env.str("SITE_ADDRESS", default="").rstrip("/")
# What the public pages say of the site (网站标签, 国办发〔2017〕47号); an unset one is
# left out of them, and ``check --deploy`` says so. None of them is ever made up.
SITE_NAME = env.str("SITE_NAME", default="").strip()
SITE_DOMAIN = env.str("SITE_DOMAIN", default="").strip()
SITE_ID_CODE = env.str("SITE_ID_CODE", default="").strip()
# Working days after which whoever has to sign is reminded.
REMIND_AFTER_DAYS = env.int("REMIND_AFTER_DAYS", default=2)

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True
LOCALE_PATHS = [BASE_DIR / "wuxiao_bulletin" / "locale"]

STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(VAR_DIR / "static")))
STATIC_ROOT.mkdir(exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "media/"
MEDIA_ROOT = VAR_DIR / "media"
# Unset: that folder. Else a store of objects, e.g. s3://KEY:SECRET@HOST/BUCKET
STORAGES = {
    "default": media_store(env.str("STORAGE_URL", default="")),
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Where the published pages stand as files; unset: in the media store (docs/archive.md).
SITE_ROOT = env.str("SITE_ROOT", default="")
# What has time until after a move: at once in the same process, or, with "database",
# by ``manage.py db_worker``.
TASKS_IN_DATABASE = env.str("TASKS_BACKEND", default="immediate") == "database"
TASKS = {
    "default": {
        "BACKEND": "django_tasks_db.DatabaseBackend"
        if TASKS_IN_DATABASE
        else "django_tasks.backends.immediate.ImmediateBackend"
    }
}
# The embedded default serves static files as they lie in the packages.
WHITENOISE_USE_FINDERS = True

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
] + [
    {"NAME": "bulletins.accounts.passwords.ClassesValidator"},
    {"NAME": "bulletins.accounts.passwords.HistoryValidator"},
]
# Days after which a password has to be changed; 0: never.
PASSWORD_MAX_DAYS = env.int("PASSWORD_MAX_DAYS", default=90)
LOGIN_URL = reverse_lazy("admin:login")
# Unfold's login form does not say where to go next.
LOGIN_REDIRECT_URL = reverse_lazy("admin:index")

# --- signing in (docs/threats.md) ---
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
# The account is locked whatever address is used; what one address may try at all is
# bounded by bulletins.accounts.lockout: an office shares one.
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = dt.timedelta(minutes=15)
# Who keeps trying does not keep the owner out for ever.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ACCESS_FAILURE_LOG = True
# Of one name it would keep a thousand, and no newer ones: whoever audits wants all.
AXES_ACCESS_FAILURE_LOG_PER_USER_LIMIT = 2**31
AXES_USERNAME_CALLABLE = "bulletins.accounts.lockout.name_of"
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_CLIENT_IP_CALLABLE = "bulletins.accounts.lockout.address_of"
AXES_LOCKOUT_CALLABLE = "bulletins.accounts.lockout.locked_out"
OTP_TOTP_ISSUER = "工作简报系统"
# A session ends after so long without a click or a key, and after so long altogether.
SESSION_IDLE_MINUTES = env.int("SESSION_IDLE_MINUTES", default=30)
SESSION_MAX_HOURS = env.int("SESSION_MAX_HOURS", default=12)
SESSION_COOKIE_AGE = SESSION_MAX_HOURS * 3600

# --- the connection ---
# Behind a proxy that speaks HTTPS, says so, and passes on the client's address.
BEHIND_HTTPS_PROXY = env.bool("BEHIND_HTTPS_PROXY", default=False)
if BEHIND_HTTPS_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    # Asked by the machine itself, past the proxy.
    SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]
    SECURE_HSTS_SECONDS = 31_536_000
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
# Who may read /metrics: requests from these networks, or with this token.
METRICS_NETWORKS = env.list("METRICS_NETWORKS", default=["127.0.0.0/8", "::1/128"])
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
# The staff side shows its own previews in frames: bulletins.headers.
X_FRAME_OPTIONS = "DENY"

# Lines of JSON for machines, or for people.
LOGGING = logging_config(
    as_json=env.str("LOG_FORMAT", default="console") == "json",
    level=env.str("LOG_LEVEL", default="INFO").upper(),
)

# django-ckeditor bundles CKEditor 4, whose upstream is closed; what reaches the
# database or a page is cleaned by bulletins.markup, whatever the editor lets through.
# axes would rather see addresses counted: what one may try is bounded by
# bulletins.accounts.lockout, and an account is locked whatever address is used.
# What other machines below the office's domain speak, and what browsers are shipped with,
# is not this system's to decide (W005, W021: HSTS for subdomains, and preloading).
SILENCED_SYSTEM_CHECKS = [
    "ckeditor.W001",
    "axes.W006",
    "security.W005",
    "security.W021",
]
# A body of a million characters (bounds.MAX_BODY), as a browser encodes a form.
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
# A list of hundreds of recipients, five fields each, is one form.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
DATA_UPLOAD_MAX_NUMBER_FILES = 10
FILE_UPLOAD_HANDLERS = [
    "bulletins.receiving.BoundedForm",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
CKEDITOR_CONFIGS = {
    "default": {
        "language": "zh-cn",
        "width": "100%",
        "height": 520,
        "title": "正文",
        "versionCheck": False,
        # Not before the apps are loaded: they say where static files lie.
        "contentsCss": lazy(static, str)("admin/editor.css"),
        "format_tags": "p;h2;h3;h4",
        "justifyClasses": ["ta-left", "ta-center", "ta-right", "ta-justify"],
        # What bulletins.markup keeps: dialogs then offer nothing that would be lost.
        "allowedContent": (
            "p h2 h3 h4(ta-left,ta-center,ta-right,ta-justify);"
            "td th[colspan,rowspan](ta-left,ta-center,ta-right,ta-justify);"
            "table caption thead tbody tr ul ol li strong em u sup sub br;"
            "a[!href]; img[!src,alt]"
        ),
        "extraPlugins": "picture",
        "removePlugins": (
            "exportpdf,scayt,wsc,iframe,flash,embed,embedbase,elementspath,uploadimage,image,forms,"
            "smiley,templates,print,preview,save,newpage,language,div,bidi,pagebreak,stylescombo,font,"
            "colorbutton,colordialog,copyformatting,horizontalrule,about,showblocks,sourcearea,liststyle,"
            # They would load their filters at the moment of pasting, and lose the paste offline.
            "pastefromword,pastefromlibreoffice,pastefromgdocs"
        ),
        "disableNativeSpellChecker": False,
        "entities": False,
        # Our tables have rules: the editor's dotted help lines would hide them.
        "startupShowBorders": False,
        # Pictures are stored by our own view, not in the text.
        "clipboard_handleImages": False,
        "specialChars": [
            *("※★☆●○◆◇■□▲△→←↑↓√×"),
            *("〔〕【】《》〈〉「」『』〖〗"),
            "—",
            "——",
            "……",
            "·",
            "～",
            *("㎡㎥㎏㎜㎝㎞℃％‰°′″±÷≤≥≈№§¥€"),
            *("①②③④⑤⑥⑦⑧⑨⑩"),
            *("ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ"),
        ],
        "toolbar": [
            ["Format", "Bold", "Superscript", "Subscript"],
            ["JustifyLeft", "JustifyCenter", "JustifyRight"],
            ["Table", "Picture", "SpecialChar"],
            ["PasteText", "RemoveFormat", "Undo", "Redo", "Maximize"],
        ],
    }
}

# 简报排印：单位装有方正小标宋、仿宋_GB2312 等商业字体时置 1，优先使用。
PREFER_OFFICE_FONTS = env.bool("PREFER_OFFICE_FONTS", default=False)

UNFOLD = {
    "SITE_TITLE": "工作简报系统",
    "SITE_HEADER": "工作简报系统",
    "SITE_SUBHEADER": "编写 · 审签 · 印发",
    "SITE_SYMBOL": "newspaper",
    "SITE_URL": "/",
    "DASHBOARD_CALLBACK": "bulletins.admin.waiting.dashboard",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": True,
    "THEME": "light",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("bulletins/icon.svg")},
    ],
    "STYLES": [lambda request: static("admin/bulletins.css")],
    "SCRIPTS": [lambda request: static("admin/words.js")],
    "ACCOUNT": {
        "navigation": [
            {"title": "修改密码", "link": reverse_lazy("admin:password_change")},
            {"title": "动态验证码", "link": reverse_lazy("account_code_setup")},
        ],
    },
    "COLORS": {
        "primary": {
            "50": "#fdf2f3", "100": "#fbe4e6", "200": "#f6c8cd", "300": "#ee9da5",
            "400": "#e26472", "500": "#d53549", "600": "#c8102e", "700": "#9d0c24",
            "800": "#810d21", "900": "#6c1020", "950": "#3b040d",
        },
    },
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": "bulletins.admin.sidebar.navigation",
    },
}  # fmt: skip
