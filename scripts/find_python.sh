#!/usr/bin/env bash
# Prints the first Python of at least 3.11 on this machine.
set -euo pipefail
for name in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
  path=$(command -v "$name" 2>/dev/null) || continue
  if "$path" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "$path"
    exit 0
  fi
done
echo "需要 Python 3.11 或更新的版本。" >&2
exit 1
