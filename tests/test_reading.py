"""The text reader: the sample to the character, the variants, and nothing lost."""

import datetime as dt
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulletins import markup
from bulletins.bounds import IssueKind, SectionKind
from bulletins.document import contents, to_json
from bulletins.findings import Severity
from bulletins.reading import ReadError, Reading, read_file, read_text
from bulletins.rendering import render_text

DOCUMENTS = Path(__file__).parent / "documents"
SAMPLE = DOCUMENTS / "xuchang-56.txt"
VARIANTS = sorted(path.stem for path in (DOCUMENTS / "variants").glob("*.txt"))


@pytest.fixture(scope="module")
def expected() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(
        (DOCUMENTS / "xuchang-56.expected.json").read_text("utf-8")
    )
    return loaded


@pytest.fixture(scope="module")
def sample() -> Reading:
    return read_file(SAMPLE)


def lines_of(reading: Reading, rule: str) -> list[int | None]:
    return [finding.line for finding in reading.findings if finding.rule == rule]


# --- the sample -------------------------------------------------------------------


def test_the_masthead_of_the_sample(sample, expected):
    document = sample.document

    assert document.bulletin.programme == expected["masthead"]["programme_line"]
    assert document.bulletin.name == expected["masthead"]["name"]
    assert document.bulletin.office == expected["office"]["text"]
    assert document.number == expected["issue"]["number"]
    assert document.date == dt.date.fromisoformat(expected["date"]["iso"])
    assert document.kind is IssueKind.REGULAR
    assert document.total_number is None


def test_the_contents_of_the_sample(sample, expected):
    found = [line.text for line in contents(sample.document)]

    assert found == [entry["text"] for entry in expected["contents"]]


def test_the_articles_of_the_sample_are_equal_to_the_character(sample, expected):
    wanted = [a for a in expected["articles"] if a["kind"] == "article"]

    for article, want in zip(sample.document.articles(), wanted, strict=True):
        lines = want["title"]["display_lines"] or [want["title"]["plain"]]
        assert article.title == "\n".join(lines)
        paragraphs = [paragraph["text"] for paragraph in want["paragraphs"]]
        assert markup.paragraphs(article.body) == paragraphs
    assert [len(a["paragraphs"]) for a in wanted] == [3, 2, 3, 3]


def test_the_brief_items_of_the_sample_are_equal_to_the_character(sample, expected):
    wanted = expected["articles"][-1]["items"]
    section = sample.document.sections[-1]

    assert (section.title, section.kind) == ("简讯", SectionKind.BRIEFS)
    for brief, want in zip(sample.document.briefs(), wanted, strict=True):
        assert (brief.lead, brief.text) == (want["lead"], want["body"])
        assert f"★{brief.printed}" == want["text"]


def test_the_distribution_of_the_sample(sample, expected):
    recipients = sample.document.recipients

    assert list(recipients.report) == expected["distribution"]["报"]["units"]
    assert list(recipients.distribute) == expected["distribution"]["发"]["units"]
    assert recipients.send == ()


def test_what_was_guessed_in_the_sample_is_told_with_its_line(sample, expected):
    wanted = {f["rule"]: f.get("lines") for f in expected["expected_findings"]}

    for rule in ("SP01", "SP02", "PU03", "IM01"):
        assert lines_of(sample, rule) == wanted[rule]
    assert lines_of(sample, "ST01") == [13]
    assert "6处" in next(str(f) for f in sample.findings if f.line == 57)
    assert all(finding.severity is not Severity.ERROR for finding in sample.findings)


# --- the variants -----------------------------------------------------------------


@pytest.mark.parametrize("name", VARIANTS)
def test_each_variant_comes_out_as_its_json_says(name):
    folder = DOCUMENTS / "variants"
    wanted = json.loads((folder / f"{name}.json").read_text("utf-8"))

    reading = read_file(folder / f"{name}.txt")

    assert to_json(reading.document) == wanted["document"]
    assert [[f.rule, f.line] for f in reading.findings] == wanted["findings"]


@pytest.mark.parametrize("name", ["crlf", "bom", "gb18030"])
def test_line_ends_and_encodings_change_nothing(name):
    variants = DOCUMENTS / "variants"

    plain = read_file(variants / "colons.txt")

    assert read_file(variants / f"{name}.txt") == plain
    raw = (variants / f"{name}.txt").read_bytes()
    assert raw != (variants / "colons.txt").read_bytes()


def issue_text(
    *, head: str = "（第3期）", body: str = "县作风办召开会议\n\n会议要求抓好落实。"
) -> str:
    return f"工作简报\n{head}\n县作风办\n2024年3月5日\n\n{body}\n\n报：县委办公室\n"


@pytest.mark.parametrize(
    ("head", "kind", "number", "total"),
    [
        ("第3期", IssueKind.REGULAR, 3, None),
        ("(第3期)", IssueKind.REGULAR, 3, None),
        ("第 3 期", IssueKind.REGULAR, 3, None),
        ("第３期", IssueKind.REGULAR, 3, None),
        ("第三期", IssueKind.REGULAR, 3, None),
        ("第一百二十八期", IssueKind.REGULAR, 128, None),
        ("第十期", IssueKind.REGULAR, 10, None),
        ("第二〇期", IssueKind.REGULAR, 20, None),
        ("第3期（总第128期）", IssueKind.REGULAR, 3, 128),
        ("（第3期 总第128期）", IssueKind.REGULAR, 3, 128),
        ("第3期（总128期）", IssueKind.REGULAR, 3, 128),
        ("总第128期", IssueKind.REGULAR, 128, None),
        ("2024年第3期", IssueKind.REGULAR, 3, None),
        ("〔2024〕第3期", IssueKind.REGULAR, 3, None),
        ("2024年第3期（总第128期）", IssueKind.REGULAR, 3, 128),
        ("增刊第1期", IssueKind.SUPPLEMENT, 1, None),
        ("增刊（第1期）", IssueKind.SUPPLEMENT, 1, None),
        ("第1期增刊", IssueKind.SUPPLEMENT, 1, None),
        ("增刊1", IssueKind.SUPPLEMENT, 1, None),
        ("增刊", IssueKind.SUPPLEMENT, None, None),
        ("增刊\n第2期", IssueKind.SUPPLEMENT, 2, None),
    ],
)
def test_every_way_to_write_a_number_is_read(head, kind, number, total):
    document = read_text(issue_text(head=head)).document

    assert (document.kind, document.number, document.total_number) == (
        kind,
        number,
        total,
    )
    assert document.bulletin.office == "县作风办"


@pytest.mark.parametrize(
    "head",
    [
        "工作简报\n第3期\n县作风办　　2024年3月5日\n",
        "工作简报\n第3期\n县作风办 2024年3月5日\n",
        "工作简报\n第3期\n县作风办2024年3月5日\n",
        "工作简报\n第3期    县作风办    2024年3月5日\n",
        "工作简报 第3期\n县作风办编 2024-03-05\n",
        "工作简报（第3期）\n2024.3.5\n县作风办\n",
        "工 作 简 报\n第3期\n县作风办主办\n二〇二四年三月五日\n",
        "工作简报\n县作风办\n第3期\n2024年3月5日\n",
    ],
)
def test_office_and_date_are_found_where_offices_put_them(head):
    text = issue_text().partition("2024年3月5日\n")[2]

    document = read_text(head + text).document

    masthead = document.bulletin
    assert (masthead.programme, masthead.name) == ("", "工作简报")
    assert (masthead.office, document.number) == ("县作风办", 3)
    assert document.date == dt.date(2024, 3, 5)
    assert next(document.articles()).title == "县作风办召开会议"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "第8行：期号之后没有正文"),
        ("编者按：值得一读。", "第4行：期号之后没有正文"),
        ("本期要目\n- 甲乡开展整治\n- 简讯\n\n乙乡办班\n\n办班了。", "第7行：要目中的“甲乡开展整治”"),
        ("简讯\n\n★甲。\n\n简讯\n\n★乙。", "第10行：栏目“简讯”第6行已经有过"),
        ("简讯", "第6行：栏目“简讯”下面没有内容"),
        ("甲乡开展整治\n\n整治了。\n\n（第4期）\n\n乙", "第10行：又出现了期号"),
        ("简讯\n★" + "长" * 201 + "。", "第7行：简讯的首句过长"),
        ("简讯\n★甲。\n\n报：" + "长" * 201, "第9行：报单位过长（201字"),
        ("本期要目\n- 甲乡开展整治\n- 乙乡办班\n\n甲乡开展整治\n\n乙乡办班\n\n好。", "第10行：标题“甲乡开展整治”下面没有正文"),
    ],
)  # fmt: skip
def test_what_cannot_be_understood_is_an_error_naming_the_line(body, message):
    with pytest.raises(ReadError) as error:
        read_text(issue_text(body=body))

    assert str(error.value).startswith(message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "文件是空的"),
        (" \n\u3000\n", "文件是空的"),
        ("床前明月光。\n疑是地上霜。", "第1行：期号"),
        ("第3期\n县作风办", "第1行：期号之前没有简报名称"),
        ("甲\n乙\n丙\n丁\n戊\n第3期\n", "第5行：期号之前的行太多"),
        ("简报\n县委\n本期要目\n- 甲", "第1至2行中没有找到期号"),
        (issue_text().replace("3月5日", "2月30日"), "第4行：日历上没有“2024年2月30日”"),
        (issue_text(head="第0期"), "第2行：期号“第0期”不在"),
        (issue_text() * 2, "第12行：又出现了期号“（第3期）”"),
    ],
)
def test_a_text_that_is_no_bulletin_is_refused_in_words(text, message):
    with pytest.raises(ReadError) as error:
        read_text(text)

    assert str(error.value).startswith(message)


def test_spaces_in_titles_are_told_apart_by_the_contents():
    body = "本期要目\n- 甲乡开展整治\n- 抓实三件事 打赢攻坚战\n- 简 讯\n\n"
    body += "甲乡 开展整治\n\n整治了。\n\n抓实三件事 打赢攻坚战\n\n打赢了。\n\n简  讯\n\n★乙。"

    document = read_text(issue_text(body=body)).document

    titles = [article.title for article in document.articles()]
    assert titles == ["甲乡\n开展整治", "抓实三件事\u3000打赢攻坚战"]
    assert document.sections[-1].title == "简讯"


def test_a_shortened_contents_wording_still_finds_its_title():
    body = (
        "本期要目\n- 推进会在绍兴召开\n\n全国“无废城市”推进会在绍兴市召开\n\n召开了。"
    )

    reading = read_text(issue_text(body=body))

    article = next(reading.document.articles())
    assert article.title == "全国“无废城市”推进会在绍兴市召开"
    assert article.contents_title == "推进会在绍兴召开"
    assert lines_of(reading, "ST01") == [7]


def test_entries_that_are_much_alike_each_find_their_own_title():
    first, second = "县委召开第一次工作推进会议", "县委召开第二次工作推进会议"
    body = f"本期要目\n- {first}\n- {second}\n\n{first}\n\n一。\n\n{second}\n\n二。"

    titles = [a.title for a in read_text(issue_text(body=body)).document.articles()]

    assert titles == [first, second]


def test_points_within_an_article_are_no_brief_items():
    body = "县作风办召开会议\n\n会议要求：\n\n●抓好落实。\n\n（一）压实责任\n\n各乡镇要压实责任。"

    section = read_text(issue_text(body=body)).document.sections[0]

    assert section.kind is SectionKind.ARTICLES
    assert markup.blocks(section.items[0].body)[1:] == [
        ("p", "●抓好落实。"),
        ("h3", "（一）压实责任"),
        ("p", "各乡镇要压实责任。"),
    ]


# --- nothing is lost --------------------------------------------------------------


def lost(text: str, reading: Reading) -> Counter:
    """Return the characters that are neither in the document nor in a finding.

    The dash before an entry of the contents list and the frame around a section's
    name are layout, as spaces are.
    """
    text = re.sub("(?m)^- |^【(.*)】$", r"\1", text)
    kept = render_text(reading.document) + "".join(f.excerpt for f in reading.findings)
    return Counter("".join(text.split())) - Counter("".join(kept.split()))


@pytest.mark.parametrize("name", ["xuchang-56", *(f"variants/{v}" for v in VARIANTS)])
def test_every_character_is_in_the_document_or_in_a_finding(name):
    path = DOCUMENTS / f"{name}.txt"
    encoding = "gb18030" if name.endswith("gb18030") else "utf-8-sig"

    assert not lost(path.read_text(encoding), read_file(path))


_TEXTS = [
    SAMPLE.read_text("utf-8").splitlines(),
    *(
        (DOCUMENTS / "variants" / f"{name}.txt").read_text("utf-8").splitlines()
        for name in VARIANTS
        if name not in {"crlf", "bom", "gb18030"}
    ),
]
_ODD_LINES = st.sampled_from(
    [
        "", "编者按：值得一读。", "【工作动态】", "一、工作动态", "●甲乡办班。办了3天。", "（一）乙",
        "（县环保局供稿）", "抄送：县委办、县政府办", "共印30份", "第57期", "— 2 —", "内部资料 注意保存",
        "联系电话：0374-1234567", "2020年9月15日", "签发：张三　编辑：李四", "本期增发：丙局", "\u200b甲\x07",
        "县作风办", "甲乡召开会议", "Deep learning 2.0 发布", "秘密★1年", "000012", "目录", "一二三 四五六",
    ]
)  # fmt: skip


@st.composite
def disturbed_texts(draw):
    """A sample with lines dropped, repeated, moved, cut, or odd ones put in."""
    lines = list(draw(st.sampled_from(_TEXTS)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(lines) - 1))
        match draw(st.sampled_from(["drop", "repeat", "move", "cut", "odd"])):
            case "drop":
                del lines[at]
            case "repeat":
                lines.insert(at, lines[at])
            case "move":
                lines.insert(draw(st.integers(0, len(lines) - 1)), lines.pop(at))
            case "cut":
                middle = len(lines[at]) // 2
                lines[at : at + 1] = [lines[at][:middle], lines[at][middle:]]
            case "odd":
                lines.insert(at, draw(_ODD_LINES))
    return "\n".join(lines)


def read_or_refusal(text: str) -> Reading | str:
    try:
        return read_text(text)
    except ReadError as error:
        return str(error)


@given(disturbed_texts())
def test_a_disturbed_text_is_read_without_a_loss_or_refused_with_its_line(text):
    reading = read_or_refusal(text)

    if isinstance(reading, str):
        assert reading.startswith("第")
    else:
        assert not lost(text, reading)


@given(st.text(max_size=200))
def test_any_text_at_all_is_read_or_refused(text):
    assert read_or_refusal(text)
