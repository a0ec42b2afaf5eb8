#!/usr/bin/env bash
# Proves on a bare Debian what README, Dockerfile and 安装与运维手册 promise; no container
# engine is needed. As root, with debootstrap, some 8 GB of disk and the network:
#
#   scripts/fresh_debian.sh                    all parts, each on a root of its own
#   scripts/fresh_debian.sh project            make demo to a served page, then make test
#   scripts/fresh_debian.sh image              the Dockerfile's steps, then each role as in the compose file
#   scripts/fresh_debian.sh manual             the manual's commands, line by line
#
# WORK=folder keeps everything there (and the logs); MIRROR=address for debootstrap.
# TESTS="tests/test_x.py" makes `project` run those only.
set -euo pipefail

project=$(cd "$(dirname "$0")/.." && pwd)
work=${WORK:-/var/tmp/bulletin-fresh-debian}
base=$work/base
parts=("${@:-}")
[ -n "${parts[0]}" ] || parts=(project image manual)
mounted=()

[ "$(id -u)" = 0 ] || { echo "run this as root" >&2; exit 2; }
command -v debootstrap >/dev/null || { echo "apt-get install debootstrap" >&2; exit 2; }

unmount() {
  local place
  for place in "${mounted[@]}"; do umount --recursive --lazy "$place" 2>/dev/null || true; done
  mounted=()
}
trap unmount EXIT

say() { printf '\n=== %s  %s\n' "$(date +%T)" "$*"; }

make_base() {
  [ -e "$base/.done" ] && return
  say "debootstrap"
  rm -rf "$base"
  mkdir -p "$base"
  debootstrap --variant=minbase bookworm "$base" ${MIRROR:+"$MIRROR"} >"$work/debootstrap.log"
  # What this machine needs to reach packages, a machine made here needs too.
  cp /etc/resolv.conf /etc/hosts "$base/etc/"
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/debian.sources /etc/apt/apt.conf.d/99*; do
    if [ -f "$file" ]; then cp "$file" "$base$file"; fi
  done
  if [ -f /etc/pip.conf ]; then cp /etc/pip.conf "$base/etc/"; fi
  install -D /etc/ssl/certs/ca-certificates.crt "$base/usr/local/share/host-certificates.crt"
  touch "$base/.done"
}

# A root of its own for a part, as bare as the first.
new_root() {
  root=$work/$1
  unmount
  rm -rf "$root"
  cp -a "$base" "$root"
  mkdir -p "$root/proc"
  for place in sys dev dev/shm; do
    mkdir -p "$root/$place"
    mount --bind "/$place" "$root/$place"
    mounted=("$root/$place" "${mounted[@]}")
  done
}

# Runs a command in the root, with nothing of this machine's environment; whatever it
# started ends with it, and it sees no other processes.
inside() {
  env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
    DEBIAN_FRONTEND=noninteractive PIP_CERT=/usr/local/share/host-certificates.crt TESTS="${TESTS:-}" \
    unshare --mount --pid --fork --kill-child \
    sh -c 'mount -t proc proc "$0/proc" && exec chroot "$0" bash -euo pipefail -c "$1"' "$root" "$1"
}

checkout() {
  mkdir -p "$root$1"
  git -C "$project" archive HEAD | tar -x -C "$root$1"
}

part_project() {
  new_root project
  say "project: what the README asks for is there"
  inside "apt-get update -qq && apt-get install -y -qq --no-install-recommends python3 make git ca-certificates curl >/dev/null"
  git clone --quiet --no-hardlinks "$project" "$root/root/bulletin"
  say "project: make demo"
  inside 'cd /root/bulletin
    make demo PORT=8765 >~/demo.log 2>&1 &
    demo=$!
    for second in $(seq 600); do
      curl -fsS http://127.0.0.1:8765/ >~/home.html 2>/dev/null && break
      kill -0 $demo 2>/dev/null || { cat ~/demo.log; exit 1; }
      sleep 1
    done
    cat ~/demo.log
    grep -q 许昌市 ~/home.html
    curl -fsS http://127.0.0.1:8765/wuxiao/2020/56.pdf >~/56.pdf
    [ "$(head -c 5 ~/56.pdf)" = %PDF- ]
    echo "the demo serves its home page and its PDF"'
  say "project: .ci/run"
  if [ -n "${TESTS:-}" ]; then
    inside 'cd /root/bulletin && make setup && .venv/bin/python -m pytest -q $TESTS'
  else
    inside 'cd /root/bulletin && bash .ci/run'
  fi
}

part_image() {
  new_root image
  say "image: the steps of the Dockerfile"
  checkout /app
  inside 'cd /app
    scripts/server/build.sh system
    scripts/server/build.sh python
    scripts/server/build.sh project'
  say "image: size"
  du -sh "$root/opt/venv" "$root/opt/static" "$root/app" "$root"
  say "image: a database, as the compose file has one"
  inside 'apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql caddy curl procps >/dev/null'
  say "image: migrate, web, worker and scheduler as the account of the image, then the proxy"
  cp "$project/scripts/server/try_roles.sh" "$root/root/try_roles.sh"
  inside 'bash /root/try_roles.sh'
}

part_manual() {
  new_root manual
  say "manual: each command of 安装与运维手册, as it stands there"
  inside 'apt-get update -qq && apt-get install -y -qq --no-install-recommends ca-certificates python3 procps curl >/dev/null'
  mkdir -p "$root/root/download"
  git -C "$project" archive --format=tar.gz --prefix=bulletin/ -o "$root/root/download/bulletin.tar.gz" HEAD
  # No systemd runs in a root like this: a stand-in starts what the units say.
  install -m 755 "$project/scripts/server/systemctl_stand_in.py" "$root/usr/local/bin/systemctl"
  python3 "$project/scripts/server/commands_of_manual.py" "$project/docs/安装与运维手册.md" >"$root/root/manual.sh"
  inside 'bash -x /root/manual.sh'
}

mkdir -p "$work"
make_base
for part in "${parts[@]}"; do
  say "begin $part (log: $work/$part.log)"
  # Not as a condition: there, no command that fails would end the part.
  set +e
  (
    trap unmount EXIT
    set -e
    "part_$part"
  ) >"$work/$part.log" 2>&1
  status=$?
  set -e
  if [ "$status" != 0 ]; then
    say "$part: FAILED"
    tail -n 40 "$work/$part.log"
    exit 1
  fi
  say "$part: OK"
done
