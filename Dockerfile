# Two images from one file: `app` runs the server, `proxy` stands before it.
# What is done to the system is done by scripts/server/build.sh, which scripts/fresh_debian.sh
# runs in a bare Debian too: the build is proved where no container engine is.
FROM debian:bookworm-slim AS app

ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    LANG=C.UTF-8 \
    PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin \
    VAR_DIR=/var/lib/bulletin

WORKDIR /app
COPY scripts/system_packages.sh scripts/find_python.sh scripts/
COPY scripts/server/build.sh scripts/server/
RUN IMAGE=1 scripts/server/build.sh system
COPY requirements.txt .
RUN scripts/server/build.sh python
COPY . .
RUN scripts/server/build.sh project

# Whoever gets into the server owns its data, not its code.
USER bulletin
VOLUME /var/lib/bulletin
EXPOSE 8000
STOPSIGNAL SIGTERM
CMD ["scripts/server/run.sh", "web"]

FROM caddy:2 AS proxy
COPY scripts/server/Caddyfile /etc/caddy/Caddyfile
COPY --from=app /opt/static /srv/static
