#!/usr/bin/env bash
# What the image is made of, step by step; run by the Dockerfile, and by scripts/fresh_debian.sh.
#   scripts/server/build.sh system | python | project
set -euo pipefail
cd "$(dirname "$0")/../.."
# Whoever runs this may be strict about what others read; the server's account is one of them.
umask 022

VENV=${VENV:-/opt/venv}
STATIC=${STATIC:-/opt/static}

case ${1:?system, python or project} in
  system)
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends ca-certificates python3 python3-venv
    # The very list that `make setup` works through.
    scripts/system_packages.sh run
    if [ -n "${IMAGE:-}" ]; then
      apt-get clean
      rm -rf /var/lib/apt/lists/*
    fi
    # A fixed number: the volumes keep their owner whatever image comes next.
    getent passwd bulletin >/dev/null || useradd --system --create-home --uid 10001 bulletin
    install --directory --owner=bulletin --mode=750 /var/lib/bulletin
    # The published pages: the proxy reads them, only the server writes them.
    install --directory --owner=bulletin --mode=755 /srv/site
    # Nobody else reads backups.
    install --directory --owner=bulletin --mode=750 /var/backups/bulletin
    ;;
  python)
    [ -x "$VENV/bin/python" ] || python3 -m venv "$VENV"
    # Without a network: WHEELS names the folder that `make wheels` filled elsewhere.
    "$VENV/bin/pip" install --quiet --no-cache-dir --disable-pip-version-check --require-hashes \
      ${WHEELS:+--no-index --find-links "$WHEELS"} -r requirements.txt
    ;;
  project)
    "$VENV/bin/python" scripts/compile_catalogue.py
    # Compiled once here: at run time nothing may be written beside the code.
    PYTHONDONTWRITEBYTECODE='' "$VENV/bin/python" -m compileall -q bulletins wuxiao_bulletin
    scratch=$(mktemp -d)
    STATIC_ROOT=$STATIC VAR_DIR=$scratch SECRET_KEY=only-to-collect "$VENV/bin/python" manage.py collectstatic --noinput --verbosity 0
    rm -rf "$scratch"
    ;;
  *)
    echo "unknown step: $1" >&2
    exit 2
    ;;
esac
