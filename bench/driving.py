"""A person at a browser, without the browser: signs in, types into forms, presses.

Speaks HTTP to a running system and knows nothing of its code: a form is fetched, its
fields are read, some are changed, and all of them are sent, as a browser would. What
was not acknowledged raises ``NotDone``: the caller may not count on it.

    clerk = Person("http://127.0.0.1:8000")
    clerk.sign_in("bianji", "…")
    issue = clerk.begin_issue()
    article = clerk.add_article(issue, title="标题", body="<p>正文</p>")
    clerk.save_article(article, body="<p>改过的正文</p>")
    clerk.move(issue, "submit")

A ``Person`` is for one thread.
"""

from __future__ import annotations

import http.client
import re
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie

_PATIENCE = 90  # seconds; a page that has to be printed may wait for another
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_NOT_SENT = frozenset({"submit", "button", "reset", "image", "file"})
_KEY = re.compile(r"/(\d+)/change/")


class NotDone(Exception):
    """What was asked for was not acknowledged; ``status`` is 0 without an answer."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said; ``leads_to`` is where it sends on to, or empty."""

    status: int
    text: str
    leads_to: str = ""


@dataclass(slots=True)
class Form:
    """A form of a page: where it is sent to, and what it would send untouched."""

    action: str
    identity: str
    fields: list[tuple[str, str]] = field(default_factory=list)

    def filled(self, values: Mapping[str, str]) -> list[tuple[str, str]]:
        """Return what is sent after some fields were changed, or buttons pressed."""
        kept = [pair for pair in self.fields if pair[0] not in values]
        return [*kept, *values.items()]


class _Forms(HTMLParser):
    """Collects the forms of a page with the values their fields have."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._open: Form | None = None
        # The list that is open: its name, its first value, what is chosen in it.
        self._select: tuple[str, list[str], list[str], bool] | None = None
        self._area: tuple[str, list[str]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        has = found.keys()
        if tag == "form":
            self._open = Form(found.get("action", ""), found.get("id", ""))
            self.forms.append(self._open)
        elif tag == "input" and "name" in has and "disabled" not in has:
            self._input(found)
        elif tag == "textarea" and "name" in has:
            self._area = found["name"], []
        elif tag == "select" and "name" in has:
            self._select = found["name"], [], [], "multiple" in has
        elif tag == "option" and self._select is not None:
            self._select[1].append(found.get("value", ""))
            if "selected" in has:
                self._select[2].append(found.get("value", ""))

    def _input(self, found: dict[str, str]) -> None:
        kind = found.get("type", "text").lower()
        if kind in _NOT_SENT:
            return
        if kind in {"checkbox", "radio"}:
            if "checked" in found:
                self._add(found["name"], found.get("value", "on"))
            return
        self._add(found["name"], found.get("value", ""))

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area[1].append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "textarea" and self._area is not None:
            name, parts = self._area
            # A browser leaves out the line break right after the tag.
            self._add(name, "".join(parts).removeprefix("\n"))
            self._area = None
        elif tag == "select" and self._select is not None:
            name, offered, chosen, is_multiple = self._select
            if not chosen and not is_multiple:
                chosen = offered[:1]
            for value in chosen:
                self._add(name, value)
            self._select = None

    def _add(self, name: str, value: str) -> None:
        if self._open is not None:
            self._open.fields.append((name, value))


def forms_of(page: str) -> list[Form]:
    """Return the forms of a page."""
    reader = _Forms()
    reader.feed(page)
    return reader.forms


class Person:
    """Somebody with a browser at a site, e.g. ``http://127.0.0.1:8000``."""

    def __init__(self, site: str) -> None:
        self.site = site
        self._cookies: dict[str, str] = {}

    # --- asking ---

    def get(self, address: str) -> Answer:
        """Fetch a page; raises NotDone if the server does not answer at all."""
        return self._ask("GET", address)

    def send(self, address: str, fields: list[tuple[str, str]]) -> Answer:
        """Send a form; raises NotDone if the server does not answer at all."""
        return self._ask("POST", address, urllib.parse.urlencode(fields))

    def _ask(self, method: str, address: str, body: str | None = None) -> Answer:
        place = urllib.parse.urlsplit(self.site)
        connection = http.client.HTTPConnection(
            place.hostname or "", place.port, timeout=_PATIENCE
        )
        path = urllib.parse.quote(address, safe="/?=&%:#")
        try:
            connection.request(method, path, body, self._headers(body is not None))
            answer = connection.getresponse()
            text = answer.read().decode(errors="replace")
            self._keep_cookies(answer.headers.get_all("Set-Cookie") or [])
        except (OSError, http.client.HTTPException) as error:
            raise NotDone(f"{method} {address}: {error!r}") from error
        finally:
            connection.close()
        return Answer(answer.status, text, answer.headers.get("Location", ""))

    def _headers(self, is_form: bool) -> dict[str, str]:
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self._cookies.items())}
        if is_form:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers["Referer"] = f"{self.site}/"
        return headers

    def _keep_cookies(self, lines: list[str]) -> None:
        for line in lines:
            for name, morsel in SimpleCookie(line).items():
                if morsel.value and morsel["max-age"] != "0":
                    self._cookies[name] = morsel.coded_value
                else:
                    self._cookies.pop(name, None)

    def take_over(self, other: Person) -> None:
        """Go on with the session another has, at another web server of the system."""
        self._cookies |= other._cookies

    # --- pages and forms ---

    def page(self, address: str) -> str:
        """Return a page that must be there; raises NotDone."""
        answer = self.get(address)
        if answer.status != 200:
            raise NotDone(f"{address}: {answer.status}", answer.status)
        return answer.text

    def form(self, address: str, *, named: str = "", to: str = "") -> Form:
        """Return the form of a page with this id or sent to this address."""
        for form in forms_of(self.page(address)):
            if (named and form.identity == named) or (to and form.action.endswith(to)):
                return form
        raise NotDone(f"{address}: no form {named or to}")

    def submit(self, address: str, form: Form, **values: str) -> str:
        """Send a form and return where it leads; raises NotDone if it was refused."""
        answer = self.send(form.action or address, form.filled(values))
        if answer.status not in _REDIRECTS:
            raise NotDone(f"{form.action or address}: {answer.status}", answer.status)
        if "/login/" in answer.leads_to:
            raise NotDone(f"{address}: signed out", answer.status)
        return answer.leads_to

    # --- what people do ---

    def sign_in(self, name: str, password: str) -> None:
        """Sign in by the form of the office; raises NotDone."""
        address = "/admin/login/"
        form = self.form(address, named="login-form")
        self.submit(address, form, username=name, password=password, next="/admin/")

    def begin_issue(self, **values: str) -> int:
        """Begin an issue of the bulletin that is proposed; return its key."""
        address = "/admin/bulletins/issue/add/"
        form = self.form(address, named="issue_form")
        return self._key(self.submit(address, form, **values, _save="1"))

    def add_article(self, issue: int, *, title: str, body: str, **values: str) -> int:
        """Write a new article, in the first section of articles; return its key."""
        address = f"/admin/bulletins/article/add/?issue={issue}"
        form = self.form(address, named="article_form")
        if not values.get("section") and not dict(form.fields).get("section"):
            values["section"] = self._first_section(address)
        values |= {"title": title, "body": body, "_continue": "1"}
        return self._key(self.submit(address, form, **values))

    def _first_section(self, address: str) -> str:
        """Return what the list of sections offers first, beside nothing."""
        page = self.page(address)
        _, _, rest = page.partition('name="section"')
        offered = re.findall(r'<option value="(\d+)"', rest.partition("</select>")[0])
        return offered[0] if offered else ""

    def save_article(self, article: int, **values: str) -> None:
        """Change fields of an article (title, body, source …); raises NotDone.

        Status 409: somebody else has saved it since its page was fetched.
        """
        address = f"/admin/bulletins/article/{article}/change/"
        form = self.form(address, named="article_form")
        self.submit(address, form, **values, _continue="1")

    def move(self, issue: int, move: str, comment: str = "") -> None:
        """Make a move of an issue (submit, approve, publish …); raises NotDone."""
        address = f"/admin/bulletins/issue/{issue}/review/"
        form = self.form(address, to=f"/review/{move}/")
        self.submit(address, form, comment=comment)

    @staticmethod
    def _key(address: str) -> int:
        found = _KEY.search(address)
        if found is None:
            raise NotDone(f"no row in {address}")
        return int(found[1])
