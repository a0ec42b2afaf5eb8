"""Rows the database itself refuses, whoever writes them."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from bulletins.models import Edition, Issue, Recipient
from tests.factories import make_bulletin, make_issue

pytestmark = pytest.mark.django_db


def freeze_by_hand(issue: Issue) -> Edition:
    return Edition.objects.create(
        issue=issue,
        document="{}",
        digest="0" * 64,
        html_digest="0" * 64,
        pdf_digest="0" * 64,
        pdf_size=1,
        frozen_at=timezone.now(),
    )


def issued(issue: Issue, **fields) -> None:
    values = {
        "status": Issue.Status.ISSUED,
        "number": 8,
        "series_year": 0,
        "date": dt.date(2024, 9, 2),
        "edition": freeze_by_hand(issue),
    }
    Issue.objects.filter(pk=issue.pk).update(**{**values, **fields})


@pytest.mark.parametrize("lacking", ["number", "series_year", "date", "edition"])
def test_an_issued_issue_has_number_date_and_edition(lacking):
    issue = make_issue()

    with pytest.raises(IntegrityError, match="issue_numbered_dated_and_frozen"):
        issued(issue, **{lacking: None})


@pytest.mark.parametrize("status", ["draft", "approved", "sent", ""])
def test_only_an_issued_issue_has_a_number(status):
    issue = make_issue()

    with pytest.raises(IntegrityError, match="issue_numbered_dated_and_frozen"):
        issued(issue, status=status)


def test_two_issues_of_a_series_cannot_have_one_number():
    bulletin = make_bulletin()
    issued(make_issue(bulletin))

    with pytest.raises(IntegrityError, match=r"(?i)unique"):
        issued(make_issue(bulletin, number=9))


def test_supplements_count_apart():
    bulletin = make_bulletin()
    issued(make_issue(bulletin))
    issued(make_issue(bulletin), kind=Issue.Kind.SUPPLEMENT)

    assert Issue.objects.public().count() == 2


def test_an_issue_in_review_is_at_a_step():
    issue = make_issue()

    with pytest.raises(IntegrityError, match="issue_at_a_step_iff_in_review"):
        Issue.objects.filter(pk=issue.pk).update(status=Issue.Status.REVIEW)


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"kind": "daily"}, "issue_kind_is_known"),
        ({"date": dt.date(1900, 1, 1)}, "issue_date_is_plausible"),
        ({"planned_number": 0}, "issue_planned_number_from_1"),
        ({"planned_total_number": 0}, "issue_planned_total_from_1"),
        ({"copies": 0}, "issue_copies_from_1"),
    ],
)
def test_impossible_values_of_an_issue_are_refused(fields, constraint):
    issue = make_issue()

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Issue.objects.filter(pk=issue.pk).update(**fields)


def test_a_recipient_belongs_to_a_bulletin_or_to_an_issue_never_to_both():
    issue = make_issue()

    for owners in ({}, {"bulletin": issue.bulletin, "issue": issue}):
        with (
            pytest.raises(IntegrityError, match="recipient_of_a_bulletin_or_of"),
            transaction.atomic(),
        ):
            Recipient.objects.create(tier="report", name="县委办", **owners)


def test_public_leaves_out_drafts_internal_bulletins_and_secret_issues():
    public = make_issue()
    issued(public)
    make_issue(public.bulletin)
    internal = make_issue(make_bulletin(audience="internal", programme="内"))
    issued(internal)
    secret = make_issue(make_bulletin(programme="密"))
    issued(secret, secrecy="秘密★1年")

    assert list(Issue.objects.public()) == [public]


def test_labels_tell_taken_planned_and_missing_numbers_apart():
    issue = make_issue(number=57)
    assert issue.label == "拟第57期"

    issue.planned_number = None
    assert issue.label == f"未编号（#{issue.pk}）"

    issue.number, issue.kind = 2, Issue.Kind.SUPPLEMENT
    assert issue.label == "增刊第2期"
