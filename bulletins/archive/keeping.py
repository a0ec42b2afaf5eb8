"""The tree is kept saying what the rows say: after each move, and again by hand.

Every page is built while the tree is locked, from what is committed by then. So it does
not matter how many write at once, or how often: the last one has seen the newest rows.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.conf import settings
from django.db import transaction
from django_tasks import task
from django_tasks.base import Task

from bulletins.archive import addresses, pictures, touching, tree
from bulletins.archive.addresses import Address, parse
from bulletins.archive.building import build
from bulletins.archive.frozen import DamagedEdition
from bulletins.models import Bulletin, Edition, Issue

_log = logging.getLogger(__name__)

# Pages that name more than one bulletin: below these, and these alone.
_LISTS = (addresses.SECTIONS, addresses.UNITS)
_SHARED = (
    addresses.HOME,
    addresses.ABOUT,
    addresses.ATOM,
    addresses.JSON_FEED,
    addresses.SITEMAP,
    addresses.SITEMAP_PAGES,
)


# --- one page ---------------------------------------------------------------------


def keep(address: Address) -> tree.Page | None:
    """Return a public page and put it into the tree; None where there is none.

    A tree that cannot be written is no reason not to answer: it is logged.
    """
    page = build(address)
    if page is None:
        return None
    try:
        with tree.lock():
            # Again: what was public a moment ago may have been withdrawn.
            page = build(address)
            if page is not None:
                tree.write(address, page)
    except OSError as error:
        _log.error("the page %s was not kept: %r", address.path, error)
    return page


def renew(address: Address) -> bool:
    """Make the tree say at an address what the rows say; return whether it did not."""
    with tree.lock():
        page = build(address)
        if page is None:
            return tree.remove(address)
        return tree.write(address, page)


# --- after a move -----------------------------------------------------------------


def issue_changed(issue: Issue) -> None:
    """Have an issue's pages written once its move is committed; call it in the move.

    What is withdrawn leaves the tree at once: if the process dies before the task, no
    page that holds its text is left. Should the move not be committed after all, the
    first reader brings the pages back.
    """
    if issue.status == Issue.Status.WITHDRAWN:
        _take_down(issue)
        # Again: until now a reader may have brought back what the rows said before,
        # and a queue may be read much later.
        transaction.on_commit(lambda: _take_down(issue), robust=True)
    _enqueue(renew_issue, issue.pk)


def _take_down(issue: Issue) -> None:
    try:
        with tree.lock():
            for address in (*touching.touched(issue), *_under_old_names(issue)):
                tree.remove(address)
            tree.remove_below(addresses.issue(issue))
    except OSError as error:
        _log.error("pages of a withdrawn issue were not removed: %r", error)


def _under_old_names(issue: Issue) -> list[Address]:
    """Return the pages of 栏目 that lead to an issue; call it while the tree is locked.

    A section without a printed heading may have been called otherwise when they were
    made: no edition has that name, and the rows have it no more.
    """
    assert issue.date is not None  # noqa: S101 - only issues that are out
    link = addresses.issue(issue).href.encode()
    return [
        address
        for address in tree.below(addresses.SECTIONS)
        if (place := parse(address.path)) is not None
        and place.year in {0, issue.date.year}
        and link in tree.file_of(address).read_bytes()
    ]


def bulletin_changed(bulletin: Bulletin, *, was_at: str = "") -> None:
    """Take away what says of a bulletin what is not so any more.

    Its name, its office or who may read it stands on every page of it; they are made
    anew when they are asked for, or by ``export_site --verify``.
    """
    _forget(bulletin, was_at)
    # Again: until now a reader may have brought back what the rows said before.
    transaction.on_commit(lambda: _forget(bulletin, was_at), robust=True)
    _enqueue(renew_bulletin, bulletin.pk)


def _forget(bulletin: Bulletin, was_at: str) -> None:
    try:
        with tree.lock():
            for slug in {bulletin.slug, was_at} - {""}:
                tree.remove_below(Address(f"/{slug}/"))
                tree.remove_below(Address(f"/sitemap/{slug}/"))
            for address in _LISTS:
                tree.remove_below(address)
            for address in _SHARED:
                tree.remove(address)
            if not bulletin.is_public:
                _remove_pictures(bulletin)
    except OSError as error:
        _log.error("pages of a changed bulletin were not removed: %r", error)


def _remove_pictures(bulletin: Bulletin) -> None:
    editions = Edition.objects.filter(issue__bulletin=bulletin)
    for name in pictures.shown_in(editions.iterator()):
        address = addresses.picture(name)
        if build(address) is None:
            tree.remove(address)


def numbers_changed(bulletin: Bulletin) -> None:
    """Have the pages written that say why a number is missing."""
    _enqueue(renew_bulletin, bulletin.pk)


def _enqueue(job: Task[[int], int], pk: int) -> None:
    """Hand a task over so that it finds the rows committed.

    A queue in the database takes it in the transaction itself: both happen or neither.
    """
    if settings.TASKS_IN_DATABASE:
        job.enqueue(pk)
    else:
        transaction.on_commit(lambda: job.enqueue(pk), robust=True)


@task()
def renew_issue(pk: int) -> int:
    """Write what an issue touches; return how many pages changed."""
    issue = Issue.objects.select_related("bulletin", "edition").get(pk=pk)
    if issue.edition is None or not issue.bulletin.is_public:
        return 0
    touched = touching.touched(issue)
    strays = set(tree.below(addresses.issue(issue))) - set(touched)
    missing = [a for a in _standing_pages(issue.bulletin) if not tree.holds(a)]
    renamed: list[Address] = []
    if issue.edition.ordinal > 1:
        with tree.lock():
            renamed = _under_old_names(issue)
    return _renew_each(dict.fromkeys((*touched, *strays, *renamed, *missing)))


def _standing_pages(bulletin: Bulletin) -> Iterator[Address]:
    """Yield what no issue touches, and the first one finds not there yet."""
    yield from touching.STANDING
    yield from touching.face_of(bulletin)


@task()
def renew_bulletin(pk: int) -> int:
    """Write the pages that name a bulletin as a whole; return how many changed."""
    bulletin = Bulletin.objects.filter(pk=pk).first()
    heads = list(touching.heads_of(bulletin)) if bulletin else []
    return _renew_each((*heads, *_SHARED, *_LISTS))


def _renew_each(pages: Iterable[Address]) -> int:
    """Renew every page; one that cannot be made fails the task, but no other page."""
    changed = 0
    failures: list[Exception] = []
    for address in pages:
        try:
            changed += renew(address)
        except (DamagedEdition, OSError) as error:
            _log.error("the page %s was not written: %r", address.path, error)
            failures.append(error)
    if failures:
        raise failures[0]
    return changed


# --- by hand ----------------------------------------------------------------------


@dataclass(slots=True)
class Repairs:
    """What was found amiss: pages written anew, removed, and such as cannot be made."""

    pages: int = 0
    written: list[Address] = field(default_factory=list)
    removed: list[Address] = field(default_factory=list)
    failed: list[tuple[Address, str]] = field(default_factory=list)


def verify() -> Repairs:
    """Compare every page that ought to be with what stands in the tree; put it right."""
    repairs = Repairs()
    with tree.lock():
        # Whoever writes holds the lock: what is half written now was left so.
        tree.sweep()
    expected: set[str] = set()
    for address in touching.everything():
        expected.add(address.path)
        _verify(address, repairs)
    for address in list(_strays(expected)):
        # A page that came out meanwhile is none; `renew` asks the rows again.
        if renew(address):
            repairs.removed.append(address)
    return repairs


def _verify(address: Address, repairs: Repairs) -> None:
    try:
        was_wrong = renew(address)
    except (DamagedEdition, OSError) as error:
        repairs.failed.append((address, str(error)))
        return
    repairs.pages += 1
    if was_wrong:
        repairs.written.append(address)


def _strays(expected: set[str]) -> Iterator[Address]:
    for address in tree.pages():
        if address.path not in expected:
            yield address
