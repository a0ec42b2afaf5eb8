"""The proxy over the tree answers as the application itself does."""

import contextlib
import http.client
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from bulletins.archive import addresses, keeping, tree
from tests.small_archive import make_small_archive

CADDY = shutil.which("caddy")
CADDYFILE = Path(settings.BASE_DIR, "scripts", "server", "Caddyfile")
PAGES = (
    "/",
    "/wuxiao/",
    "/wuxiao/?from=chat",
    "/wuxiao/2020/",
    "/wuxiao/2020/56/",
    "/wuxiao/2020/56/1/",
    "/wuxiao/2020/56.pdf",
    "/wuxiao/2020/57/edition-1/",
    "/lanmu/%E7%AE%80%E8%AE%AF/",
    "/danwei/%E8%A5%84%E5%9F%8E%E5%8E%BF/2020/",
    "/feed.atom",
    "/feed.json",
    "/sitemap.xml",
    "/robots.txt",
    "/wuxiao/masthead.css",
)
# Asked of the application: withdrawn, internal, missing, without its slash; and what
# are files of the tree, but no addresses.
OTHERS = (
    "/wuxiao/2020/58/",
    "/neibu/",
    "/neibu/2020/3/",
    "/wuxiao/2020/99/",
    "/wuxiao",
    "/404.html",
    "/index.html",
    "/feed.atom.gz",
    "/wuxiao/index.html.br",
    "/.lock",
    "/%2elock",
    "/wuxiao/2020/56.pdf/",
)
# The server's own, and each request's own; how the bytes are framed is neither's matter.
OWN = {
    *("date", "server", "connection", "etag", "last-modified", "x-request-id"),
    *("content-length", "transfer-encoding"),
}

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CADDY is None, reason="caddy is not installed"),
]


def ask(port: int, path: str, **headers: str):
    """Return status, headers and bytes of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    with contextlib.closing(connection):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("GET", path, headers=named)
        answer = connection.getresponse()
        told = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, told, answer.read()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture
def ports(live_server, tmp_path, settings):
    """The application's port and that of a proxy before it, without TLS."""
    settings.SITE_ADDRESS = "https://jianbao.example.gov.cn"
    make_small_archive()
    keeping.verify()
    application = int(live_server.url.rpartition(":")[2])
    with proxy_of(application, tmp_path) as proxy:
        yield application, proxy


@pytest.fixture
def proxy_alone(tmp_path):
    """A proxy behind which no application runs."""
    with proxy_of(free_port(), tmp_path) as proxy:
        yield proxy


@contextlib.contextmanager
def proxy_of(application: int, folder: Path) -> Iterator[int]:
    """Run a proxy before an application, without TLS; give its port."""
    proxy = free_port()
    site = re.search(
        r"(?s)^\{.*?(?=^https://)", CADDYFILE.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert site is not None
    config = folder / "Caddyfile"
    config.write_text(
        f"{site[0]}http://127.0.0.1:{proxy} {{\n\timport site\n}}\n", encoding="utf-8"
    )
    told = {
        "SITE_ROOT": str(tree.root()),
        "ROOT_OF_FILES": str(folder),
        "UPSTREAM": f"127.0.0.1:{application}",
        "XDG_DATA_HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
    }
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [str(CADDY), "run", "--config", str(config)],
            env={**os.environ, **told},
            stderr=log,
        )
        try:
            wait_for(proxy, process)
            yield proxy
        finally:
            process.terminate()
            process.wait(20)


def wait_for(port: int, process: subprocess.Popen) -> None:
    for _ in range(200):
        assert process.poll() is None, "the proxy does not take its configuration"
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", port)),
        ):
            return
        time.sleep(0.1)
    raise AssertionError("the proxy does not listen")


def without_own(headers: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in OWN}


def test_the_proxy_answers_as_the_application_does(ports):
    application, proxy = ports
    for path in PAGES:
        for encoding in ("identity", "gzip", "br"):
            status, headers, content = ask(proxy, path, Accept_Encoding=encoding)
            same = ask(application, path, Accept_Encoding=encoding)

            assert status == 200
            # It offers ranges of compressed pages too.
            headers["accept-ranges"] = same[1].get("accept-ranges", "")
            same[1].setdefault("accept-ranges", "")
            assert without_own(headers) == without_own(same[1]), (path, encoding)
            assert content == same[2], (path, encoding)
            again = ask(
                proxy, path, Accept_Encoding=encoding, If_None_Match=headers["etag"]
            )
            assert again[0] == 304


def test_what_is_no_page_is_answered_by_the_application(ports):
    application, proxy = ports
    for path in OTHERS:
        status, headers, content = ask(proxy, path)
        same = ask(application, path)

        assert (status, headers.get("location")) == (same[0], same[1].get("location"))
        assert status in {301, 404, 410}, path
        assert content == same[2], path


def test_a_name_with_odd_signs_leads_to_its_page(ports):
    _, proxy = ports
    for name in ("50%县", "何处?", "#1", "x%2Fy", "县{局}", "[县] *"):
        page = tree.Page(name.encode(), tree.CONTENT_TYPES[".html"])
        tree.write(addresses.unit(name), page)

        status, _, content = ask(proxy, addresses.unit(name).href)

        assert (status, content.decode()) == (200, name)
    assert ask(proxy, "/danwei/*/")[0] == 404


def test_a_part_of_a_pdf_is_sent_by_the_proxy(ports):
    _, proxy = ports

    status, headers, content = ask(proxy, "/wuxiao/2020/56.pdf", Range="bytes=0-4")

    assert (status, content) == (206, b"%PDF-")
    assert headers["content-range"].startswith("bytes 0-4/")


def test_what_asks_about_the_process_is_answered_inside_alone(ports):
    _, proxy = ports

    for path in ("/healthz", "/readyz", "/metrics"):
        assert ask(proxy, path)[0] == 404


def test_while_the_application_is_away_people_are_told_in_chinese(proxy_alone):
    status, headers, content = ask(proxy_alone, "/admin/login/")

    assert status == 502
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["retry-after"] == "30"
    assert "刚才提交的内容没有保存" in content.decode()


def test_an_address_longer_than_any_of_ours_is_told_in_chinese(ports):
    _, proxy = ports

    status, headers, content = ask(proxy, "/search/?q=" + "%E6%97%A0" * 10_000)

    assert status == 414
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert "网址太长" in content.decode()
