# Two images from one file: `app` runs the server, `proxy` stands before it.
# What is done to the system is done by scripts/image/build.sh, which scripts/fresh_debian.sh
# runs in a bare Debian too: the build is proved where no container engine is.
FROM debian:bookworm-slim AS app

ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    LANG=C.UTF-8 \
    PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin \
    VAR_DIR=/var/lib/bulletin

WORKDIR /app
COPY scripts/system_packages.sh scripts/find_python.sh scripts/
COPY scripts/image/build.sh scripts/image/
RUN scripts/image/build.sh system
COPY requirements.txt .
RUN scripts/image/build.sh python
COPY . .
RUN scripts/image/build.sh project

# Whoever gets into the server owns its data, not its code.
USER bulletin
VOLUME /var/lib/bulletin
EXPOSE 8000
STOPSIGNAL SIGTERM
CMD ["scripts/image/run.sh", "web"]

FROM caddy:2 AS proxy
COPY scripts/image/Caddyfile /etc/caddy/Caddyfile
COPY --from=app /opt/static /srv/static
