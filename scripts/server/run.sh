#!/usr/bin/env bash
# What a container of the app image runs.
#   scripts/server/run.sh web | worker | scheduler | migrate
set -euo pipefail
cd "$(dirname "$0")/../.."

# exec: the program, not this shell, must hear that it shall stop.
case ${1:?web, worker, scheduler or migrate} in
  web) exec gunicorn --config scripts/gunicorn_settings.py wuxiao_bulletin.wsgi ;;
  worker) exec python manage.py db_worker ;;
  scheduler) exec python manage.py scheduler ;;
  migrate) exec python manage.py migrate --noinput ;;
  *)
    echo "unknown role: $1" >&2
    exit 2
    ;;
esac
