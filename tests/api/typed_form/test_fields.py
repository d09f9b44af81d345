"""Fields from a type, what they say when they are filled in badly, and what is never drawn."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import pytest

from api.typed_form.fields import FIELDS_MAX, Field, Kind, schema_of, sheet
from api.typed_form.form import ROWS_MAX, SecretChange, draw, judged, take
from core.errors import InputError
from core.rules.records import RecordType
from plugins import Secret as PluginSecret
from plugins.confined.types import described, made
from tests.api.typed_form.browser import html_of, posted, sent

Meta = msgspec.Meta
Secret = Annotated[str, Meta(extra={"secret": True})]


class Lens(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A lens. ``axis``: where the cylinder lies. What ``power`` is needs no words."""

    axis: Annotated[int, Meta(ge=0, le=180)]
    power: Annotated[float, Meta(gt=-30, lt=30, multiple_of=0.25)] = 0.0


class Everything(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    visit_kind: Literal["new_patient", "follow_up"]
    seen: bool
    initials: Annotated[str, Meta(min_length=2, max_length=3, pattern="^[A-Z]+$")]
    floor: Annotated[int, Meta(ge=1)]
    ceiling: Annotated[int, Meta(lt=10)]
    on: date
    rate: Decimal
    fee_cents: Annotated[int, Meta(ge=0, le=100_000, title="Charge", description="Before taxes")]
    codes: Annotated[tuple[Annotated[int, Meta(le=9)], ...], Meta(min_length=1, max_length=2)]
    days: Annotated[tuple[Literal["mon", "tue"], ...], Meta(min_length=1)]
    lenses: Annotated[tuple[Lens, ...], Meta(min_length=1)]
    by_eye: dict[str, int]


FORM = sheet(schema_of(Everything))
ANSWER = {
    "f.visit_kind": "follow_up", "f.seen": "yes", "f.initials": "AB", "f.floor": "3",
    "f.ceiling": "9", "f.on": "1/31/2026", "f.rate": "1.25", "f.fee_cents": "$12.50",
    "f.codes": "1\n2\n", "f.days?ticks": "1", "f.days": "tue", "f.lenses?rows": "1",
    "f.lenses.0.axis": "90", "f.lenses.0.power": "-0.25", "f.by_eye": '{"left": 1}',
}  # fmt: skip


def answered(**changes: str) -> Any:
    items = {**ANSWER, **{f"f.{name.replace('__', '.')}": text for name, text in changes.items()}}
    posted_items = {name: [text] for name, text in items.items()}
    return judged(FORM, take(FORM, {}, posted_items), Everything)


def test_a_form_filled_in_well_is_the_value() -> None:
    found = answered()
    assert not found.errors
    assert msgspec.convert(found.value, Everything) == Everything(
        visit_kind="follow_up", seen=True, initials="AB", floor=3, ceiling=9,
        on=date(2026, 1, 31), rate=Decimal("1.25"), fee_cents=1250, codes=(1, 2), days=("tue",),
        lenses=(Lens(90, -0.25),), by_eye={"left": 1},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("visit_kind", "", "Visit kind: one of the choices listed"),
        ("visit_kind", "emergency", "Visit kind: one of the choices listed"),
        ("seen", "", "Seen: yes or no"),
        ("seen", "perhaps", "Seen: yes or no"),
        ("initials", "", "Initials: is to be filled in"),
        ("initials", "ABCD", "Initials: text of 2 to 3 characters"),
        ("initials", "ab", "Initials: this is not taken as it stands"),
        ("floor", "0", "Floor: a whole number of at least 1"),
        ("floor", "1.5", "Floor: a whole number of at least 1"),
        ("floor", "٣", "Floor: a whole number of at least 1"),
        ("ceiling", "10", "Ceiling: a whole number of at most 9"),
        ("on", "31.1.2026", "On: a day such as 2026-01-31"),
        ("on", "2026-02-30", "On: a day such as 2026-01-31"),
        ("rate", "a lot", "Rate: a decimal number such as 1.25"),
        ("rate", "Infinity", "Rate: a decimal number such as 1.25"),
        (
            "fee_cents",
            "1000.01",
            "Charge: an amount in dollars such as 12.50, from 0.00 to 1000.00",
        ),
        (
            "codes",
            "1\n10",
            "Codes: line 2: a whole number of at most 9",
        ),
        ("codes", "1\n2\n3", "Codes: a whole number of at most 9, one a line, 1 to 2 of them"),
        ("days", "sun", "Days: some of the choices listed, at least 1 of them"),
        ("lenses__0__axis", "200", "Axis: a whole number from 0 to 180"),
        ("lenses__0__axis", "", "Axis: a whole number from 0 to 180"),
        (
            "lenses__0__power",
            "0.3",
            "Power: a number above -30 and below 30, in steps of 0.25",
        ),
        ("by_eye", "{", "By eye: this is no JSON"),
        ("by_eye", '{"left": "x"}', "By eye: this is not taken as it stands"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_in_words(name: str, text: str, said: str) -> None:
    found = answered(**{name: text})
    assert found.errors == {f"f.{name.replace('__', '.')}": said}
    if text:
        assert text not in said


def test_several_faults_are_told_at_once_and_what_was_typed_stands_there_again() -> None:
    items = {name: [text] for name, text in ANSWER.items()}
    items |= {"f.floor": ["none"], "f.lenses.0.axis": ["<b>"], "f.days": []}
    found = take(FORM, {}, items)
    assert set(found.errors) == {"f.floor", "f.lenses.0.axis", "f.days"}
    page = html_of(draw(FORM, {}, posted=items, errors=found.errors))
    assert page.count('aria-invalid="true"') == 2
    assert 'value="none"' in page
    assert "&lt;b&gt;" in page
    assert "<b>" not in page


def test_labels_and_help_are_the_types_own_words() -> None:
    by_key = {one.key: one for one in FORM.fields}
    assert by_key["fee_cents"].label == "Charge"
    assert by_key["fee_cents"].help == "Before taxes"
    item = by_key["lenses"].item
    assert item is not None
    axis, power = item.fields
    assert (axis.help, power.help) == ("Where the cylinder lies", "")
    assert item.help == "A lens. What power is needs no words."
    assert [one.words for one in by_key["visit_kind"].options] == ["new patient", "follow up"]


def test_a_type_of_a_plugin_in_a_process_of_its_own_has_the_same_form() -> None:
    for kind, secrets in ((Everything, False), (Settings, True), (Optional, False)):
        crossed = msgspec.json.decode(msgspec.json.encode(described(kind)))
        there, here = (sheet(schema_of(one), secrets=secrets) for one in (made(crossed), kind))
        assert [alike(one) for one in there.fields] == [alike(one) for one in here.fields]


def alike(field: Field) -> object:
    """A field with its choices in one order: on the way they lose their author's."""
    options = tuple(sorted(field.options, key=lambda one: one.code))
    return msgspec.structs.replace(
        field,
        options=options,
        default=repr(field.default),
        item=alike(field.item) if field.item else None,
        fields=tuple(map(alike, field.fields)),
    )


class Optional(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    spare: Lens | None = None
    lenses: tuple[Lens, ...] = ()


def test_a_group_is_entered_and_taken_away_and_rows_too() -> None:
    form = sheet(schema_of(Optional))
    empty = posted(sent(html_of(draw(form, {}))))
    assert take(form, {}, empty).value == {}
    given = {**empty, "f.spare?given": ["yes"], "f.spare.axis": ["5"], "f.lenses?rows": ["2"]}
    given |= {"f.lenses.0.axis": ["1"], "f.lenses.1.axis": ["2"]}
    value = take(form, {}, given).value
    assert msgspec.convert(value, Optional) == Optional(Lens(5), (Lens(1), Lens(2)))
    again = posted(sent(html_of(draw(form, value))))
    again |= {"f.spare?given": ["no"], "f.lenses.0?remove": ["yes"]}
    left = take(form, value, again)
    assert not left.errors
    assert msgspec.convert(left.value, Optional) == Optional(None, (Lens(2),))


def test_a_further_row_is_drawn_empty_below_what_was_typed() -> None:
    form = sheet(schema_of(Optional))
    items = {"f.lenses?rows": ["1"], "f.lenses.0.axis": ["7"]}
    page = html_of(draw(form, {}, posted=items, more="f.lenses"))
    assert 'name="f.lenses.0.axis" type="text" value="7"' in page
    assert 'name="f.lenses.1.axis" type="text" value=""' in page
    assert 'name="f.lenses?rows" value="2"' in page


class Named(msgspec.Struct):
    name: Annotated[str, Meta(pattern="^[a-z]+$")]


class Several(msgspec.Struct):
    rows: tuple[Named, ...]


def test_the_place_of_a_fault_behind_a_removed_row_is_its_own_row() -> None:
    form = sheet(schema_of(Several))
    before = {"rows": [{"name": "a"}, {"name": "b"}]}
    items = {"f.rows?rows": ["2"], "f.rows.0?remove": ["yes"], "f.rows.1.name": ["B"]}
    found = judged(form, take(form, before, items), Several)
    assert set(found.errors) == {"f.rows.1.name"}


@pytest.mark.parametrize(
    "items",
    [
        {"f.nobodys": ["1"]},
        {"f.lenses.0.axis": ["1"]},
        {"f.lenses?rows": ["0"], "f.lenses.0.axis": ["1"]},
        {"f.lenses?rows": [str(ROWS_MAX + 1)]},
        {"f.lenses?rows": ["-1"]},
        {"f.lenses?rows": ["1", "1"]},
        {"f.spare?given": ["maybe"]},
        {"f.spare.axis": ["1", "2"], "f.spare?given": ["yes"]},
        {f"f.x{place}": [""] for place in range(2_001)},
    ],
)
def test_a_post_that_no_form_of_ours_sends_is_refused(items: dict[str, list[str]]) -> None:
    with pytest.raises(InputError, match="this form was sent with"):
        take(sheet(schema_of(Optional)), {}, items)


class Odd(msgspec.Struct):
    note: str = ""


def test_a_text_that_no_browser_sends_back_is_kept() -> None:
    form = sheet(schema_of(Odd))
    for note, is_kept in (("a\rb", False), ("x" * 2_001, True), ("\x00", False)):
        page = html_of(draw(form, {"note": note}))
        assert ("kept as it is" in page) is is_kept
        assert take(form, {"note": note}, posted(sent(page))).value == {"note": note}


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    office: str = ""
    api_key: Secret = ""
    marked: Annotated[str, Meta(extra_json_schema={"writeOnly": True})] | None = None


def test_a_secret_is_never_drawn_and_never_part_of_the_value() -> None:
    form = sheet(schema_of(Settings), secrets=True)
    assert [one.kind for one in form.fields] == [Kind.TEXT, Kind.SECRET, Kind.SECRET]
    before = {"office": "North", "api_key": "kept-elsewhere", "marked": "also"}
    page = html_of(draw(form, before, secrets_set=["api_key"]))
    assert "kept-elsewhere" not in page
    assert "also" not in page
    assert page.count(">set<") == page.count(">not set<") == 1
    untouched = take(form, before, posted(sent(page)))
    assert (untouched.value, untouched.secrets) == ({"office": "North"}, ())
    items = {"f.api_key": ["new"], "f.marked?remove": ["yes"]}
    found = take(form, before, items)
    assert found.secrets == (
        SecretChange(key="api_key", text="new"),
        SecretChange(key="marked", text=""),
    )
    again = html_of(draw(form, before, posted=items, errors={"f.office": "no"}))
    assert 'value="new"' not in again
    both = take(form, {}, {"f.api_key": ["new"], "f.api_key?remove": ["yes"]})
    assert both.errors == {"f.api_key": "Api key: either a new one, or none"}
    assert both.secrets == ()


class Below(msgspec.Struct):
    inner: Settings | None = None


class InAList(msgspec.Struct):
    keys: dict[str, Annotated[str, Meta(extra_json_schema={"writeOnly": True})]] = {}


def test_a_secret_where_it_would_be_shown_is_refused() -> None:
    for kind in (Below, InAList):
        with pytest.raises(InputError, match="a secret stands among the settings"):
            sheet(schema_of(kind), secrets=True)
    with pytest.raises(InputError, match="a record has no secrets"):
        sheet(schema_of(Settings))


class Tree(msgspec.Struct):
    name: str = ""
    below: tuple[Tree, ...] = ()


def test_a_type_within_itself_is_asked_as_json() -> None:
    form = sheet(schema_of(Tree))
    assert [one.kind for one in form.fields] == [Kind.TEXT, Kind.JSON]


def nested(depth: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "integer"}
    for _ in range(depth):
        schema = {"type": "object", "properties": {"in": {"type": "array", "items": schema}}}
    return schema


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string"},
        {},
        {"$ref": "#/$defs/Nobody"},
        {"$ref": "https://elsewhere.example/schema"},
        {"type": "object", "properties": {f"x{n}": {} for n in range(FIELDS_MAX + 1)}},
        {
            "type": "object",
            "properties": {f"x{n}": {"$ref": "#/$defs/A"} for n in range(60)},
            "$defs": {
                "A": {"type": "object", "properties": {f"y{n}": {} for n in range(60)}},
            },
        },
    ],
)
def test_a_schema_that_is_no_form_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        sheet(schema)


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#/$defs/A"},
        {"type": "object"},
        {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}},
        {"enum": []},
        {"enum": "all"},
        {"enum": [{"a": 1}]},
        {"enum": [1, "1"]},
        {"enum": list(range(1_000))},
        {"anyOf": [{"type": "integer"}, {"type": "string"}]},
        {"anyOf": "any"},
        {"type": ["string", "null"]},
        {"type": "integer", "minimum": "0"},
        nested(40)["properties"]["in"],
    ],
)
def test_an_odd_part_of_a_schema_gets_a_field_and_no_fault(schema: dict[str, Any]) -> None:
    whole = {
        "type": "object",
        "properties": {"odd": schema, "a.b?c": {"type": "string"}},
        "$defs": {"A": {"$ref": "#/$defs/A"}},
    }
    form = sheet(whole)
    page = html_of(draw(form, {}))
    found = take(form, {}, {**posted(sent(page)), "f.a%2Eb%3Fc": ["x"]})
    assert not found.errors
    assert found.value == {"a.b?c": "x"}


def test_the_examples_of_the_page_for_partners_are_a_form_and_a_record() -> None:
    page = Path(__file__).parents[3].joinpath("docs", "partners.md").read_text(encoding="utf-8")
    settings, record = re.findall(r"```py\n(.*?)```", page, re.DOTALL)
    names = {
        "msgspec": msgspec,
        "Annotated": Annotated,
        "Literal": Literal,
        "Secret": PluginSecret,
        "Site": Lens,
        "RecordType": RecordType,
        "Refraction": Lens,
    }
    exec(compile(settings, "partners.md", "exec", dont_inherit=True), names)
    form = sheet(schema_of(names["Settings"]), secrets=True)
    assert [(one.label, one.kind.value) for one in form.fields] == [
        ("Severity", "choice"),
        ("Follow up days", "whole"),
        ("Limit for eyewear", "money"),
        ("Sites", "rows"),
        ("Account key", "secret"),
    ]
    assert form.help == "How Vision works here."
    assert form.fields[1].help == "How long a follow-up belongs to the first visit"
    told = eval(compile(record.strip(), "partners.md", "eval"), names)
    assert told.upgrade(1, {"axis": 3}) == {"axis": 3, "eye": "both"}
