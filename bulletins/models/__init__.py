"""The rows of the database. Every rule it can hold is a named constraint here."""

from bulletins.models.issues import Article, BriefItem, Issue, IssueQuerySet, Recipient
from bulletins.models.series import Bulletin, ReviewStep, Section
from bulletins.models.talk import Notice, Phrase, Remark
from bulletins.models.trail import Edition, Event, Revision, VoidedNumber, edition_path

__all__ = [
    "Article",
    "BriefItem",
    "Bulletin",
    "Edition",
    "Event",
    "Issue",
    "IssueQuerySet",
    "Notice",
    "Phrase",
    "Recipient",
    "Remark",
    "ReviewStep",
    "Revision",
    "Section",
    "VoidedNumber",
    "edition_path",
]
