"""The settings as they are, with two answers more, which all others are compared to."""

from wuxiao_bulletin.settings import *  # noqa: F403 - they are the settings
from wuxiao_bulletin.settings import MIDDLEWARE as _MIDDLEWARE

ROOT_URLCONF = "bench.site_urls"
MIDDLEWARE = ["bench.site_urls.Least", *_MIDDLEWARE]
