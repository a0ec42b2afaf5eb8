# The web server. Pins are those of requirements.txt, hashes and all.
FROM python:3.11-slim-bookworm

# The libraries scripts/system_packages.sh asks for; the fonts come with the project.
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/*

ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    LANG=C.UTF-8 \
    VAR_DIR=/var/lib/bulletin

WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt
COPY . .
RUN python scripts/compile_catalogue.py

# Whoever gets into the server owns its data, not its code.
RUN useradd --system --create-home --uid 10001 bulletin \
    && install --directory --owner=bulletin --mode=750 /var/lib/bulletin
USER bulletin
VOLUME /var/lib/bulletin
EXPOSE 8000

HEALTHCHECK --start-period=60s \
    CMD ["python", "-c", "import socket; socket.create_connection(('127.0.0.1', 8000), 3)"]

# exec: gunicorn, not the shell, must hear that it shall stop.
CMD ["sh", "-c", "python manage.py migrate --noinput && exec gunicorn wuxiao_bulletin.wsgi --bind 0.0.0.0:8000 --workers 2 --timeout 90 --access-logfile -"]
