"""What monitors ask: alive, ready, and the numbers."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.files.storage import default_storage
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from bulletins.models import Edition, Issue, Notice
from bulletins.operations import metrics, probes, requests
from bulletins.upkeep import gauges
from tests.factories import make_issue, make_user
from wuxiao_bulletin.databases import with_options

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_is_remembered(monkeypatch):
    monkeypatch.setattr(probes, "_readiness", probes.Readiness())


def broken(*arguments: object) -> None:
    raise OperationalError("connection refused to postgres at 10.1.2.3")


# --- alive and ready --------------------------------------------------------------


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_process_that_is_well_says_ok_and_nothing_else(client, path):
    response = client.get(path)

    assert (response.status_code, response.content) == (200, b"ok\n")
    assert "no-store" in response["Cache-Control"]
    assert client.head(path).status_code == 200
    assert client.post(path).status_code == 405


def test_being_alive_asks_no_database(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get("/healthz").status_code == 200


def test_monitors_may_call_the_server_what_they_like(client, settings):
    settings.SECURE_SSL_REDIRECT = True
    for path in ("/healthz", "/readyz", "/metrics"):
        response = client.get(path, headers={"host": "10.0.0.7:8000"})
        assert response.status_code == 200
    assert client.get("/nothing", headers={"host": "10.0.0.7"}).status_code == 400


@pytest.mark.parametrize(
    "trouble", ["no database", "a migration missing", "no place to write"]
)
def test_a_process_that_cannot_work_is_not_ready_and_tells_nobody_why(
    client, monkeypatch, caplog, trouble
):
    if trouble == "no database":
        monkeypatch.setattr(gauges, "migrations_missing", broken)
    elif trouble == "a migration missing":
        known = gauges.known_migrations() | {("bulletins", "9999_flying_cars")}
        monkeypatch.setattr(probes, "_known_migrations", lambda: known)
    else:
        monkeypatch.setattr(default_storage, "save", fail_to_write)

    response = client.get("/readyz")

    assert (response.status_code, response.content) == (503, b"not ok\n")
    assert client.get("/healthz").status_code == 200
    assert "not ready" in caplog.text


def fail_to_write(name: str, content: object) -> str:
    raise OSError(28, "No space left on device")


def test_readiness_is_asked_once_a_second(client, monkeypatch):
    now = [100.0]
    asked: list[int] = []
    monkeypatch.setattr("bulletins.operations.probes.time.monotonic", lambda: now[0])

    def ask() -> bool:
        asked.append(1)
        return True

    monkeypatch.setattr(probes, "_is_ready", ask)

    for seconds in (0, 0.5, 0.4):
        now[0] += seconds
        client.get("/readyz")
    assert len(asked) == 1
    now[0] += 0.2
    client.get("/readyz")
    assert len(asked) == 2


# --- the numbers ------------------------------------------------------------------


def scraped(client: Client) -> dict[tuple[str, ...], float]:
    response = client.get("/metrics")
    assert response.status_code == 200
    return {
        (sample.name, *(f"{k}={v}" for k, v in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(response.content.decode())
        for sample in family.samples
    }  # fmt: skip


def test_what_the_database_knows_is_told(client):
    make_issue()
    issue = make_issue_due()
    user = make_user(email="a@example.gov.cn")
    hour_ago = timezone.now() - dt.timedelta(hours=1)
    Notice.objects.create(user=user, issue=issue, text="x", at=hour_ago)
    Edition.objects.create(
        issue=issue, document="{}", digest="0" * 64, html_digest="1" * 64,
        pdf_digest="2" * 64, pdf_size=1, frozen_at=hour_ago,
    )  # fmt: skip

    found = scraped(client)

    assert found["bulletin_database_up",] == 1
    assert found["bulletin_issues", "status=draft"] == 1
    assert found["bulletin_issues", "status=approved"] == 1
    assert found["bulletin_issues", "status=issued"] == 0
    assert found["bulletin_issues_overdue",] == 1
    assert found["bulletin_mails_waiting",] == 1
    assert found["bulletin_tasks_waiting",] == 0
    assert found["bulletin_last_published_seconds",] == pytest.approx(
        hour_ago.timestamp()
    )


def make_issue_due() -> Issue:
    issue = make_issue(Issue.objects.get().bulletin)
    at = timezone.now() - dt.timedelta(minutes=9)
    Issue.objects.filter(pk=issue.pk).update(
        status="approved", publish_at=at, scheduled_by=make_user()
    )
    return issue


def test_requests_are_counted_by_view_and_not_by_what_was_asked(client):
    before = scraped(client)
    client.get("/search/?q=%E6%89%AB%E9%BB%91")
    client.get("/no-such-bulletin/2020/1/")
    client.generic("BREW", "/healthz")
    after = scraped(client)

    key = ("bulletin_requests_total", "method=GET", "status=200", "view=search")
    assert after[key] == before.get(key, 0) + 1
    assert after["bulletin_request_seconds_count", "view=search"] >= 1
    assert ("bulletin_requests_total", "method=other", "status=405", "view=healthz") in after  # fmt: skip
    assert not any(
        "扫黑" in part or "no-such" in part for name in after for part in name
    )


def test_without_a_database_the_rest_is_still_told(client, monkeypatch):
    monkeypatch.setattr(gauges, "issues_by_status", broken)

    found = scraped(client)

    assert found["bulletin_database_up",] == 0
    assert not any(name[0] == "bulletin_issues" for name in found)
    assert any(name[0] == "bulletin_requests_total" for name in found)


@pytest.mark.parametrize(
    "headers",
    [
        {"REMOTE_ADDR": "10.1.2.3"},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "10.1.2.3"},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_FORWARDED": "for=10.1.2.3"},
        {"REMOTE_ADDR": ""},
        {"REMOTE_ADDR": "10.1.2.3", "HTTP_AUTHORIZATION": "Bearer "},
        {"REMOTE_ADDR": "10.1.2.3", "HTTP_AUTHORIZATION": "Bearer wrong"},
    ],
)
def test_to_others_there_are_no_metrics(client, settings, headers):
    assert client.get("/metrics", **headers).status_code == 404
    settings.METRICS_TOKEN = "right"
    assert client.get("/metrics", **headers).status_code == 404


def test_a_token_or_a_network_opens_them(client, settings):
    settings.METRICS_TOKEN = "right"
    asked = {"HTTP_AUTHORIZATION": "Bearer right", "HTTP_X_FORWARDED_FOR": "10.1.2.3"}
    assert client.get("/metrics", **asked).status_code == 200

    settings.METRICS_NETWORKS = ["10.1.0.0/16"]
    assert client.get("/metrics", REMOTE_ADDR="10.1.2.3").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="127.0.0.1").status_code == 404
    settings.METRICS_NETWORKS = ["10.1.2.9/16"]
    assert client.get("/metrics", REMOTE_ADDR="10.1.2.3").status_code == 200


def test_the_addresses_are_in_the_table_of_all(client):
    assert {reverse(n) for n in ("healthz", "readyz", "metrics")} == set(requests._PROBES)  # fmt: skip
    assert metrics.exposition()


# --- how the database is opened ---------------------------------------------------


POSTGRES = {
    "ENGINE": "django.db.backends.postgresql",
    "OPTIONS": {"sslmode": "require"},
}


def test_the_web_server_does_not_wait_for_ever_and_commands_do(monkeypatch):
    monkeypatch.delenv("PROCESS_ROLE", raising=False)
    command = with_options(POSTGRES)
    monkeypatch.setenv("PROCESS_ROLE", "web")
    web = with_options(POSTGRES)

    assert "options" not in command["OPTIONS"]
    assert "CONN_MAX_AGE" not in command
    assert web["OPTIONS"]["options"] == (
        "-c statement_timeout=30s -c lock_timeout=10s "
        "-c idle_in_transaction_session_timeout=60s"
    )
    assert (web["CONN_MAX_AGE"], web["CONN_HEALTH_CHECKS"]) == (60, True)
    assert web["OPTIONS"]["sslmode"] == command["OPTIONS"]["sslmode"] == "require"


def test_pools_within_and_outside(monkeypatch):
    monkeypatch.setenv("PROCESS_ROLE", "web")
    monkeypatch.setenv("DATABASE_POOL_SIZE", "4")
    within = with_options(POSTGRES)
    monkeypatch.setenv("DATABASE_POOLER", "1")
    outside = with_options(POSTGRES)

    assert within["OPTIONS"]["pool"]["max_size"] == 4
    assert "CONN_MAX_AGE" not in within  # Django refuses both
    assert outside["DISABLE_SERVER_SIDE_CURSORS"] is True
    assert "options" not in outside["OPTIONS"]


def test_the_pool_gives_threads_connections_and_takes_them_back(monkeypatch):
    """Six threads get by with two connections of a real server."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no such pool")
    monkeypatch.setenv("PROCESS_ROLE", "web")
    monkeypatch.setenv("DATABASE_POOL_SIZE", "2")
    pooled = connection.copy("pooled")
    known = connection.settings_dict
    pooled.settings_dict = {**known, **with_options(known), "CONN_MAX_AGE": 0}
    servers: list[int] = []

    def ask(_: int) -> None:
        own = pooled.copy("pooled")
        own.settings_dict = pooled.settings_dict
        with own.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid(), current_setting('lock_timeout')")
            pid, patience = cursor.fetchone()
            assert patience == "10s"
            servers.append(pid)
        own.close()

    try:
        with ThreadPoolExecutor(6) as threads:
            list(threads.map(ask, range(30)))
    finally:
        pooled.close_pool()  # type: ignore[attr-defined]

    assert len(servers) == 30
    assert len(set(servers)) <= 2


def test_the_limits_are_those_postgresql_knows(monkeypatch):
    """They are taken by a real server, and end a query that takes too long."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no such limits")
    monkeypatch.setenv("PROCESS_ROLE", "web")
    monkeypatch.setenv("DATABASE_STATEMENT_TIMEOUT", "1")
    other = connection.copy()
    other.settings_dict = with_options(other.settings_dict)
    try:
        with other.cursor() as cursor:
            cursor.execute("SHOW lock_timeout")
            assert cursor.fetchone()[0] == "10s"
            with pytest.raises(OperationalError, match="statement timeout"):
                cursor.execute("SELECT pg_sleep(9)")
    finally:
        other.close()
