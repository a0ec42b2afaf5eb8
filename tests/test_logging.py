"""The log: a line a request, with its id, and nothing that is nobody's business."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import reverse

from tests.factories import make_user
from wuxiao_bulletin.logs import logging_config

pytestmark = pytest.mark.django_db

SECRET = "扫黑除恶"


@pytest.fixture
def lines() -> Iterator[Any]:
    """Return what reads the log as it is written in production."""
    config = logging_config(as_json=True, level="INFO")
    made = config["formatters"]["lines"]
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(made["()"](as_json=made["as_json"]))
    root = logging.getLogger()
    root.addHandler(handler)
    level = root.level
    root.setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.setLevel(level)
    root.removeHandler(handler)


def the_line(lines):
    (line,) = (x for x in lines() if x["event"] == "request")
    return line


def test_a_request_leaves_one_line_of_json(client, lines):
    response = client.get("/about/")

    line = the_line(lines)
    assert line["method"] == "GET"
    assert line["path"] == "/about/"
    assert line["status"] == response.status_code == 200
    assert line["level"] == "info"
    assert line["milliseconds"] > 0
    assert line["request_id"] == response["X-Request-ID"]
    assert "user" not in line
    assert line["timestamp"].endswith("Z")


def test_the_words_of_a_search_are_not_written(client, lines):
    client.get("/search/", {"q": SECRET})
    client.get("/nothing/", {"q": SECRET})
    client.post("/search/", {"q": SECRET})

    assert len(lines()) >= 3
    assert SECRET not in json.dumps(lines(), ensure_ascii=False)
    assert not any("?" in line.get("path", "") for line in lines())


def test_a_password_is_not_written_and_an_account_is_a_number(client, lines):
    user = make_user("zhangsan", is_staff=True)
    page = reverse("admin:login")
    client.post(page, {"username": "zhangsan", "password": "wrong horse"})
    client.post(page, {"username": "zhangsan", "password": "correct horse"})
    client.get("/admin/")

    written = json.dumps(lines(), ensure_ascii=False)
    assert "horse" not in written
    last = [line for line in lines() if line["event"] == "request"][-1]
    assert last["user"] == str(user.pk)


def test_an_id_of_the_proxy_is_kept_and_a_forged_one_is_not(client, lines):
    good = "0af7651916cd43dd8448eb211c80319c"
    assert client.get("/healthz", headers={"X-Request-ID": good})["X-Request-ID"] == good  # fmt: skip
    for forged in ("short", "x" * 65, "a b c d e f g h", 'id"} {"event":"x', "身份身份身份身份"):  # fmt: skip
        given = client.get("/about/", HTTP_X_REQUEST_ID=forged)["X-Request-ID"]
        assert given != forged
        assert len(given) == 32


def test_probes_leave_no_line(client, lines):
    for path in ("/healthz", "/readyz", "/metrics"):
        client.get(path)

    assert lines() == []


def test_what_is_logged_on_the_way_names_the_request(client, lines, monkeypatch):
    def fail(*arguments: object, **options: object) -> None:
        logging.getLogger("bulletins.views").warning("on the way")
        raise RuntimeError("something broke")

    monkeypatch.setattr("bulletins.search.find", fail)
    monkeypatch.setattr("bulletins.views.search.find", fail, raising=False)
    client.raise_request_exception = False

    response = client.get("/search/", {"q": "无废城市"})

    assert response.status_code == 500
    assert "系统没能完成这次操作" in response.content.decode()
    assert 'class="site-head"' in response.content.decode()
    warned, failed, answered = lines()
    assert warned["event"] == "on the way"
    assert failed["level"] == "error"
    assert "RuntimeError: something broke" in failed["exception"]
    assert answered["status"] == 500
    assert {x["request_id"] for x in lines()} == {response["X-Request-ID"]}
    assert "无废城市" not in json.dumps(lines(), ensure_ascii=False)


def test_for_people_the_same_is_readable():
    made = logging_config(as_json=False, level="INFO")["formatters"]["lines"]
    formatter = made["()"](as_json=False)
    record = logging.LogRecord("bulletins.requests", logging.INFO, "", 0, "request", (), None)  # fmt: skip
    record.path, record.status = "/wuxiao/2020/56/", 200

    line = formatter.format(record)

    assert "path=/wuxiao/2020/56/ status=200" in line
    assert not line.startswith("{")
