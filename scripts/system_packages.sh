#!/usr/bin/env bash
# Sees that the system packages are there which pip cannot bring.
#   scripts/system_packages.sh run    what the server needs
#   scripts/system_packages.sh test   and what its tests need
# Missing ones are installed with apt where that is permitted; else the command to run is printed.
set -euo pipefail

kind=${1:?run or test}
missing=()

has_library() { ldconfig -p 2>/dev/null | grep "$1" >/dev/null || /sbin/ldconfig -p 2>/dev/null | grep "$1" >/dev/null; }
has_program() { command -v "$1" >/dev/null 2>&1; }
need() { missing+=("$@"); }

python=$("$(dirname "$0")/find_python.sh")
"$python" -c 'import ensurepip, venv' 2>/dev/null || need "$(basename "$(readlink -f "$python")")-venv"
has_library libpango-1.0.so.0 || need libpango-1.0-0
has_library libpangoft2-1.0.so.0 || need libpangoft2-1.0-0
has_library libharfbuzz-subset.so.0 || need libharfbuzz-subset0

if [ "$kind" = test ]; then
  has_program pdftotext || need poppler-utils
  has_program chromium || has_program chromium-browser || has_program google-chrome || need chromium
  has_library libatomic.so.1 || need libatomic1 # playwright's own node
  ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || has_program initdb || need postgresql
  # The browser's own text needs some Chinese font; the PDF uses none but the project's.
  fc-list :lang=zh-cn 2>/dev/null | grep . >/dev/null || need fontconfig fonts-noto-cjk
fi

[ ${#missing[@]} -eq 0 ] && exit 0

command="apt-get install -y --no-install-recommends ${missing[*]}"
if ! has_program apt-get; then
  echo "缺少系统软件包：${missing[*]}。请用本系统的软件包工具安装后重试。" >&2
  exit 1
elif [ "$(id -u)" = 0 ]; then
  as_root=()
elif has_program sudo && sudo -n true 2>/dev/null; then
  as_root=(sudo)
else
  echo "缺少系统软件包。请以管理员身份运行下面的命令后重试：" >&2
  echo "  sudo apt-get update && sudo $command" >&2
  exit 1
fi
echo "安装系统软件包：${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq
# shellcheck disable=SC2086 # a list of words
"${as_root[@]}" $command
