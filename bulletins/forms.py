"""What an editor types, checked at the field where it is wrong."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from ckeditor.widgets import CKEditorWidget
from django import forms
from django.contrib.auth.models import Group
from django.db.models import Max, Q
from django.utils import timezone
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldBooleanWidget,
)

from bulletins import markup, workflow
from bulletins.archive import addresses
from bulletins.bounds import (
    FIRST_YEAR,
    LAST_YEAR,
    MAX_LINE,
    MAX_NOTE,
    MAX_NUMBER,
    IssueKind,
)
from bulletins.composing import issues_numbered, masthead_of
from bulletins.document import DocumentError, IssueDocument, check_text
from bulletins.editor import BodyWidget
from bulletins.models import (
    Article,
    BriefItem,
    Bulletin,
    CodeRule,
    Issue,
    Phrase,
    Recipient,
    Remark,
    Section,
)
from bulletins.reading.labels import note_start


class DocumentTextForm(forms.ModelForm[Any]):
    """A form whose texts must be able to stand in a document."""

    # The fields in which a line feed has a meaning.
    texts_with_breaks: ClassVar[frozenset[str]] = frozenset()

    def clean(self) -> dict[str, Any]:
        """Check each text as the document would, and say so at its field."""
        cleaned = super().clean() or self.cleaned_data
        for name, field in self.fields.items():
            value = cleaned.get(name)
            if not isinstance(field, forms.CharField) or not isinstance(value, str):
                continue
            if isinstance(field.widget, CKEditorWidget):
                cleaned[name] = body = markup.clean(value)
                # Cleaning may write one character as several.
                if field.max_length is not None and len(body) > field.max_length:
                    self.add_error(name, f"内容太长了，最多{field.max_length}字。")
            else:
                cleaned[name] = self._checked(name, field, value)
        return cleaned

    def _checked(self, name: str, field: forms.CharField, value: str) -> str:
        breaks = name in self.texts_with_breaks
        if breaks:
            lines = (line.strip() for line in value.splitlines())
            value = "\n".join(line for line in lines if line)
        limit = field.max_length or len(value)
        try:
            check_text(value, str(field.label), limit, breaks=breaks)
        except DocumentError as error:
            self.add_error(name, f"{error}。")
        else:
            if reason := unprintable(value):
                self.add_error(name, reason)
        return value


# Characters that turn the direction of what follows: a title with one reads otherwise
# than it is stored.
_TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# What some programs put where a line ends; a field of one line has no use for it.
_BREAKING = re.compile("[\x0b\x0c\x85\u2028\u2029]")
# Pictures of faces and things, and what joins and colours them: no official paper
# prints them, and no font of ours has them.
_PICTOGRAPH = re.compile("[\U0001f000-\U0001faff\u200d\ufe0f\u20e3]")


def unprintable(text: str) -> str:
    """Return why a text cannot stand in a document though it could be stored."""
    if found := _TURNING.search(text):
        return f"含有改变文字方向的控制字符 U+{ord(found[0]):04X}，请删去。"
    if found := _BREAKING.search(text):
        return f"含有换行控制字符 U+{ord(found[0]):04X}，请删去。"
    if found := _PICTOGRAPH.search(text):
        return f"含有不能印刷的表情符号“{found[0]}”（U+{ord(found[0]):04X}），请删去。"
    return ""


class BulletinForm(DocumentTextForm):
    """The series: its slug becomes part of public addresses."""

    class Meta:
        model = Bulletin
        fields = "__all__"  # noqa: DJ007 - the admin's fieldsets say which are shown
        help_texts: ClassVar = {
            "audience": "由内部改为公开后，以前印发的各期也随之公开，请先逐期核对"
        }

    def clean_slug(self) -> str:
        """Refuse the words other addresses begin with, and to move what is out."""
        slug: str = self.cleaned_data["slug"]
        if slug in addresses.RESERVED:
            raise forms.ValidationError("这个网址名已被系统占用，请换一个。")
        is_changed = self.instance.pk is not None and "slug" in self.changed_data
        if is_changed and self.instance.issues.exclude(number=None).exists():
            raise forms.ValidationError("已有印发的简报，网址不能再改。")
        return slug

    def clean_audience(self) -> str:
        """Keep a series inside that has carried a secrecy mark."""
        audience: str = self.cleaned_data["audience"]
        if audience == Bulletin.Audience.PUBLIC and self.instance.pk is not None:
            classified = self.instance.issues.exclude(secrecy="").first()
            if classified is not None and "audience" in self.changed_data:
                raise forms.ValidationError(
                    f"{classified.label}标有密级，这份简报不能公开。"
                )
        return audience


class SectionForm(DocumentTextForm):
    """A 栏目; its name and its kind become part of every text that uses it."""

    class Meta:
        model = Section
        fields: ClassVar = ["position", "name", "kind", "show_heading"]

    def clean_kind(self) -> str:
        """Keep the kind once there are items: those of the other have no place here."""
        kind: str = self.cleaned_data["kind"]
        section = self.instance
        if section.pk is None or "kind" not in self.changed_data:
            return kind
        # What was taken out is put back as what it was.
        of_this_kind = (section.articles, section.brief_items, section.removed_items)
        if any(items.exists() for items in of_this_kind):
            raise forms.ValidationError(
                "这个栏目已有内容，不能改内容的种类；请另设栏目。"
            )
        return kind


class IssueForm(DocumentTextForm):
    """What the clerk decides of an issue; the workflow fills in the rest."""

    texts_with_breaks = frozenset({"editors_note"})

    class Meta:
        model = Issue
        fields: ClassVar = [
            "bulletin",
            "kind",
            "planned_number",
            "planned_total_number",
            "date",
            "secrecy",
            "copy_number",
            "urgency",
            "editors_note",
            "copies",
            "signatory",
            "editor",
        ]

    def clean(self) -> dict[str, Any]:
        """Say at once when the planned number is another issue's."""
        cleaned = super().clean()
        self._check_bounds(cleaned)
        bulletin = cleaned.get("bulletin") or getattr(self.instance, "bulletin", None)
        if bulletin is None or cleaned.get("planned_number") is None:
            return cleaned
        if self.errors.keys() & {"planned_number", "date", "kind"}:
            return cleaned
        self._check_number(cleaned, bulletin)
        return cleaned

    def _check_number(self, cleaned: dict[str, Any], bulletin: Bulletin) -> None:
        """Refuse a number that another issue has or plans, or that is void."""
        number, kind = cleaned["planned_number"], cleaned.get("kind")
        # Without a date of its own it goes out this year, as far as anybody knows.
        date = cleaned.get("date") or timezone.localdate()
        document = IssueDocument(
            bulletin=masthead_of(bulletin),
            kind=IssueKind(kind or self.instance.kind),
            number=number,
            date=date,
        )
        others = [i for i in issues_numbered(bulletin, document) if i != self.instance]
        if others:
            state = others[0].get_status_display()
            self.add_error(
                "planned_number", f"这个期号已被占用（{others[0]}，{state}）。"
            )
            return
        year = workflow.series_year(bulletin, date)
        series = {"kind": document.kind.value, "series_year": year, "number": number}
        if voided := bulletin.voided_numbers.filter(**series).first():
            self.add_error(
                "planned_number", f"这个期号已经作废（{voided.reason}），请改用别的。"
            )

    def clean_planned_total_number(self) -> int | None:
        """Refuse a total that another issue of the bulletin has or plans."""
        total: int | None = self.cleaned_data["planned_total_number"]
        bulletin = self.cleaned_data.get("bulletin") or (
            self.instance.bulletin if self.instance.pk else None
        )
        if total is None or bulletin is None:
            return total
        has = Q(total_number=total) | Q(total_number=None, planned_total_number=total)
        other = bulletin.issues.filter(has).exclude(pk=self.instance.pk).first()
        if other is not None:
            state = other.get_status_display()
            raise forms.ValidationError(f"这个总期号已被占用（{other}，{state}）。")
        return total

    def clean_editors_note(self) -> str:
        """Drop the label, which print adds."""
        first, line_feed, rest = self.cleaned_data["editors_note"].partition("\n")
        if (start := note_start(first.strip())) is None:
            return f"{first}{line_feed}{rest}"
        return f"{start[1]}{line_feed}{rest}"

    def _check_bounds(self, cleaned: dict[str, Any]) -> None:
        """Say at its field what no document, and no row, can hold."""
        for name in ("planned_number", "planned_total_number", "copies"):
            number = cleaned.get(name)
            if number is not None and not 1 <= number <= MAX_NUMBER:
                self.add_error(name, f"应在 1 至 {MAX_NUMBER} 之间。")
        date = cleaned.get("date")
        if date is not None and not FIRST_YEAR <= date.year <= LAST_YEAR:
            self.add_error("date", f"年份应在 {FIRST_YEAR} 至 {LAST_YEAR} 之间。")


class ItemForm(DocumentTextForm):
    """An item of an issue; it may be unfinished, what is there must be right."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Let too long a text in: the browser would cut it off without a word."""
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, forms.CharField):
                field.widget.attrs.pop("maxlength", None)
                field.error_messages["max_length"] = (
                    "太长了（%(show_value)d字，最多%(limit_value)d字）。"
                )
        # Of what is only read there are none.
        if source := self.fields.get("source"):
            source.widget.attrs["list"] = "units"
        if section := self.fields.get("section"):
            section.error_messages["invalid_choice"] = (
                "这个栏目不属于本简报，或者不是这一类内容的栏目，请重新选择。"
            )


class ArticleForm(ItemForm):
    """An article; its body is cleaned whatever the browser sent."""

    texts_with_breaks = frozenset({"title"})

    class Meta:
        model = Article
        fields: ClassVar = ["title", "section", "source", "contents_title", "body"]
        widgets: ClassVar = {
            "title": UnfoldAdminTextareaWidget(attrs={"rows": 2}),
            "body": BodyWidget(),
        }

    def clean_contents_title(self) -> str:
        """Keep it only where it differs: else it follows the title."""
        wording: str = self.cleaned_data["contents_title"]
        plain = "".join(
            line.strip() for line in self.cleaned_data.get("title", "").splitlines()
        )
        return "" if wording == plain else wording


class BriefItemForm(ItemForm):
    """A brief item: plain text on one line."""

    class Meta:
        model = BriefItem
        fields: ClassVar = ["lead", "text", "section", "source"]
        widgets: ClassVar = {"text": UnfoldAdminTextareaWidget(attrs={"rows": 5})}

    def clean_lead(self) -> str:
        """Drop the full stop, which print adds."""
        lead: str = self.cleaned_data["lead"]
        return lead.removesuffix("。")

    def clean_text(self) -> str:
        """Join the lines: a brief item is one paragraph."""
        text: str = self.cleaned_data["text"]
        return "".join(line.strip() for line in text.splitlines())


class PastedBriefForm(BriefItemForm):
    """One of several brief items that were pasted; the section is chosen for all."""

    is_kept = forms.BooleanField(label="加入", required=False, initial=True)

    class Meta(BriefItemForm.Meta):
        fields: ClassVar = ["lead", "text", "source"]


class BriefSectionForm(forms.Form):
    """The section that pasted brief items come under."""

    section = forms.ModelChoiceField(
        label="栏目",
        queryset=Section.objects.none(),
        empty_label=None,
        error_messages={
            "required": "请选择栏目；没有简讯栏目的，请先在简报设置中添加。",
            "invalid_choice": "这个栏目不属于本简报，或者不是简讯栏目，请重新选择。",
        },
    )

    def __init__(self, issue: Issue, *args: Any, **kwargs: Any) -> None:
        """Offer the sections of brief items of the issue's bulletin."""
        super().__init__(*args, **kwargs)
        section = self.fields["section"]
        assert isinstance(section, forms.ModelChoiceField)  # noqa: S101 - above
        section.queryset = issue.bulletin.sections.filter(kind=Section.Kind.BRIEFS)


class PositionField(forms.IntegerField):
    """Where a row stands among others; left empty, it is to stand last."""

    def __init__(self) -> None:
        """Say so where nothing is filled in."""
        super().__init__(
            label="顺序",
            required=False,
            min_value=1,
            max_value=9999,
            widget=UnfoldAdminIntegerFieldWidget(attrs={"placeholder": "排在最后"}),
        )


class RecipientForm(DocumentTextForm):
    """A line of 报 / 送 / 发; left empty, the position is after the last of its tier."""

    position = PositionField()

    class Meta:
        model = Recipient
        fields: ClassVar = ["tier", "position", "name", "copies", "email"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Leave the place of a new line open: the table's default is no wish."""
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            self.initial["position"] = None

    def clean(self) -> dict[str, Any]:
        """Put a line without a position after those already in its tier."""
        cleaned = super().clean()
        copies = cleaned.get("copies")
        if copies is not None and not 1 <= copies <= MAX_NUMBER:
            # The rule of the table would say it above the row.
            self.add_error("copies", f"应在 1 至 {MAX_NUMBER} 之间。")
        if cleaned.get("position") is None and "position" not in self.errors:
            cleaned["position"] = 1 + self._last_position(cleaned.get("tier", ""))
        return cleaned

    def _last_position(self, tier: str) -> int:
        owner = {"issue": self.instance.issue_id, "bulletin": self.instance.bulletin_id}
        others = Recipient.objects.filter(tier=tier, **owner).exclude(
            pk=self.instance.pk
        )
        return others.aggregate(last=Max("position"))["last"] or 0


# --- review -----------------------------------------------------------------------


class MoveForm(forms.Form):
    """What comes with a move: the opinion, and what the person had before their eyes."""

    seen = forms.IntegerField(
        label="本页",
        min_value=0,
        max_value=2**63 - 1,
        required=False,
        error_messages={"invalid": "已过期，请刷新后再办"},
    )
    text = forms.CharField(label="本页内容", max_length=64, required=False)
    comment = forms.CharField(label="意见", max_length=MAX_NOTE, required=False)
    phrases = forms.MultipleChoiceField(label="常用意见", required=False)
    at = forms.DateTimeField(label="印发时间", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the office's common opinions."""
        super().__init__(*args, **kwargs)
        phrases = self.fields["phrases"]
        assert isinstance(phrases, forms.MultipleChoiceField)  # noqa: S101 - above
        phrases.choices = [
            (text, text) for text in Phrase.objects.values_list("text", flat=True)
        ]

    @property
    def seen_event(self) -> int:
        """Return the last event seen; a page that does not say has seen none."""
        return self.cleaned_data.get("seen") or 0

    @property
    def opinion(self) -> str:
        """Return the phrases that were tapped and what was typed, as one opinion."""
        parts = [*self.cleaned_data["phrases"], self.cleaned_data["comment"]]
        *first, last = [part for part in parts if part] or [""]
        return "；".join([*(part.rstrip("。；") for part in first), last])


class RemarkForm(forms.ModelForm[Remark]):
    """A remark on a place of the text."""

    class Meta:
        model = Remark
        fields: ClassVar = ["anchor", "quote", "text"]


class VoidNumberForm(forms.Form):
    """A number of a series that will not be used, and why."""

    kind = forms.ChoiceField(label="类别", choices=Issue.Kind.choices)
    year = forms.IntegerField(label="编号年度", min_value=0, max_value=LAST_YEAR)
    number = forms.IntegerField(label="期号", min_value=1, max_value=MAX_NUMBER)
    reason = forms.CharField(label="原因", max_length=MAX_LINE, required=False)


# --- accounts ---------------------------------------------------------------------


class GroupForm(forms.ModelForm[Group]):
    """A group of accounts, and how its members sign in."""

    requires_code = forms.BooleanField(
        label="须用动态验证码登录",
        required=False,
        help_text="组内的人下次登录时，除密码外还要输入手机上的 6 位数字",
        widget=UnfoldBooleanWidget,
    )

    class Meta:
        model = Group
        fields: ClassVar = ["name", "permissions"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Show what the group asks for now."""
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None:
            rule = CodeRule.objects.filter(group=self.instance)
            self.fields["requires_code"].initial = rule.exists()
