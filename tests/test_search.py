"""Search finds what brute force finds, best first; and what it says to bad input."""

from __future__ import annotations

import datetime as dt
import itertools
import random
import re
from unittest.mock import Mock
from urllib.parse import quote, urlencode

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from bulletins import search, workflow
from bulletins.models import (
    Bulletin,
    Issue,
    PublishedItem,
    SearchEntry,
    SearchText,
)
from bulletins.search import excerpts
from bulletins.search.excerpts import excerpt, marked, spans
from bulletins.search.finding import matches
from bulletins.search.folding import fold, fold_in_place
from bulletins.search.tokens import tokens_in, tokens_of
from bulletins.search.wanted import split
from tests.factories import (
    grant,
    make_article,
    make_brief,
    make_bulletin,
    make_issue,
    make_user,
)
from tests.issued import in_sections, make_found

db = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nobody_has_searched_yet():
    """The bound on how often somebody searches is counted in the cache."""
    cache.clear()


def titles(words: str, **narrowed: str) -> list[str]:
    found = search.find(search.wanted_from(words=words, **narrowed))
    return [hit.item.title for hit in found.hits]


# --- folding ----------------------------------------------------------------------

LINES = st.text(
    st.one_of(
        st.sampled_from(
            "无废城市，。“”‘’「」　 ＰＭ２５.％%℃①éÉ\u0301\ufe0f\u200b镕𠮷—-ﬁß"
        ),
        st.characters(exclude_characters="\n\x00", exclude_categories=["Cs"]),
    ),
    max_size=12,
)


@given(LINES, st.integers(0, 12), st.integers(0, 12))
def test_any_piece_of_a_line_folded_is_a_piece_of_the_folded_line(line, first, last):
    assert fold(line[first:last]) in fold(line)


@given(LINES)
def test_folding_twice_is_folding_once(line):
    assert fold(fold(line)) == fold(line)


@given(LINES)
def test_every_folded_character_knows_its_place(line):
    folded = fold_in_place(line)

    assert folded.text == fold(line)
    assert len(folded.places) == len(folded.text)
    assert list(folded.places) == sorted(folded.places)
    assert all(place < len(line) for place in folded.places)


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("ＰＭ２．５", "PM2.5"),
        ("pm2.5", "ＰＭ２.５"),
        ("18°C", "18℃"),
        ("无废城市建设", "“无废城市” 建设"),
        ("第 56 期", "第56期"),
        ("GB/T  9704", "GB/T 9704"),
        ("e\u0301cole", "École"),
        ("——", "--"),
    ],
)
def test_width_case_quotes_and_spaces_do_not_count(typed, printed):
    assert fold(typed) == fold(printed)


def test_a_space_between_latin_words_counts():
    assert fold("GB/T 9704") != fold("GB/T9704")


def test_a_control_character_is_not_there_at_all():
    assert fold("无\x00废\x07城\u200b市\ufeff") == "无废城市"


# --- tokens -----------------------------------------------------------------------


@given(LINES, st.integers(0, 12), st.integers(0, 12))
def test_a_text_has_the_tokens_of_every_piece_of_it(line, first, last):
    folded = fold(line)

    assert set(tokens_in(folded[first:last])) <= set(tokens_of(folded).split())


@given(LINES)
def test_tokens_are_letters_alone(line):
    assert re.fullmatch(r"[a-z ]*", tokens_of(fold(line)))


# --- what is typed ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "terms"),
    [
        ("垃圾 分类", ["垃圾", "分类"]),
        ("垃圾　分类\t处理", ["垃圾", "分类", "处理"]),
        ("“GB/T 9704” 公文", ["GB/T 9704", "公文"]),
        ("全国“无废城市”建设", ["全国无废城市建设"]),
        ('垃圾"分类', ["垃圾分类"]),
        ("“垃圾 分类", ["垃圾", "分类"]),
        ('""', [""]),
        ("a\nb", ["a", "b"]),
    ],
)
def test_spaces_divide_terms_but_not_within_quotation_marks(words, terms):
    assert [t for t in split(words) if t or words == '""'] == terms


def test_a_term_typed_twice_counts_once():
    assert search.Wanted("垃圾 垃圾 “垃圾”").terms == ("垃圾",)


def test_what_is_too_long_or_too_much_is_refused_in_words():
    with pytest.raises(search.SearchRefused, match="太长（201字），最多200字"):
        search.Wanted("长" * 201)
    with pytest.raises(search.SearchRefused, match="太多（17个），最多16个"):
        search.Wanted(" ".join(f"词{n}" for n in range(17)))


# --- against brute force ----------------------------------------------------------

ALPHABET = "甲乙丙丁戊，。%_'\"*\\“” aB1２.-℃\u3000镕𠮷"


def random_text(chance: random.Random, longest: int) -> str:
    size = chance.randint(1, longest)
    return "".join(chance.choices(ALPHABET, k=size)).strip() or "甲"


def make_random_corpus(chance: random.Random) -> None:
    for number in range(1, 4):
        articles = [
            make_article(
                random_text(chance, 8),
                source=random_text(chance, 3),
                body="".join(f"<p>{random_text(chance, 30)}</p>" for _ in range(2)),
            )
            for _ in range(5)
        ]
        make_found(*articles, make_brief(random_text(chance, 6)), number=number)


def brute_force(terms: tuple[str, ...]) -> set[int]:
    """Return the public items in one of whose lines each term stands."""
    found = set()
    for item in PublishedItem.objects.filter(issue__in=Issue.objects.public()):
        label = f"{item.issue.date.year}年{item.issue.label}"
        lines = [item.title, item.source, label, *item.text.split("\n")]
        if terms and all(any(t in fold(line) for line in lines) for t in terms):
            found.add(item.pk)
    return found


def random_words(chance: random.Random, texts: list[str]) -> str:
    text = chance.choice(texts)
    start = chance.randrange(len(text))
    words = text[start : start + chance.randint(1, 6)]
    match chance.randrange(4):
        case 0:
            return f"{words} {random_text(chance, 2)}"
        case 1:
            return f"“{words}”"
        case 2:
            return random_text(chance, 3)
    return words


@db
@pytest.mark.parametrize("seed", range(6))
def test_search_finds_what_brute_force_finds(seed):
    chance = random.Random(seed)  # noqa: S311 - no secret
    make_random_corpus(chance)
    texts = list(PublishedItem.objects.values_list("text", flat=True))

    asked = [random_words(chance, texts) for _ in range(60)]
    found = {w: {m.pk for m in matches(search.Wanted(w).terms)} for w in asked}

    assert found == {w: brute_force(search.Wanted(w).terms) for w in asked}
    assert any(found.values())
    assert not all(found.values())


# --- what is found, and in which order --------------------------------------------


@db
def test_a_single_character_is_found():
    make_found(make_article("麦岭镇植树"), make_article("颍回镇治水"))

    assert titles("树") == ["麦岭镇植树"]


@db
@pytest.mark.parametrize(
    "words",
    ["PM2.5", "ｐｍ２．５", "第3期", "18℃", "GB/T 9704", "“GB/T 9704”", "无废城市建设"],
)
def test_mixed_terms_are_found(words):
    text = "PM2.5下降，第3期，18℃，GB/T 9704，“无废城市”建设。"
    make_found(make_article("空气", body=f"<p>{text}</p>"), make_article("治水"))

    assert titles(words) == ["空气"]


@db
def test_all_terms_have_to_be_found():
    make_found(make_article("植树"), make_article("治水"), make_article("植树治水"))

    assert titles("植树 治水") == ["植树治水"]


@db
def test_an_item_is_found_by_its_unit_and_by_its_issue():
    make_found(make_article("植树", source="襄城县"), number=56)
    make_found(make_article("治水", source="禹州市"), number=57)

    assert titles("襄城县") == titles("2024年第56期") == ["植树"]


@db
def test_a_term_does_not_reach_from_one_paragraph_into_the_next():
    make_found(make_article("标题", body="<p>前一段甲</p><p>乙后一段</p>"))

    assert titles("甲乙") == []


@db
def test_titles_come_before_beginnings_and_those_before_the_rest():
    far = "。".join(["别的事"] * 60)
    make_found(make_article("其一", body=f"<p>{far}</p><p>植树</p>"), number=3)
    make_found(make_article("其二", body="<p>植树</p>"), number=2)
    make_found(make_article("植树"), number=1)

    assert titles("植树") == ["植树", "其二", "其一"]


@db
def test_what_was_typed_with_a_space_is_best_where_it_stands_together():
    make_found(make_article("植树之后治水"), number=2)
    make_found(make_article("植树治水"), number=1)

    assert titles("植树 治水") == ["植树治水", "植树之后治水"]


@db
def test_of_equals_the_newer_comes_first_and_within_an_issue_the_printed_order():
    make_found(make_article("植树一"), make_article("植树二"), date=dt.date(2023, 1, 1))
    make_found(make_article("植树三"), date=dt.date(2024, 1, 1))

    assert titles("植树") == ["植树三", "植树一", "植树二"]


@db
def test_the_pieces_of_the_issue_asked_for_rank_with_titles():
    make_found(make_article("其一"), make_article("其二"), number=3)
    make_found(make_article("学习第3期"), number=4)
    make_found(make_article("提到", body="<p>见第3期。</p>"), number=5)

    assert titles("第3期") == ["学习第3期", "其一", "其二", "提到"]
    assert titles("第 3 期") == ["学习第3期", "其一", "其二", "提到"]
    assert titles("2024年 第3期")[:2] == ["其一", "其二"]


# --- narrowing --------------------------------------------------------------------


def make_two_bulletins() -> tuple[Bulletin, Bulletin]:
    series = (
        make_bulletin(slug="lvhua", name="绿化"),
        make_bulletin(slug="shuili", name="水利"),
    )
    make_found(
        make_article("植树甲", source="襄城县"),
        make_brief("植树乙", source="禹州市"),
        bulletin=series[0],
        date=dt.date(2023, 3, 12),
    )
    make_found(
        make_article("植树丙", source="襄城县"),
        bulletin=series[1],
        date=dt.date(2024, 3, 12),
    )
    return series


@db
@pytest.mark.parametrize(
    ("narrowed", "expected"),
    [
        ({"bulletin": "lvhua"}, {"植树甲", "植树乙"}),
        ({"year": "2024"}, {"植树丙"}),
        ({"section": "简讯"}, {"植树乙"}),
        ({"unit": "襄城县"}, {"植树甲", "植树丙"}),
        ({"unit": "襄城县", "year": "2023"}, {"植树甲"}),
        ({"bulletin": "nothing"}, set()),
    ],
)
def test_results_are_narrowed(narrowed, expected):
    make_two_bulletins()

    assert set(titles("植树", **narrowed)) == expected


@db
def test_counts_say_what_each_choice_would_leave():
    make_two_bulletins()

    counts = search.find(search.wanted_from(words="植树", year="2023")).counts

    assert [(c.value, c.count, c.is_chosen) for c in counts.years] == [
        ("2024", 1, False),
        ("2023", 2, True),
    ]
    assert {(c.value, c.count) for c in counts.units} == {("襄城县", 1), ("禹州市", 1)}
    assert [(c.label, c.count) for c in counts.bulletins] == [("襄城县作风建设绿化", 2)]
    assert {(c.value, c.count) for c in counts.sections} == {("要闻", 1), ("简讯", 1)}


@db
def test_pages_follow_each_other_and_end():
    make_found(*(make_article(f"植树{n}") for n in range(1, 8)))
    wanted = search.Wanted("植树")

    pages = [search.find(wanted, page, size=3) for page in (1, 2, 3)]

    shown = [hit.item.title for page in pages for hit in page.hits]
    assert shown == [f"植树{n}" for n in range(1, 8)]
    assert [page.first for page in pages] == [1, 4, 7]
    with pytest.raises(search.NoSuchPage, match="只有3页"):
        search.find(wanted, 4, size=3)


# --- excerpts ---------------------------------------------------------------------


def shown(parts) -> str:
    return "".join(f"[{p.text}]" if p.is_match else p.text for p in parts)


def test_a_match_is_marked_in_the_text_as_it_was_printed():
    assert shown(marked("建设“无废城市” ＰＭ２．５", ["设无废", "pm2.5"])) == (
        "建[设“无废]城市” [ＰＭ２．５]"
    )


def test_one_character_that_folds_to_two_is_marked_whole():
    assert shown(marked("气温18℃以上", ["°"])) == "气温18[℃]以上"


def test_matches_that_touch_are_marked_as_one():
    assert shown(marked("甲乙丙丁", ["甲乙", "丙", "乙丙"])) == "[甲乙丙]丁"


def test_an_excerpt_shows_the_paragraph_with_most_terms():
    text = "植树在先。\n" + "别的事。" * 40 + "植树和治水。" + "别的事。" * 40

    piece = shown(excerpt(text, ["植树", "治水"]))

    assert "[植树]和[治水]" in piece
    assert piece.startswith("…")
    assert piece.endswith("…")
    assert len(piece) < 120


def test_a_line_is_folded_once_however_many_terms_there_are(monkeypatch):
    """Else sixteen words that stand far apart cost a second of the server's time."""
    counting, placing = Mock(wraps=fold), Mock(wraps=fold_in_place)
    monkeypatch.setattr(excerpts, "fold", counting)
    monkeypatch.setattr(excerpts, "fold_in_place", placing)

    assert shown(excerpt("一二三\n四五六\n七八九", "一二四五六七")) == "[四五六]"

    assert (counting.call_count, placing.call_count) == (3, 1)


def test_without_a_match_in_the_text_its_beginning_is_shown():
    assert shown(excerpt("第一段。\n第二段。", ["无"])) == "第一段。"
    assert shown(excerpt("", ["无"])) == ""


@given(LINES, LINES)
def test_parts_are_the_line_again(line, words):
    parts = marked(line, search.Wanted(words[:10]).terms)

    assert "".join(part.text for part in parts) == line


@given(LINES, st.integers(0, 12), st.integers(1, 12))
def test_every_piece_of_a_line_is_marked_in_it(line, first, last):
    term = fold(line[first:last])

    assert bool(spans(line, [term])) == bool(term) if term else True


# --- nothing found ----------------------------------------------------------------


@db
@pytest.mark.parametrize(
    ("words", "suggested", "reason"),
    [
        ("無廢城市", "无废城市", "换成简体字"),
        ("垃圾分类，无废城市", "垃圾分类 无废城市", "分成几个词"),
        ("无非城市", "无废城市", "有一个字不同"),
        ("无废城市 不存在的词", "无废城市", "少查一个词"),
        ("垃圾无废城市", "垃圾 无废城市", "分成两个词"),
        ("“pm 2.5”", "pm2.5", "去掉中间的空格"),
        ("GB/T9704", "gb/t 9704", "分成几个词"),
        ("PM25", "pm2.5", "补上中间的符号"),
        ("无废城市 ＰＭ２５", "无废城市 pm2.5", "补上中间的符号"),
    ],
)
def test_other_words_are_suggested_that_find_something(words, suggested, reason):
    text = "建设“无废城市”，做好垃圾分类，PM2.5下降，见GB/T 9704。"
    make_found(make_article("综合", body=f"<p>{text}</p>"))
    wanted = search.Wanted(words)
    assert search.find(wanted).total == 0

    found = search.suggestions(wanted)

    assert [(s.words, s.reason, s.total) for s in found][:1] == [(suggested, reason, 1)]


@db
@pytest.mark.parametrize("words", ["囧", "龘龘龘龘", "x" * 200, "% _ *", "、"])
def test_where_nothing_helps_nothing_is_suggested(words):
    make_found(make_article("植树"))

    assert search.suggestions(search.Wanted(words)) == ()


# --- what words name --------------------------------------------------------------


def named(words: str, **narrowed: str) -> list[str]:
    """Return how what the words name is shown: an issue with its year."""
    found = search.named(search.wanted_from(words=words, **narrowed))
    return [shown_name(one) for one in found]


def shown_name(one: search.Named) -> str:
    match one:
        case Issue():
            return f"{one.bulletin.slug} {one.date.year} {one.label}"
        case Bulletin():
            return one.slug
        case search.NamedYear(bulletin, year):
            return f"{bulletin.slug} {year}"
        case search.NamedSection(name):
            return f"栏目 {name}"
        case search.NamedUnit(name):
            return f"单位 {name}"


def make_named() -> None:
    """Make two bulletins, one of which counts by year and has a supplement."""
    city = make_bulletin(slug="wuxiao", programme="许昌市“无废城市”建设", office="市办")
    county = make_bulletin(slug="zuofeng")
    for year in (2020, 2021):
        make_found(
            make_article("植树", source="襄城县"),
            make_brief("治水", source="襄城县水利局"),
            bulletin=city,
            number=3,
            date=dt.date(year, 9, 15),
            series_year=year,
        )
    make_found(
        make_article("修路", source="县作风办"),
        bulletin=county,
        number=3,
        date=dt.date(2006, 1, 5),
    )
    make_found(
        make_article("增刊"),
        bulletin=county,
        number=2,
        date=dt.date(2020, 2, 2),
        kind=Issue.Kind.SUPPLEMENT,
        total_number=77,
    )


ALL_THREE = ["wuxiao 2021 第3期", "wuxiao 2020 第3期", "zuofeng 2006 第3期"]


@db
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("第3期", ALL_THREE),
        ("第 ３ 期", ALL_THREE),
        ("“第3期”", ALL_THREE),
        ("第3期 植树", ALL_THREE),
        ("工作简报 第3期", ALL_THREE),
        ("2006年第3期", ["zuofeng 2006 第3期"]),
        ("2006 第3期", ["zuofeng 2006 第3期"]),
        ("襄城县作风建设 第3期", ["zuofeng 2006 第3期"]),
        ("许昌市无废城市建设工作简报2020年第3期", ["wuxiao 2020 第3期"]),
        ("2020年第3期工作简报", ["wuxiao 2020 第3期"]),
        ("增刊第2期", ["zuofeng 2020 增刊第2期"]),
        ("2020年增刊第 2 期", ["zuofeng 2020 增刊第2期"]),
        ("总第77期", ["zuofeng 2020 增刊第2期"]),
        ("第2期", []),
        ("第99期", []),
        ("第3期培训班", []),
        ("上报第3期", []),
        ("0000年第3期", []),
        ("第999999999期", []),
        ("第99999999999999999999期", []),
    ],
)
def test_an_issue_is_reached_by_its_number(words, expected):
    make_named()

    assert named(words) == expected


@db
def test_of_many_issues_with_the_number_the_newest_five_are_offered():
    for year in range(2010, 2018):
        make_found(make_article(), number=1, date=dt.date(year, 1, 5), series_year=year)

    assert named("第1期") == [f"zuofeng {y} 第1期" for y in range(2017, 2012, -1)]


@db
def test_in_narrowed_results_only_an_issue_among_them_is_offered():
    make_named()

    assert named("第3期", bulletin="zuofeng") == ["zuofeng 2006 第3期"]
    assert named("第3期", year="2020") == ["wuxiao 2020 第3期"]
    assert named("2006年第3期", year="2020") == []
    assert named("襄城县", year="2020") == []


@db
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("许昌市", ["wuxiao"]),
        ("无废城市", ["wuxiao"]),
        ("“无废城市”", ["wuxiao"]),
        ("工作简报", ["zuofeng", "wuxiao"]),
        ("作风 简报", ["zuofeng"]),
        ("襄城县作风建设工作简报", ["zuofeng"]),
        ("襄城县", ["单位 襄城县", "zuofeng", "单位 襄城县水利局"]),
        ("水利局", ["单位 襄城县水利局"]),
        ("简讯", ["栏目 简讯"]),
        ("要", []),
        ("2020年", ["wuxiao 2020", "zuofeng 2020"]),
        ("２０２０", ["wuxiao 2020", "zuofeng 2020"]),
        ("2020年9月", ["wuxiao 2020", "zuofeng 2020"]),
        ("2020年 9月15日", ["wuxiao 2020", "zuofeng 2020"]),
        ("2020-09", ["wuxiao 2020", "zuofeng 2020"]),
        ("许昌市 2020年", ["wuxiao 2020"]),
        ("2020年工作简报", ["wuxiao 2020", "zuofeng 2020"]),
        ("2006年", ["zuofeng 2006"]),
        ("1999年", []),
        ("0000年", []),
        ("9999年", []),
        ("2020年植树", []),
        ("植树", []),
        ("%", []),
        ("__", []),
    ],
)
def test_what_readers_see_is_reached_by_its_name(words, expected):
    make_named()

    assert named(words) == expected


@db
def test_no_more_than_six_names_are_offered_the_shortest_first():
    units = [f"襄城县第{'一' * n}局" for n in range(1, 9)]
    make_found(*(make_article(source=unit) for unit in reversed(units)))

    assert named("襄城县第") == [f"单位 {unit}" for unit in units[:6]]


@db
def test_the_names_are_looked_up_in_few_queries_however_many_there_are(
    django_assert_max_num_queries,
):
    bulletin = make_bulletin(audience=Bulletin.Audience.INTERNAL)
    units = [make_article(source=f"内部单位{n}") for n in range(60)]
    make_found(*units, bulletin=bulletin)

    with django_assert_max_num_queries(23):
        assert named("内部单位") == []


# --- only what is public ----------------------------------------------------------


def make_hidden() -> None:
    """Make a draft, an internal, a secret and a withdrawn text with the same word."""
    series = make_bulletin(slug="zuofeng")
    make_issue(series, sections=in_sections(make_article("机密甲")))
    internal = make_bulletin(
        slug="neican", audience=Bulletin.Audience.INTERNAL, name="内参"
    )
    make_found(make_article("机密乙", source="保密局"), bulletin=internal)
    make_found(make_article("机密丙", source="保密局"), bulletin=series, secrecy="机密")
    withdrawn = make_found(make_article("机密丁", source="保密局"), bulletin=series)
    withdrawer = grant(make_user(), "withdraw")
    workflow.withdraw(withdrawn, by=withdrawer, comment="内容有误")


@db
@pytest.mark.parametrize("words", ["机密", "密", "保密局", "机密 保密局"])
def test_what_is_not_public_is_neither_found_nor_counted_nor_suggested(words):
    make_hidden()
    make_found(make_article("植树"), bulletin=Bulletin.objects.get(slug="zuofeng"))

    found = search.find(search.Wanted(words))

    assert (found.total, found.total_unnarrowed, found.hits) == (0, 0, ())
    assert found.counts == search.Counts()
    assert search.suggestions(search.Wanted(words)) == ()
    assert search.suggestions(search.Wanted(f"{words} 不存在")) == ()
    assert search.suggestions(search.Wanted("幾密 保蜜局")) == ()


@db
@pytest.mark.parametrize(
    "words", ["内参", "保密局", "秘闻", "第1期", "第2期", "2024年", "襄城县"]
)
def test_what_is_not_public_is_not_offered_by_its_name(words):
    make_hidden()
    Bulletin.objects.filter(slug="zuofeng").update(programme="许昌市")
    PublishedItem.objects.filter(section="要闻").update(section="秘闻")

    assert named(words) == []


@db
def test_what_becomes_public_is_found_without_a_new_index():
    series = make_bulletin(audience=Bulletin.Audience.INTERNAL)
    make_found(make_article("植树"), bulletin=series)
    assert titles("植树") == []

    Bulletin.objects.update(audience=Bulletin.Audience.PUBLIC)

    assert titles("植树") == ["植树"]


# --- the index --------------------------------------------------------------------


@db
def test_withdrawing_leaves_nothing_in_the_index():
    issue = make_found(make_article("植树"))
    assert SearchText.objects.exists()

    workflow.withdraw(issue, by=grant(make_user(), "withdraw"), comment="内容有误")

    assert not SearchText.objects.exists()
    assert not SearchEntry.objects.exists()
    assert search.is_sound()


@db
def test_the_database_itself_finds_by_token():
    """A migration that makes the table anew may lose what keeps the index."""
    with connection.cursor() as cursor:
        names = (
            "SELECT indexname FROM pg_indexes WHERE tablename = 'bulletins_searchtext'"
            if connection.vendor == "postgresql"
            else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        )
        cursor.execute(names)
        found = {name for (name,) in cursor.fetchall()}

    expected = (
        {"bulletins_searchtext_by_token"}
        if connection.vendor == "postgresql"
        else {f"bulletins_searchtext_{e}" for e in ("added", "removed", "changed")}
    )
    assert expected <= found


@db
def test_a_text_as_long_as_a_book_is_indexed_and_found():
    characters = "".join(map(chr, range(0x4E00, 0x4E00 + 20_000)))
    chance = random.Random(1)  # noqa: S311
    body = "".join(chance.choices(characters, k=300_000))
    make_found(make_article("长文", body=f"<p>{body}</p>"))

    assert titles(body[290_000:290_050]) == ["长文"]


@db
def test_rebuilding_mends_what_is_missing_wrong_or_left_over(capsys):
    kept = make_found(make_article("植树"), number=1)
    missing = make_found(make_article("治水"), number=2)
    wrong = make_found(make_article("修路"), number=3)
    left_over = make_found(make_article("撤回"), number=4)
    missing.published_items.all().delete()
    SearchText.objects.filter(item__issue=wrong).update(folded="别的", tokens="")
    Issue.objects.filter(pk=left_over.pk).update(
        status=Issue.Status.WITHDRAWN, withdrawal_reason="内容有误"
    )
    keys = set(kept.published_items.values_list("pk", flat=True))
    with pytest.raises(SystemExit):
        call_command("rebuild_search_index", "--check")
    assert "4期，3期与版本不符" in capsys.readouterr().err

    call_command("rebuild_search_index")

    assert "重建了3期" in capsys.readouterr().out
    assert titles("治水") == ["治水"]
    assert titles("修路") == ["修路"]
    assert titles("撤回") == []
    assert set(kept.published_items.values_list("pk", flat=True)) == keys
    call_command("rebuild_search_index", "--check")
    assert "全部相符" in capsys.readouterr().out


# --- the page ---------------------------------------------------------------------


def page(client, **asked: str):
    return client.get(f"/search/?{urlencode(asked)}")


def text_of(response) -> str:
    text: str = response.content.decode()
    return text


@db
def test_the_page_shows_what_was_found_marked_with_its_address(client):
    issue = make_found(make_article("<b>植树</b>", source="襄城县"), number=56)

    response = page(client, q="植树")

    assert response.status_code == 200
    text = text_of(response)
    assert "找到1篇" in text
    assert "&lt;b&gt;<mark>植树</mark>&lt;/b&gt;" in text
    assert f'href="{issue.get_absolute_url()}1/"' in text
    assert 'name="q" value="植树"' in text
    assert 'name="robots" content="noindex"' in text
    assert response.headers["Cache-Control"] == "public, max-age=60"


@db
def test_choices_keep_the_words_and_can_be_taken_back(client):
    make_two_bulletins()

    text = text_of(page(client, q="植树", year="2023"))

    words = quote("植树")
    assert f'href="/search/?q={words}"' in text
    assert f"/search/?q={words}&amp;year=2023&amp;unit=" in text
    assert '<input type="hidden" name="year" value="2023">' in text


@db
def test_where_nothing_is_found_the_page_says_what_to_try(client):
    make_found(make_article("无废城市"))

    text = text_of(page(client, q="無廢城市"))

    assert "没有找到“無廢城市”。" in text
    assert f'<a href="/search/?q={quote("无废城市")}">无废城市</a>' in text


@db
def test_where_only_the_choices_keep_it_away_the_page_says_so(client):
    make_found(make_article("植树"))

    text = text_of(page(client, q="植树", year="1999"))

    assert "所选范围内没有找到“植树”。" in text
    assert "全部范围内有1篇" in text


@db
@pytest.mark.parametrize("words", ["", " ", "　 \t", "“”", "''", "\x00", "\x01\x02"])
def test_without_anything_to_look_for_the_page_asks_for_it(client, words):
    make_found(make_article("植树"))

    response = page(client, q=words)

    assert response.status_code == 200
    assert "没有找到" not in text_of(response)
    assert "请输入" in text_of(response) or "输入要查的词" in text_of(response)


NUMBERED = re.compile(
    r'<li class="gap" aria-hidden="true">(…)</li>'
    r'|<a href="[^"]*" aria-label="第[0-9]+页"( aria-current="page")?>([0-9]+)</a>'
)

HOSTILE = [
    *"%_*?'\"\\-^~()[]{}:;&|!<>+=@#$/,.`",
    "NEAR", "NEAR(a b)", "a OR b", "a AND b", "NOT a", "OR", "AND", "a* b*", "^a",
    "tokens:a", "' OR 1=1 --", '"; DROP TABLE bulletins_issue; --', "%%", "__", "\\%",
    "%s", "{0}", "{{ 7|add:7 }}", "<script>alert(1)</script>", "a\x00b", "\u202e植",
    "𠮷", "\ufdd0", "\U0010ffff", "''' \"\"\" ", "﷽", "ﷺ" * 50, ":*", "a:b", "!植",
    "植 & 树", "植|树", "植<->树", "\u0301", "é" * 100, "🌳",
]  # fmt: skip


@db
@pytest.mark.parametrize("words", HOSTILE)
def test_nothing_that_is_typed_is_more_than_text(client, words):
    make_found(make_article("植树"))

    response = page(client, q=words)

    assert response.status_code == 200
    assert "植树</a>" not in text_of(response)
    assert "\x00" not in text_of(response)
    assert "<script>alert" not in text_of(response)


@db
@pytest.mark.parametrize("words", ["%", "_", "*", "\\", "植%树", "NEAR"])
def test_a_sign_is_found_where_it_stands(client, words):
    make_found(make_article("占比 98% a_b * c\\d 植%树 NEAR"), make_article("别的"))

    assert titles(words) == ["占比 98% a_b * c\\d 植%树 NEAR"]


@db
@pytest.mark.parametrize(
    ("asked", "status", "sentence"),
    [
        ({"q": "长" * 10_000}, 400, "要查的词太长（10000字），最多200字"),
        ({"q": "词 " * 5_000}, 400, "要查的词太长"),
        ({"q": " ".join(map(str, range(50)))}, 400, "要查的词太多（50个）"),
        ({"q": "植树", "page": "999999"}, 404, "查询结果只有1页"),
        ({"q": "植树", "page": "99999999999999999999"}, 400, "页码应是"),
        ({"q": "植树", "page": "0"}, 400, "页码应是"),
        ({"q": "植树", "page": "abc"}, 400, "页码应是"),
        ({"q": "植树", "page": "１"}, 400, "页码应是"),
        ({"q": "植树", "year": "abc"}, 400, "年份应是"),
        ({"q": "植树", "year": "0"}, 400, "年份应是"),
        ({"q": "植树", "year": "20202"}, 400, "年份应是"),
        ({"q": "植树", "bulletin": "../admin"}, 400, "没有这份简报"),
        ({"q": "植树", "unit": "长" * 201}, 400, "没有这么长"),
    ],
)
def test_bad_input_gets_a_sentence_on_the_page(client, asked, status, sentence):
    make_found(make_article("植树"))

    response = page(client, **asked)

    assert response.status_code == status
    assert sentence in text_of(response)
    assert 'role="alert"' in text_of(response)
    assert asked["q"][:50] in text_of(response)
    assert "<title>检索 - " in text_of(response)


@db
def test_bytes_that_are_no_text_are_no_error(client):
    assert client.get("/search/?q=%ff%fe&year=%ff").status_code == 400
    assert client.get("/search/?q=%ff%fe").status_code == 200


@db
def test_the_page_is_only_read():
    client = Client(enforce_csrf_checks=True)

    assert client.post("/search/", {"q": "植树"}).status_code == 405


@db
def test_who_searches_without_a_pause_is_asked_to_wait(client):
    answers = [page(client, q="植").status_code for _ in range(61)]

    assert answers == [*itertools.repeat(200, 60), 429]


@db
def test_who_has_not_said_what_to_look_for_never_waits(client):
    asked = [page(client, q=" ").status_code for _ in range(70)]

    assert {*asked, page(client, q="植").status_code} == {200}


@db
def test_being_asked_to_wait_is_kept_by_no_cache(client):
    for _ in range(60):
        page(client, q="植")

    response = page(client, q="植")

    assert response.status_code == 429
    assert response.headers["Cache-Control"] == "no-store"


@db
def test_the_page_leads_straight_to_what_the_words_name(client):
    make_named()

    issue = text_of(page(client, q="2006年第3期"))
    assert 'href="/zuofeng/2006/3/"' in issue
    assert issue.index("直达") < issue.index("找到1篇")
    bulletin = text_of(page(client, q="工作简报"))
    assert 'href="/wuxiao/"' in bulletin
    assert bulletin.index("直达") < bulletin.index("没有找到")
    assert 'href="/wuxiao/2020/"' in text_of(page(client, q="2020年9月"))
    assert f'href="/lanmu/{quote("简讯")}/"' in text_of(page(client, q="简讯"))
    assert f'href="/danwei/{quote("襄城县")}/"' in text_of(page(client, q="襄城县"))
    assert "直达" not in text_of(page(client, q="植树"))


@db
@pytest.mark.parametrize(
    ("at", "numbers"),
    [
        ("", "[1] 2 3 … 9"),
        ("2", "1 [2] 3 … 9"),
        ("5", "1 … 4 [5] 6 … 9"),
        ("9", "1 … 7 8 [9]"),
    ],
)
def test_pages_of_results_are_reached_by_their_numbers(client, at, numbers):
    make_found(*(make_article(f"植树{n}") for n in range(170)))

    pages = NUMBERED.findall(text_of(page(client, q="植树", page=at)))

    shown = [gap or (f"[{n}]" if is_current else n) for gap, is_current, n in pages]
    assert " ".join(shown) == numbers


@db
def test_of_two_pages_both_have_a_number(client):
    make_found(*(make_article(f"植树{n}") for n in range(21)))

    assert len(NUMBERED.findall(text_of(page(client, q="植树")))) == 2


@db
def test_a_number_leads_to_the_same_search_there(client):
    make_found(*(make_article(f"植树{n}") for n in range(45)))

    text = text_of(page(client, q="植树", year="2024", page="2"))

    same = f"/search/?q={quote('植树')}&amp;year=2024"
    assert f'<a href="{same}" aria-label="第1页">1</a>' in text
    assert f'<a href="{same}&amp;page=3" aria-label="第3页">3</a>' in text
    assert f'<a href="{same}">第一页</a>' in text
    assert "第一页" not in text_of(page(client, q="植树"))


@db
def test_the_number_of_queries_does_not_grow_with_the_results(
    client, django_assert_max_num_queries
):
    make_found(*(make_article(f"植树{n}") for n in range(25)))

    with django_assert_max_num_queries(6):
        page(client, q="植树")


@db
def test_the_number_of_queries_is_bounded_where_nothing_is_found(
    client, django_assert_max_num_queries
):
    make_found(make_article("植树造林工作推进"))

    with django_assert_max_num_queries(60):
        page(client, q="植梳造林 治水 修路 种草 养花 捉鱼 打井 挖渠")
