#!/usr/bin/env bash
# Starts every role of the compose file with its own environment, and asks each whether it works.
# Run by scripts/fresh_debian.sh inside a root in which build.sh has made the image.
set -euo pipefail

# PostgreSQL, with the account and the password of the compose file.
service postgresql start >/dev/null
runuser -u postgres -- psql -qc "CREATE ROLE bulletin LOGIN PASSWORD 'secret'"
runuser -u postgres -- createdb --owner=bulletin --encoding=UTF8 --template=template0 bulletin

cat >/root/environment <<'END'
DATABASE_URL=postgres://bulletin:secret@127.0.0.1:5432/bulletin
SECRET_KEY=only-for-this-trial-0123456789abcdef0123456789abcdef
ALLOWED_HOSTS=localhost
CSRF_TRUSTED_ORIGINS=https://localhost
SITE_ADDRESS=https://localhost
BEHIND_HTTPS_PROXY=1
TASKS_BACKEND=database
SITE_ROOT=/srv/site
VAR_DIR=/var/lib/bulletin
PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin
LANG=C.UTF-8
PYTHONDONTWRITEBYTECODE=1
END

cd /app
as_bulletin() { env -i $(cat /root/environment) HOME=/tmp setpriv --reuid=bulletin --regid=bulletin --clear-groups "$@"; }

as_bulletin scripts/server/run.sh migrate
as_bulletin scripts/server/run.sh web >/root/web.log 2>&1 &
as_bulletin scripts/server/run.sh worker >/root/worker.log 2>&1 &
as_bulletin scripts/server/run.sh scheduler >/root/scheduler.log 2>&1 &
wait_for() {
  for second in $(seq 60); do "$@" >/dev/null 2>&1 && return 0; sleep 1; done
  echo "not ready: $*"
  tail -n 40 /root/*.log
  return 1
}
wait_for as_bulletin python scripts/server/is_ready.py
echo "web is ready"

as_bulletin python manage.py load_demo
wait_for test -s /srv/site/wuxiao/2020/56/index.html
echo "the worker has written the published pages"

export SITE_HOST=localhost TLS=internal UPSTREAM=127.0.0.1:8000 ROOT_OF_FILES=/opt HOME=/root
caddy validate --config scripts/server/Caddyfile --adapter caddyfile >/dev/null 2>&1
caddy run --config scripts/server/Caddyfile --adapter caddyfile >/root/proxy.log 2>&1 &
wait_for curl -fksS https://localhost/
answers() { # address, status, what the answer must say
  status=$(curl -ksS -o /root/answer -D /root/headers -w '%{http_code}' "$1")
  if [ "$status" != "$2" ] || ! grep -aqi "$3" /root/answer /root/headers; then
    echo "$1: $status"
    cat /root/headers
    head -c 2000 /root/answer
    exit 1
  fi
  echo "$1: $status"
}
answers https://localhost/ 200 许昌市
answers https://localhost/wuxiao/2020/56/ 200 "default-src 'none'"
answers https://localhost/wuxiao/2020/56.pdf 200 %PDF-
answers https://localhost/static/bulletins/site.css 200 text/css
answers https://localhost/admin/login/ 200 登录
answers https://localhost/readyz 404 ""
answers https://localhost/no/such/page/ 404 ""
answers http://localhost/wuxiao/2020/56/ 301 https://localhost/wuxiao/2020/56/
curl -ksS -H 'Accept-Encoding: br' -D - -o /dev/null https://localhost/wuxiao/2020/56/ | grep -i 'content-encoding: br'

# With Django gone, readers go on reading what is published.
pkill -TERM -f gunicorn
wait_for sh -c '! pgrep -f gunicor[n]'
answers https://localhost/wuxiao/2020/56/ 200 许昌市
answers https://localhost/admin/login/ 502 请稍后再试

pkill -TERM -f db_worker
pkill -TERM -f 'manage.py scheduler'
wait_for sh -c '! pgrep -f manage[.]py'
echo "worker and scheduler stop when they are told"
pkill caddy || true
service postgresql stop >/dev/null
