"""Rendering in a process of its own: whatever happens there, the web process goes on."""

import os
import signal
import threading

import pytest
from PIL import Image

from bulletins import rendering
from bulletins.bounds import SectionKind
from bulletins.document import SectionEntry, to_json
from bulletins.rendering import frames, pdf, worker, worker_process
from tests.factories import make_article, make_document

# Newer Pythons warn of what gunicorn does too, and what this is about.
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork")


@pytest.fixture
def make_worker():
    """Return a maker of workers that end with the test."""
    made = []

    def make(**limits) -> worker.Worker:
        made.append(worker.Worker(**limits))
        return made[-1]

    yield make
    for one in made:
        one.stop()


@pytest.fixture(scope="module")
def shared_worker():
    """Return a worker for tests that do not mind what it has rendered before."""
    one = worker.Worker()
    yield one
    one.stop()


def document_with(body: str):
    article = make_article("县作风办召开推进会", body=body)
    return make_document(sections=(SectionEntry("", SectionKind.ARTICLES, (article,)),))


def slow_document():
    row = f"<tr>{'<td>甲</td>' * 20}</tr>"
    return document_with(f"<table><tbody>{row * 500}</tbody></table>")


def picture(folder, size: int) -> str:
    name = "0123456789abcdef.png"
    Image.new("RGB", (size, size)).save(folder / name)
    return f'<figure><img src="/media/pictures/{name}" alt="图"></figure>'


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def run_in_fork(action) -> None:
    child = os.fork()
    if child == 0:
        try:
            action()
        finally:
            # Nothing of the tests may go on here.
            os._exit(0)
    os.waitpid(child, 0)


def test_the_worker_makes_the_same_bytes_as_this_process():
    mark = rendering.DraftMark("草稿", "0123456789abcdef")
    profile = rendering.LayoutProfile(rows_per_page=23, even_last=True)
    document = make_document()

    made = rendering.render_pdf(document, profile=profile, mark=mark)

    assert made == pdf.render_pdf(document, profile=profile, mark=mark)


def test_one_process_serves_one_document_after_the_other(shared_worker):
    one = shared_worker
    first, pid = one.render(make_document()), one.pid

    assert one.render(make_document()) == first
    assert one.pid == pid


def test_two_threads_at_once_both_get_their_own_pdf(shared_worker):
    one = shared_worker
    documents = [make_document(number=number) for number in (1, 2)]
    made = {}
    threads = [
        threading.Thread(target=lambda d=d: made.update({d.number: one.render(d)}))
        for d in documents
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert made == {d.number: pdf.render_pdf(d) for d in documents}


def test_a_worker_killed_meanwhile_is_replaced(shared_worker):
    one = shared_worker
    first, pid = one.render(make_document()), one.pid
    os.kill(pid, signal.SIGKILL)

    assert one.render(make_document()) == first
    assert one.pid != pid


def test_a_worker_killed_while_it_renders_is_replaced_and_the_document_is_kept(
    shared_worker, monkeypatch
):
    one = shared_worker
    first, pid = one.render(make_document()), one.pid
    write = frames.write

    def write_and_kill(*frame) -> None:
        write(*frame)
        monkeypatch.undo()
        os.kill(pid, signal.SIGKILL)

    monkeypatch.setattr(frames, "write", write_and_kill)

    assert one.render(make_document()) == first
    assert one.pid != pid


def test_a_document_that_takes_too_long_is_stopped_and_the_next_one_is_rendered(
    make_worker,
):
    one = make_worker(time_limit=2)

    with pytest.raises(rendering.RenderError, match="排印超过2秒没有完成") as raised:
        one.render(slow_document())

    assert "内容最多的是文章“县作风办召开推进会”" in str(raised.value)
    assert one.pid is None
    assert one.render(make_document()).startswith(b"%PDF-")


def test_a_picture_beyond_the_memory_limit_is_stopped_and_the_next_one_is_rendered(
    make_worker, tmp_path
):
    one = make_worker(memory_limit=500 * 1024 * 1024)
    document = document_with(picture(tmp_path, 7_000))

    with pytest.raises(rendering.RenderError, match="所需的内存超过限制") as raised:
        one.render(document, pictures=tmp_path)

    assert "内容最多的是文章“县作风办召开推进会”" in str(raised.value)
    assert one.render(make_document()).startswith(b"%PDF-")


def test_nesting_beyond_what_can_be_laid_out_is_told(shared_worker):
    one = shared_worker
    deep = document_with("<ul><li>" * 450 + "深" + "</li></ul>" * 450)

    with pytest.raises(rendering.RenderError, match="嵌套层次太深"):
        one.render(deep)

    assert one.render(make_document()).startswith(b"%PDF-")


def test_a_broken_picture_stops_the_rendering_instead_of_leaving_a_gap(
    shared_worker, tmp_path
):
    document = document_with(picture(tmp_path, 64))
    (path,) = tmp_path.iterdir()
    path.write_bytes(b"MZ")

    with pytest.raises(rendering.RenderError, match="有图片已损坏，不能印出"):
        shared_worker.render(document, pictures=tmp_path)


def test_a_worker_that_breaks_down_is_told_and_replaced(shared_worker, monkeypatch):
    one = shared_worker
    one.render(make_document())
    monkeypatch.setattr(frames, "write", lambda *_: os.kill(one.pid, signal.SIGABRT))

    with pytest.raises(rendering.RenderError, match="意外停止，详情已记入日志"):
        one.render(make_document())

    monkeypatch.undo()
    assert one.render(make_document()).startswith(b"%PDF-")


def test_a_worker_that_cannot_start_is_told(make_worker, monkeypatch):
    monkeypatch.setattr("sys.executable", "/bin/false")

    with pytest.raises(rendering.RenderError, match="排印程序无法启动，详情已记入日志"):
        make_worker().render(make_document())


def test_who_waits_too_long_for_their_turn_is_told(make_worker, monkeypatch):
    one = make_worker()
    monkeypatch.setattr(worker, "_QUEUE_LIMIT", 0.01)

    with one._turn, pytest.raises(rendering.RenderError, match="请稍后再试"):
        one.render(make_document())


def test_the_worker_knows_no_secret_of_the_web_process(make_worker, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://user:password@host/db")
    monkeypatch.setenv("SECRET_KEY", "secret")
    one = make_worker()
    one.render(make_document())

    with open(f"/proc/{one.pid}/environ", encoding="utf-8") as file:  # noqa: PTH123
        environment = file.read()

    assert "password" not in environment
    assert "SECRET_KEY" not in environment


def test_a_fork_leaves_the_worker_to_its_parent(make_worker, monkeypatch):
    """As gunicorn does: the child renders too, and the parent's worker stays."""
    monkeypatch.setattr(worker, "_worker", make_worker())
    document = make_document()
    made = rendering.render_pdf(document)
    pid = worker._worker.pid
    reader, writer = os.pipe()

    def in_child() -> None:
        same = rendering.render_pdf(document) == made
        other = worker._worker.pid != pid
        worker._worker.stop()
        os.write(writer, bytes([same, other]))

    run_in_fork(in_child)

    assert os.read(reader, 2) == bytes([True, True])
    assert pid is not None
    assert is_running(pid)
    assert rendering.render_pdf(document) == made
    assert worker._worker.pid == pid
    os.close(reader)
    os.close(writer)


def test_the_worker_ends_when_its_parent_does(make_worker):
    reader, writer = os.pipe()

    def in_child() -> None:
        orphan = worker.Worker()
        orphan.render(make_document())
        assert orphan.pid is not None
        os.write(writer, orphan.pid.to_bytes(4))

    run_in_fork(in_child)
    pid = int.from_bytes(os.read(reader, 4))
    os.close(reader)
    os.close(writer)

    waiting = threading.Event()
    for _ in range(100):
        if not is_running(pid) or is_zombie(pid):
            break
        waiting.wait(0.05)
    else:
        pytest.fail("the worker outlives its parent")


def test_a_rendering_that_outlasts_its_parent_ends_itself(make_worker):
    # The alarm rings half a second after the request.
    one = make_worker(time_limit=0.5 - worker_process._GRACE)
    process = one._start()
    frames.read(process.stdout.fileno())
    request = {"document": to_json(slow_document()), "profile": {}}

    frames.write(process.stdin.fileno(), {**request, "pictures": None, "mark": None})

    assert process.wait(timeout=20) == -signal.SIGALRM
    process.stdin.close()
    process.stdout.close()


def test_a_worker_that_has_grown_too_large_is_ended_after_its_answer(
    make_worker, monkeypatch
):
    one = make_worker()
    message = {"outcome": "done", "retires": True}
    monkeypatch.setattr(worker, "_exchange", lambda *_: (message, b"%PDF-"))

    assert one.render(make_document()) == b"%PDF-"
    assert one.pid is None


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"outcome": "too deep"}, "正文的嵌套层次太深；本期内容最多的是文章“县作风办"),
        (
            {"outcome": "too large"},
            "排印所需的内存超过限制；本期内容最多的是文章“县作风办",
        ),
        ({}, "排印程序没有给出结果"),
    ],
)
def test_what_went_wrong_is_told_with_the_largest_article(
    shared_worker, monkeypatch, answer, message
):
    shared_worker.render(make_document())
    monkeypatch.setattr(worker, "_exchange", lambda *_: (answer, b""))

    with pytest.raises(rendering.RenderError, match=message):
        shared_worker.render(make_document())


def test_a_worker_killed_again_and_again_is_told(shared_worker, monkeypatch):
    """As where the kernel ends whatever asks for more memory."""
    write = frames.write

    def write_and_kill(*frame) -> None:
        write(*frame)
        os.kill(shared_worker.pid, signal.SIGKILL)

    monkeypatch.setattr(frames, "write", write_and_kill)

    with pytest.raises(rendering.RenderError, match="排印程序两次被系统终止"):
        shared_worker.render(make_document())


def is_zombie(pid: int) -> bool:
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:  # noqa: PTH123
        return file.read().rpartition(")")[2].split()[0] == "Z"


# --- the worker's own side, and what goes between --------------------------------


def test_the_worker_answers_what_it_cannot_render_in_words():
    body = '<p><img src="/media/pictures/0123456789abcdef.png"></p>'
    document = to_json(document_with(body))
    request = {"document": document, "profile": {}, "pictures": None, "mark": None}

    message, content = worker_process.answer(request)

    assert message["outcome"] == "refused"
    assert message["message"] == "不允许读取 picture:0123456789abcdef.png"
    assert content == b""


def test_a_frame_arrives_as_it_was_sent():
    reader, writer = os.pipe()
    sender = threading.Thread(
        target=frames.write, args=(writer, {"字": "值"}, b"x" * 3_000_000)
    )
    sender.start()

    assert frames.read(reader) == ({"字": "值"}, b"x" * 3_000_000)

    sender.join()
    os.close(writer)
    assert frames.read(reader) is None
    os.close(reader)


@pytest.mark.parametrize(
    "nonsense",
    [
        b"\x00",
        b"\x00\x00\x00\x02\x00\x00\x00\x00{",
        b"\x00\x00\x00\x02\x00\x00\x00\x00[]",
        b"\x00\x00\x00\x02\x00\x00\x00\x00}{",
        b"\xff\xff\xff\xff\x00\x00\x00\x00",
        b"\x00\x00\x00\x02\x00\x00\x00\x05{}abc",
    ],
)
def test_a_frame_that_is_not_one_is_nothing(nonsense):
    reader, writer = os.pipe()
    os.write(writer, nonsense)
    os.close(writer)

    assert frames.read(reader) is None

    os.close(reader)
