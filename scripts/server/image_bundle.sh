#!/usr/bin/env bash
# Builds the images and packs them, with what starts them, for a server without internet.
#   scripts/server/image_bundle.sh FOLDER
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=${1:?folder}
database=$(sed -n 's/^    image: \(postgres:.*\)$/\1/p' docker-compose.yml)

if ! docker info >/dev/null 2>&1; then
  echo "需要能运行的 Docker Engine（docker info 应有回答）" >&2
  exit 1
fi
export VERSION=${VERSION:-$(git describe --always --dirty 2>/dev/null || date +%Y%m%d)}
# Compose asks for the settings even to build.
export SITE_HOST=localhost POSTGRES_PASSWORD=unused SECRET_KEY=unused
docker compose build
docker pull --quiet "$database"

mkdir -p "$folder"
docker save "wuxiao-bulletin:$VERSION" "wuxiao-bulletin-proxy:$VERSION" "$database" | gzip >"$folder/images.tar.gz"
cp docker-compose.yml "$folder/"
sed "s/^VERSION=.*/VERSION=$VERSION/" .env.example >"$folder/.env.example"
cat >"$folder/载入.sh" <<'END'
#!/usr/bin/env bash
# 核对校验和，载入镜像；然后填写 .env，运行 docker compose up --detach。
set -euo pipefail
cd "$(dirname "$0")"
sha256sum --check SHA256SUMS
gunzip --stdout images.tar.gz | docker load
[ -e .env ] || { cp .env.example .env && chmod 600 .env; }
echo "请填写 $(pwd)/.env，再运行：docker compose up --detach"
END
chmod +x "$folder/载入.sh"
(cd "$folder" && sha256sum images.tar.gz docker-compose.yml .env.example 载入.sh >SHA256SUMS)
echo "已打包到 $folder"
