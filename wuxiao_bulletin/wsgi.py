"""The WSGI entrance, for gunicorn."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wuxiao_bulletin.settings")
# Readers and clerks do not wait for ever (wuxiao_bulletin.databases); commands may.
os.environ.setdefault("PROCESS_ROLE", "web")

application = get_wsgi_application()
