"""Addresses and builders: what every page is called, and what pages are made from."""

import inspect
import re
from unittest.mock import Mock

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from bulletins import workflow
from bulletins.archive import addresses, building, keeping, reach, touching, tree
from bulletins.archive.addresses import Address, Kind, Place, parse
from bulletins.archive.reach import Reach
from bulletins.bounds import SectionKind
from bulletins.document import SectionEntry
from bulletins.forms import BulletinForm
from bulletins.models import Bulletin
from tests.factories import grant, make_article, make_bulletin, make_user
from tests.published import make_issued

# --- addresses --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/", Place(Kind.HOME)),
        ("/wuxiao/", Place(Kind.BULLETIN, slug="wuxiao")),
        ("/wuxiao/2020/", Place(Kind.YEAR, slug="wuxiao", year=2020)),
        ("/wuxiao/2020/56/", Place(Kind.ISSUE, "wuxiao", 2020, "56")),
        ("/wuxiao/2020/s1/", Place(Kind.ISSUE, "wuxiao", 2020, "s1")),
        ("/wuxiao/2020/56.pdf", Place(Kind.ISSUE_PDF, "wuxiao", 2020, "56")),
        ("/wuxiao/2020/56/1/", Place(Kind.ITEM, "wuxiao", 2020, "56", 1)),
        ("/wuxiao/2020/56/edition-2/", Place(Kind.EDITION, "wuxiao", 2020, "56", 2)),
        (
            "/wuxiao/2020/56/edition-2.pdf",
            Place(Kind.EDITION_PDF, "wuxiao", 2020, "56", 2),
        ),
        ("/lanmu/简讯/", Place(Kind.SECTION, name="简讯")),
        ("/lanmu/2020/", Place(Kind.SECTION, name="2020")),
        ("/lanmu/简讯/2020/", Place(Kind.SECTION_PAGE, year=2020, name="简讯")),
        (
            "/danwei/襄城县/2020/2/",
            Place(Kind.UNIT_PAGE, year=2020, name="襄城县", page=2),
        ),
        ("/sitemap/wuxiao/2020.xml", Place(Kind.SITEMAP_PART, "wuxiao", 2020)),
    ],
)
def test_an_address_says_what_it_is_of(path, place):
    assert parse(path) == place


@pytest.mark.parametrize(
    "path",
    [
        *("/wuxiao", "/wuxiao/20/", "/wuxiao/2020/0/", "/wuxiao/2020/056/"),
        *("/wuxiao/2020/1234567/", "/lanmu/简讯/2020/1/", "/lanmu/a/b/", "//", ""),
        *("/search/", "/admin/", "/api/2020/1/", "/lanmu/\n/", "/wuxiao/2020/56/\n"),
    ],
)
def test_what_is_no_address_says_nothing(path):
    assert parse(path) is None


def test_a_year_of_a_list_begins_at_its_first_page():
    assert addresses.section_page("简讯", 2020).path == "/lanmu/简讯/2020/"
    assert addresses.section_page("简讯", 2020, 3).path == "/lanmu/简讯/2020/3/"


names = st.text(
    st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=200
).filter(lambda name: name == name.strip() and name)


@given(names)
def test_any_unit_has_an_address_that_is_read_back_and_a_file_of_its_own(name):
    address = addresses.unit(name)

    place = parse(address.path)
    assert place is not None
    assert place.name == addresses.segment(name)
    file = tree.file_of(address)
    assert tree.address_of(file) == address
    assert all(len(part.encode()) <= 255 for part in file.parts)
    assert tree.root() in file.parents
    assert ".." not in file.parts


def test_long_names_that_begin_alike_have_different_addresses():
    assert addresses.unit("县" * 199 + "甲") != addresses.unit("县" * 199 + "乙")


def test_a_link_is_percent_encoded():
    assert addresses.unit("襄城县").href == "/danwei/%E8%A5%84%E5%9F%8E%E5%8E%BF/"
    assert addresses.unit("a?b#c").href == "/danwei/a%3Fb%23c/"


@pytest.mark.parametrize("slug", sorted(addresses.RESERVED))
def test_no_bulletin_takes_an_address_of_the_site_s_own(db, slug):
    form = BulletinForm({"slug": slug, "name": "工作简报"}, instance=Bulletin())

    assert "slug" in form.errors


@pytest.mark.django_db
def test_addresses_are_those_of_the_url_configuration():
    issue = make_issued(make_bulletin(slug="zuofeng"))
    place = issue.address

    assert addresses.issue(issue).href == issue.get_absolute_url()
    assert addresses.bulletin(issue.bulletin).href == issue.bulletin.get_absolute_url()
    assert addresses.issue_pdf(issue).href == reverse("issue_pdf", args=place)
    assert addresses.edition(issue, 1).href == reverse("edition", args=[*place, 1])
    assert addresses.item(issue, 2).href == reverse("item", args=[*place, 2])
    assert addresses.unit("襄城县").href == reverse("unit", args=["襄城县"])


# --- builders ---------------------------------------------------------------------


def test_every_kind_of_page_has_a_builder_that_sees_a_place_and_nobody():
    assert set(building.BUILDERS) == set(Kind)
    for kind, builder in building.BUILDERS.items():
        assert len(inspect.signature(builder).parameters) == 2, kind


@pytest.mark.django_db
def test_staff_pages_are_of_bulletins_alone():
    make_issued(make_bulletin(slug="neibu", audience="internal"))

    assert building.build(Address("/neibu/2024/8/")) is None
    assert building.build(Address("/neibu/2024/8/"), Reach.STAFF) is not None
    for address in (addresses.HOME, addresses.SECTIONS, addresses.ATOM):
        assert building.build(address, Reach.STAFF) is None


@pytest.mark.django_db
def test_an_item_corrected_while_its_page_is_built_is_of_one_edition(monkeypatch):
    issue = make_issued(make_bulletin(slug="zuofeng"))
    before = reach.issues(Reach.PUBLIC).get(pk=issue.pk)
    issue.articles.all().delete()
    workflow.correct(issue, by=grant(make_user(), "correct"), comment="删去一篇")
    # Read a moment ago, when the brief item was the second.
    stale = Mock(**{"first.return_value": before})
    monkeypatch.setattr(reach, "located", lambda *_: stale)

    page = building.build(Address("/zuofeng/2024/8/2/"))

    assert page is not None
    assert "清理垃圾30余吨" in page.content.decode()
    assert "会议要求" not in page.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["许昌市生态环境局" * 10, "县/区联合办公室"])
def test_a_list_is_headed_by_the_name_as_it_was_printed(name, settings):
    settings.SITE_ADDRESS = "https://jianbao.example.gov.cn"
    article = make_article("推进会", source=name)
    told = SectionEntry("工作动态", SectionKind.ARTICLES, (article,))
    make_issued(make_bulletin(slug="zuofeng"), sections=(told,))

    for address in (addresses.unit(name), addresses.unit_page(name, 2024)):
        page = building.build(address)
        assert page is not None
        heading = re.search("<h1[^>]*>(.*?)</h1>", page.content.decode(), re.DOTALL)
        assert heading is not None
        assert name in heading[1]
        # The canonical link.
        assert f'href="{addresses.absolute(address)}"' in page.content.decode()


@pytest.mark.django_db
def test_everything_is_what_the_rows_ask_for_each_once():
    make_issued(make_bulletin(slug="zuofeng"))
    make_issued(make_bulletin(slug="neibu", name="内参", audience="internal"))

    found = [address.path for address in touching.everything()]

    assert len(found) == len(set(found))
    assert {"/", "/zuofeng/2024/8/", "/zuofeng/2024/8/2/", "/404.html"} <= set(found)
    assert not [path for path in found if "neibu" in path]


# --- the queue in the database ----------------------------------------------------


@pytest.mark.django_db
def test_with_a_queue_in_the_database_the_task_is_part_of_the_transaction(
    settings, django_capture_on_commit_callbacks
):
    from django_tasks_db.models import DBTaskResult

    settings.TASKS_IN_DATABASE = True
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    with django_capture_on_commit_callbacks() as waiting:
        issue = make_issued(make_bulletin(slug="zuofeng"))

    assert not waiting
    row = DBTaskResult.objects.get()
    assert row.task_path.endswith("keeping.renew_issue")
    assert row.args_kwargs == {"args": [issue.pk], "kwargs": {}}
    assert not tree.holds(addresses.issue(issue))
    keeping.renew_issue.call(*row.args_kwargs["args"])
    assert tree.holds(addresses.issue(issue))
