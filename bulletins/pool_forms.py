"""What is typed about contributions, units, lists and the lexicon, checked at its field."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Max, Q
from django.utils import timezone
from unfold.widgets import (
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from bulletins.bounds import FIRST_YEAR, LAST_YEAR, MAX_LINE, MAX_NOTE
from bulletins.document import DocumentError, check_text
from bulletins.editor import BodyWidget
from bulletins.forms import DocumentTextForm, PositionField, SectionForm
from bulletins.models import (
    Contribution,
    Issue,
    Recipient,
    ReviewStep,
    Section,
    Term,
    Unit,
)
from bulletins.reading import ReadError
from bulletins.reading.recipients import RecipientList, read_pasted, read_table
from bulletins.reading.spreadsheets import MAX_BYTES, read_spreadsheet


class UnitField(forms.CharField):
    """The name of a unit: one of the office's, or a new one as it is typed."""

    widget = UnfoldAdminTextInputWidget

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=MAX_LINE, **kwargs)
        self.widget.attrs.update({"list": "units", "autocomplete": "off"})

    def clean(self, value: str | None) -> str:
        """Return the name; raises ValidationError for what no unit can be called."""
        name: str = super().clean(value)
        try:
            check_text(name, "供稿单位", MAX_LINE)
        except DocumentError as error:
            raise forms.ValidationError(f"{error}。") from None
        return name


def unit_called(name: str) -> Unit | None:
    """Return the unit of this full or short name; the full name goes first."""
    found = Unit.objects.filter(Q(name=name) | Q(short_name=name))
    return min(found, key=lambda unit: unit.name != name, default=None)


class ContributionForm(DocumentTextForm):
    """A piece as it came in."""

    unit_name = UnitField(
        label="供稿单位",
        help_text="从列出的单位中选，或直接填写；没有的单位会自动建立",
    )

    class Meta:
        model = Contribution
        fields: ClassVar = ["received_on", "author", "phone", "title", "body"]
        widgets: ClassVar = {"body": BodyWidget()}

    # Whether the person may make units; the admin sets it for each request.
    may_add_unit: ClassVar[bool] = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        piece = self.instance
        # Read only, the form has no fields.
        if "unit_name" not in self.fields:
            return
        if piece.pk is None:
            self.fields["received_on"].initial = timezone.localdate()
        else:
            self.fields["unit_name"].initial = piece.unit_name

    def clean_received_on(self) -> Any:
        """Refuse a date that no office of today can mean."""
        date = self.cleaned_data["received_on"]
        if not FIRST_YEAR <= date.year <= LAST_YEAR:
            raise forms.ValidationError(f"年份应在 {FIRST_YEAR} 至 {LAST_YEAR} 之间。")
        return date

    def clean_unit_name(self) -> str:
        """Find the unit, or see to it that a new one may be made."""
        name: str = self.cleaned_data["unit_name"]
        unit = unit_called(name) if name else None
        if name and unit is None and not self.may_add_unit:
            raise forms.ValidationError("没有这个供稿单位，您没有新建单位的权限。")
        # A new one is made when the piece is saved.
        self.instance.unit = unit or (Unit(name=name) if name else None)
        return name


class UnitForm(DocumentTextForm):
    """A unit; left empty, its place is after the last one."""

    position = PositionField()

    class Meta:
        model = Unit
        fields: ClassVar = [
            "name",
            "short_name",
            "contact",
            "phone",
            "position",
            "is_active",
        ]

    def clean_position(self) -> int:
        """Put a unit without a place after the last one."""
        position: int | None = self.cleaned_data["position"]
        if position is not None:
            return position
        return 1 + (Unit.objects.aggregate(last=Max("position"))["last"] or 0)


class OrderedSectionForm(SectionForm):
    """A 栏目; left empty, its place is after the last one of its bulletin."""

    position = PositionField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            self.initial.pop("position", None)

    def clean_position(self) -> int:
        """Put a section without a place after the last one."""
        position: int | None = self.cleaned_data["position"]
        if position is not None:
            return position
        sections = Section.objects.filter(bulletin=self.instance.bulletin_id)
        return 1 + (sections.aggregate(last=Max("position"))["last"] or 0)


class ReviewStepForm(DocumentTextForm):
    """A signature on the way; its table puts one without a place after the last one."""

    position = PositionField()

    class Meta:
        model = ReviewStep
        fields: ClassVar = ["position", "name", "group"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Leave a new row empty: one that is only half filled is told from one unused."""
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            self.initial = {**self.initial, "position": None, "name": ""}


class TermForm(DocumentTextForm):
    """A standing phrase and the forms it is not to have, one a line."""

    texts_with_breaks = frozenset({"wrong"})

    class Meta:
        model = Term
        fields: ClassVar = ["text", "wrong", "note"]
        widgets: ClassVar = {"wrong": UnfoldAdminTextareaWidget(attrs={"rows": 5})}

    def clean(self) -> dict[str, Any]:
        """Refuse as wrong what is right, here or in another phrase."""
        cleaned = super().clean()
        if self.errors:
            return cleaned
        forms_of_it = list(dict.fromkeys(cleaned["wrong"].split("\n")))
        cleaned["wrong"] = "\n".join(form for form in forms_of_it if form)
        if cleaned["text"] in forms_of_it:
            self.add_error("wrong", "规范写法本身不能列为不规范的写法。")
        if long := next((form for form in forms_of_it if len(form) > MAX_LINE), None):
            self.add_error("wrong", f"“{long[:20]}…”过长，每行最多{MAX_LINE}字。")
        others = Term.objects.exclude(pk=self.instance.pk)
        for other in others.filter(text__in=forms_of_it):
            self.add_error("wrong", f"“{other.text}”是另一条规范用语的规范写法。")
        return cleaned


class DeclineForm(forms.Form):
    """Why a piece is not used."""

    reason = forms.CharField(label="原因", max_length=MAX_NOTE)


class PlaceField(forms.ChoiceField):
    """An open issue and one of its sections, chosen at once."""

    def place(self, value: str) -> tuple[Issue, Section]:
        """Return what a valid choice stands for."""
        return self._places[value]

    def offer(self, issues: Iterable[Issue]) -> None:
        """Offer the sections of these issues, whose bulletins' are fetched."""
        self._places = {
            f"{issue.pk}-{section.pk}": (issue, section)
            for issue in issues
            for section in issue.bulletin.sections.all()
        }
        groups: dict[str, list[tuple[str, str]]] = {}
        for value, (issue, section) in self._places.items():
            groups.setdefault(str(issue), []).append((value, str(section)))
        self.choices = [("", "请选择"), *groups.items()]


class AdoptForm(forms.Form):
    """Where a piece goes; ``again`` is ticked by who knows that it stands elsewhere."""

    place = PlaceField(label="采用到")
    again = forms.BooleanField(required=False)

    def __init__(self, issues: Iterable[Issue], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.place_field.offer(issues)

    @property
    def place_field(self) -> PlaceField:
        """Return the field by its own type."""
        field = self.fields["place"]
        assert isinstance(field, PlaceField)  # noqa: S101 - declared above
        return field

    @property
    def chosen(self) -> tuple[Issue, Section]:
        """Return the issue and the section of a valid form."""
        return self.place_field.place(self.cleaned_data["place"])


class PiecesField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Pieces by their keys; what can be no key is none of them."""

    def clean(self, value: Any) -> Any:
        keys = [key for key in value or [] if key.isascii() and key.isdecimal()]
        return super().clean([key for key in keys if len(key) < 19])


class TakeForm(forms.Form):
    """Which of the waiting pieces go into an issue, and under which section."""

    section = forms.ModelChoiceField(label="栏目", queryset=Section.objects.none())
    pieces = PiecesField(
        label="稿件",
        queryset=Contribution.objects.all(),
        error_messages={"required": "请先勾选要采用的稿件。"},
    )

    def __init__(self, issue: Issue, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        section = self.fields["section"]
        assert isinstance(section, forms.ModelChoiceField)  # noqa: S101 - above
        section.queryset = issue.bulletin.sections.all()


class RecipientsForm(forms.Form):
    """A list to be taken in: pasted, or in a file. ``found`` is what was read."""

    REPLACE = "replace"
    MODES = (
        ("append", "追加：原有的保留，名称相同的按新的份数更新"),
        (REPLACE, "替换：名单中出现的类别整个换成新的，没有出现的类别不动"),
    )

    text = forms.CharField(
        label="粘贴名单", max_length=400_000, required=False, strip=False
    )
    file = forms.FileField(label="或选择文件", required=False, allow_empty_file=True)
    tier = forms.ChoiceField(
        label="没有写明类别的归入",
        choices=Recipient.Tier.choices,
        required=False,
    )
    mode = forms.ChoiceField(label="导入方式", choices=MODES)
    found: RecipientList

    def clean(self) -> dict[str, Any]:
        """Read the one or the other; what cannot be read at all is said at its field."""
        cleaned = super().clean() or self.cleaned_data
        text, file = cleaned.get("text") or "", cleaned.get("file")
        if self.errors:
            return cleaned
        if file is not None and text.strip():
            self.add_error("file", "粘贴的名单和文件只能选一样。")
        elif file is not None:
            self._read("file", lambda tier: _read_upload(file, tier))
        else:
            self._read("text", lambda tier: read_pasted(text, tier))
        return cleaned

    def _read(self, name: str, read: Callable[[str], RecipientList]) -> None:
        tier = self.cleaned_data.get("tier") or Recipient.Tier.REPORT.value
        try:
            self.found = read(tier)
        except ReadError as error:
            self.add_error(name, f"{error}。")

    @property
    def replaces(self) -> bool:
        """Return whether the tiers that occur are replaced."""
        return bool(self.cleaned_data["mode"] == self.REPLACE)


def _read_upload(file: UploadedFile, tier: str) -> RecipientList:
    size = file.size or 0
    if size > MAX_BYTES:
        raise ReadError(f"文件过大（{size / 1024 / 1024:.1f} MB），不应超过 2 MB")
    return read_table(read_spreadsheet(file.name or "", file.read()), tier)
