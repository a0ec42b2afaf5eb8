"""The items of an issue: saved, ordered, taken out, put back, moved."""

import pytest

from bulletins import workflow
from bulletins.composing import document_of, printed_order
from bulletins.models import Article, BriefItem, Issue, RemovedItem
from tests.factories import grant, make_clerk, make_issue, make_user

pytestmark = pytest.mark.django_db


def make_editor():
    return grant(make_user(), "change", "submit")


def titles(issue: Issue) -> list[str]:
    return [str(row) for _, rows in printed_order(issue) for row in rows]


def test_an_item_typed_over_an_older_version_is_refused_with_the_newer_one():
    clerk, issue = make_editor(), make_issue()
    mine, theirs = issue.articles.get(), issue.articles.get()
    theirs.title = "别人的标题"
    workflow.save_item(theirs, by=clerk, seen=1)
    mine.title = "我的标题"

    with pytest.raises(workflow.Overtaken) as refusal:
        workflow.save_item(mine, by=clerk, seen=1)

    assert refusal.value.current.title == "别人的标题"
    assert issue.articles.get().title == "别人的标题"


def test_saving_a_text_does_not_undo_a_new_order():
    clerk, issue = make_editor(), make_issue()
    section, stale = issue.articles.get().section, issue.articles.get()
    second = Article(issue=issue, section=section, title="第二篇")
    workflow.save_item(second, by=clerk, seen=None)
    [brief] = issue.brief_items.all()
    order: workflow.Order = [(section, [second, stale]), (brief.section, [brief])]
    workflow.arrange(issue, order, by=clerk)
    stale.source = "县委办"

    workflow.save_item(stale, by=clerk, seen=1)

    assert titles(issue) == ["第二篇", str(stale), str(brief)]


def test_an_order_that_misses_an_item_is_refused():
    clerk, issue = make_editor(), make_issue()
    [article] = issue.articles.all()

    with pytest.raises(workflow.WorkflowError, match="请刷新后再排"):
        workflow.arrange(issue, [(article.section, [article])], by=clerk)


def test_a_section_of_the_other_kind_is_refused():
    clerk, issue = make_editor(), make_issue()
    [article], [brief] = issue.articles.all(), issue.brief_items.all()

    with pytest.raises(workflow.WorkflowError, match="不能放在栏目“简讯”"):
        workflow.arrange(issue, [(brief.section, [article, brief])], by=clerk)


@pytest.mark.parametrize("kind", [Article, BriefItem])
def test_what_was_taken_out_is_put_back_where_it_stood(kind):
    clerk, issue = make_editor(), make_issue()
    before = document_of(issue)

    removed = workflow.remove_item(kind.objects.get(issue=issue), by=clerk)
    assert document_of(issue) != before
    workflow.put_back(removed, by=clerk)

    assert document_of(issue) == before
    assert not RemovedItem.objects.exists()


def test_what_somebody_else_removed_is_not_saved_over():
    clerk, issue = make_editor(), make_issue()
    mine = issue.articles.get()
    workflow.remove_item(issue.articles.get(), by=clerk)

    with pytest.raises(workflow.Gone, match="已被别人删除"):
        workflow.save_item(mine, by=clerk, seen=1)


def test_what_was_moved_while_it_was_typed_is_not_written_into_the_other_issue():
    clerk, issue = make_editor(), make_issue()
    other = make_issue(issue.bulletin, number=9)
    mine = issue.articles.select_related("issue").get()
    workflow.move_item(issue.articles.get(), other, mine.section, by=clerk)
    workflow.submit(other, by=clerk)
    mine.title = "我的标题"

    with pytest.raises(workflow.Gone, match="移到别处"):
        workflow.save_item(mine, by=clerk, seen=1)

    assert "我的标题" not in titles(other)


def test_an_item_moves_to_another_issue_and_both_keep_a_revision():
    clerk, issue = make_editor(), make_issue()
    other = make_issue(issue.bulletin, number=9)
    article = issue.articles.get()

    workflow.move_item(article, other, article.section, by=clerk)

    assert titles(other).count(str(article)) == 2
    assert not issue.articles.exists()
    assert issue.revisions.exists()
    assert other.revisions.exists()


def test_nothing_changes_in_an_issue_that_is_closed():
    clerk, issue = make_editor(), make_issue()
    workflow.submit(issue, by=make_clerk())

    with pytest.raises(workflow.WorkflowError, match="“审核中”"):
        workflow.remove_item(issue.articles.get(), by=clerk)

    assert issue.articles.exists()
