"""The rows of the database. Every rule it can hold is a named constraint here."""

from bulletins.models.accounts import CodeRule, FormerPassword, PasswordAge
from bulletins.models.archive import PublishedItem, SearchEntry, SearchText
from bulletins.models.desk import Picture, Presence, Term
from bulletins.models.issues import (
    Article,
    BriefItem,
    Issue,
    IssueQuerySet,
    Recipient,
    RemovedItem,
)
from bulletins.models.pool import Adoption, Contribution, Unit
from bulletins.models.series import Bulletin, ReviewStep, Section
from bulletins.models.talk import Notice, Phrase, Remark
from bulletins.models.trail import Edition, Event, Revision, VoidedNumber, edition_path

__all__ = [
    "Adoption",
    "Article",
    "BriefItem",
    "Bulletin",
    "CodeRule",
    "Contribution",
    "Edition",
    "Event",
    "FormerPassword",
    "Issue",
    "IssueQuerySet",
    "Notice",
    "PasswordAge",
    "Phrase",
    "Picture",
    "Presence",
    "PublishedItem",
    "Recipient",
    "Remark",
    "RemovedItem",
    "ReviewStep",
    "Revision",
    "SearchEntry",
    "SearchText",
    "Section",
    "Term",
    "Unit",
    "VoidedNumber",
    "edition_path",
]
