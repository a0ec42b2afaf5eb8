"""Brief items: one on a page, several pasted at once."""

from __future__ import annotations

import pytest
from django.urls import reverse

from bulletins import workflow
from bulletins.document import BriefEntry
from bulletins.models import BriefItem, Issue
from bulletins.reading import ReadError
from bulletins.reading.briefs import read_briefs
from tests.factories import (
    grant,
    make_bulletin,
    make_clerk,
    make_issue,
    make_masthead,
    make_user,
)


@pytest.fixture
def issue(db) -> Issue:
    return make_issue()


@pytest.fixture
def editor(client, db):
    user = grant(make_user(is_staff=True), "view", "change")
    client.force_login(user)
    return user


# --- reading ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("★甲镇开会。部署工作。\n★乙镇开会。", [("甲镇开会", "部署工作。"), ("乙镇开会", "")]),
        ("● 甲镇开会。\n● 乙镇2.5万人受益。好。", [("甲镇开会", ""), ("乙镇2.5万人受益", "好。")]),
        ("1.甲镇开会。\n2、乙镇开会。\n（3）丙镇开会。", [("甲镇开会", ""), ("乙镇开会", ""), ("丙镇开会", "")]),
        ("①甲镇开会。\n②乙镇开会。", [("甲镇开会", ""), ("乙镇开会", "")]),
        ("简　讯\n甲镇开会。\n乙镇开会。", [("甲镇开会", ""), ("乙镇开会", "")]),
        ("甲镇开会。\n部署工作。\n\n乙镇开会。", [("甲镇开会", "部署工作。"), ("乙镇开会", "")]),
        ("★甲镇清理垃圾\n30余吨。成效好。\n★乙镇开会。", [("甲镇清理垃圾30余吨", "成效好。"), ("乙镇开会", "")]),
        ("3.5万人受益。\n乙镇开会。", [("3.5万人受益", ""), ("乙镇开会", "")]),
        ("甲镇取得佳绩！全镇振奋。", [("甲镇取得佳绩！", "全镇振奋。")]),
        (" \n\n ", []),
    ],
)  # fmt: skip
def test_pasted_items_are_told_apart_and_split_at_their_first_sentence(text, items):
    assert [(item.lead, item.text) for item in read_briefs(text)] == items


def test_a_sentence_broken_by_hand_is_one_again():
    text = (
        "　　麦岭镇开展环境整治行动成效明显，共出动人员三百\n余人次。清理垃圾。\n"
        "　　颍阳镇召开会议。"
    )

    assert read_briefs(text) == [
        BriefEntry(
            "麦岭镇开展环境整治行动成效明显，共出动人员三百余人次", "清理垃圾。"
        ),
        BriefEntry("颍阳镇召开会议"),
    ]


def test_who_sent_an_item_is_its_source():
    (item,) = read_briefs("★甲镇开会。部署工作。（甲镇供稿）")

    assert item == BriefEntry("甲镇开会", "部署工作。", "甲镇")


def test_a_first_sentence_that_is_too_long_is_refused_in_words():
    with pytest.raises(ReadError, match="首句过长"):
        read_briefs("★" + "长" * 300 + "。")


# --- several at once --------------------------------------------------------------


def paste_address(issue: Issue) -> str:
    return reverse("admin:bulletins_issue_briefs", args=[issue.pk])


def section_of(issue: Issue) -> int:
    return issue.brief_items.first().section_id


def rows(
    issue: Issue, *items: dict[str, str], section: object = None
) -> dict[str, object]:
    sent: dict[str, object] = {
        "section": section or section_of(issue),
        "brief-TOTAL_FORMS": len(items),
        "brief-INITIAL_FORMS": 0,
        "pasted": "原文",
        "add": "1",
    }
    for at, item in enumerate(items):
        values = {"is_kept": "on", "lead": "", "text": "", "source": "", **item}
        sent |= {f"brief-{at}-{name}": value for name, value in values.items() if value}
    return sent


def test_what_was_read_is_shown_before_anything_is_added(client, editor, issue):
    before = BriefItem.objects.count()

    response = client.post(
        paste_address(issue),
        {"pasted": "★甲镇开会。部署工作。\n★乙镇开会。", "read": "1", "section": ""},
    )

    page = response.content.decode()
    assert "读到2条" in page
    assert 'value="甲镇开会"' in page
    assert "请选择栏目" not in page
    assert BriefItem.objects.count() == before


def test_the_items_that_are_kept_are_added_in_one_go(client, editor, issue):
    before = issue.revisions.count()

    response = client.post(
        paste_address(issue),
        rows(
            issue,
            {"lead": "甲镇开会。", "text": "部署\n工作。", "source": "甲镇"},
            {"lead": "不要的" * 100, "is_kept": ""},
            {"lead": "乙镇开会"},
            {},
        ),
    )

    assert response.url == reverse("admin:bulletins_issue_change", args=[issue.pk])
    added = list(issue.brief_items.order_by("position"))[1:]
    assert [(b.lead, b.text, b.source) for b in added] == [
        ("甲镇开会", "部署工作。", "甲镇"),
        ("乙镇开会", "", ""),
    ]
    assert issue.revisions.count() == before + 1


def test_sending_twice_adds_once(client, editor, issue):
    sent = rows(issue, {"lead": "甲镇开会"}, {"lead": "乙镇开会"})

    client.post(paste_address(issue), sent)
    client.post(paste_address(issue), sent)

    assert issue.brief_items.filter(lead__in=["甲镇开会", "乙镇开会"]).count() == 2


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ({"lead": "长" * 201}, "太长了（201字，最多200字）"),
        ({"lead": "甲\u202e乙"}, "控制字符"),
        ({"lead": "甲", "text": "丙\x07丁"}, "控制字符"),
    ],
)
def test_what_is_wrong_is_told_at_its_item_and_nothing_is_lost_or_added(
    client, editor, issue, item, words
):
    before = issue.brief_items.count()

    response = client.post(
        paste_address(issue), rows(issue, {"lead": "好的一条"}, item)
    )

    page = response.content.decode()
    assert response.status_code == 422
    assert words in page
    assert 'value="好的一条"' in page
    assert ">原文</textarea>" in page
    assert issue.brief_items.count() == before


def test_pasted_items_go_under_a_section_of_briefs_of_this_bulletin_only(
    client, editor, issue
):
    other = make_bulletin(masthead=make_masthead(name="快报"))
    foreign = other.sections.create(name="外刊", kind="briefs")
    articles = issue.articles.get().section

    for section in (foreign.pk, articles.pk, "x"):
        sent = rows(issue, {"lead": "甲镇开会"}, section=section)
        response = client.post(paste_address(issue), sent)
        assert "不属于本简报" in response.content.decode()

    assert not BriefItem.objects.filter(lead="甲镇开会").exists()


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"pasted": " ", "read": "1"}, "没有读到简讯"),
        ({"pasted": "★" + "长" * 300 + "。", "read": "1"}, "首句过长"),
        ({"pasted": "★甲。\n" * 300, "read": "1"}, "一次最多200条"),
        ({"add": "1"}, "请重新读取"),
        (
            {"add": "1", "brief-TOTAL_FORMS": "1", "brief-INITIAL_FORMS": "0"},
            "没有选中",
        ),
    ],
)
def test_what_cannot_be_read_or_added_is_told_in_words(
    client, editor, issue, sent, words
):
    response = client.post(paste_address(issue), sent)

    assert response.status_code == 422
    assert words in response.content.decode()


def test_nobody_adds_to_a_closed_issue_or_without_the_right(client, editor, issue):
    workflow.submit(issue, by=make_clerk())

    assert client.get(paste_address(issue)).status_code == 403
    assert (
        client.post(paste_address(issue), rows(issue, {"lead": "甲"})).status_code
        == 403
    )


# --- one --------------------------------------------------------------------------


def test_one_item_is_added_below_its_issue(client, editor, issue):
    address = f"{reverse('admin:bulletins_briefitem_add')}?issue={issue.pk}"
    assert "保存并新增下一条" in client.get(address).content.decode()

    client.post(
        address,
        {"lead": "甲镇开会。", "text": "部署\r\n工作。", "section": section_of(issue)},
    )

    added = issue.brief_items.last()
    assert (added.lead, added.text) == ("甲镇开会", "部署工作。")


def test_one_item_too_long_is_told_at_its_field(client, editor, issue):
    brief = issue.brief_items.get()
    address = reverse("admin:bulletins_briefitem_change", args=[brief.pk])

    response = client.post(
        address,
        {"lead": "长" * 10_000, "text": "丙", "section": brief.section_id, "seen": 1},
    )

    form = response.context["adminform"].form
    assert "太长了（10000字，最多200字）" in "".join(form.errors["lead"])
    assert form["text"].value() == "丙"
