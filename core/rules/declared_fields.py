"""Every field of a claim that a declared rule may ask for, with its type and what may be done.

Made from the types of the claim itself, so that a field of a claim is a field here. Names and
numbers of people can be asked for presence only: a rule is no place for health information.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from functools import cache
from operator import attrgetter
from typing import Any

import msgspec
from msgspec import inspect

from core.claims.claim import Claim, ServiceLine
from core.claims.parties import Value
from core.dates import age_on
from core.rules.facts import Authorization


class FieldType(StrEnum):
    """What a field holds, and with it how a value is written."""

    TEXT = "text"
    CHOICE = "choice"
    MONEY = "money"
    NUMBER = "number"
    DAY = "day"
    FLAG = "flag"


class Setting(StrEnum):
    """Whether a rule may set the field."""

    NEVER = "never"
    BY_PERSON = "by a person"
    """Only as a suggestion of a rule that holds the claim: somebody confirms it."""
    QUIETLY = "yes"
    """Administrative: set before pricing, with a trace."""


class View(msgspec.Struct, frozen=True):
    """What a condition looks at: the claim, a line of it or None, today, and authorizations."""

    claim: Claim
    line: ServiceLine | None
    as_of: date
    authorizations: tuple[Authorization, ...] = ()


Scalar = str | int | Decimal | date | bool
Reader = Callable[[View], tuple[Scalar, ...]]


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One field. ``many``: it may have several values. ``presence_only``: it names a person."""

    path: str
    type: FieldType
    read: Reader
    of_line: bool = False
    many: bool = False
    presence_only: bool = False
    choices: tuple[str, ...] = ()
    setting: Setting = Setting.NEVER
    needs_authorizations: bool = False
    meaning: str = ""


# What names a person, or carries words about one. Asked for presence, never for a value.
_OF_PEOPLE = ("patient.", "subscriber.person.", "other_payers.subscriber.person.")
_OPEN_OF_PEOPLE = ("sex", "address.state", "address.country")
_NUMBERS = frozenset(
    {
        "auth_number", "birth_date", "claim_number", "control_number", "death_date", "description",
        "member_id", "number_of_record", "payer_claim_number", "referral_number", "tax_id", "text",
    }
)  # fmt: skip
_VALUES_OF_REFERENCES = ("references.value", "authorization.number")

_BY_PERSON = frozenset(
    {
        "accept_assignment", "benefits_assigned", "condition_codes", "delay_reason", "diagnoses",
        "line.code", "line.emergency", "line.modifiers", "line.place_of_service", "line.pointers",
        "line.revenue_code", "line.units", "patient_signature_source", "place_of_service",
        "release_of_information", "signature_on_file", "special_program", "subscriber.msp_type",
    }
)  # fmt: skip
_QUIETLY = frozenset(
    {
        "attending.taxonomy", "billing.contact_name", "billing.phone", "billing.taxonomy", "clia",
        "payer.filing_indicator", "rendering.taxonomy",
    }
)  # fmt: skip


@cache
def catalogue() -> Mapping[str, Field]:
    """All fields by path, in the order of the claim's types."""
    found = [
        *_walked(Claim, "", of_line=False, root=attrgetter("claim"), skip=("lines",)),
        *_walked(ServiceLine, "line.", of_line=True, root=attrgetter("line"), skip=()),
        *_walked(
            Authorization,
            "authorization.",
            of_line=False,
            root=attrgetter("authorizations"),
            skip=(),
            many=True,
        ),
        *_computed(),
    ]
    return {one.path: one for one in found}


def _walked(
    kind: type[Any],
    prefix: str,
    *,
    of_line: bool,
    root: Callable[[Any], Any],
    skip: tuple[str, ...],
    many: bool = False,
) -> Iterator[Field]:
    """The fields of ``kind`` and of what it is made of."""
    for field in inspect.type_info(kind).fields:  # type: ignore[attr-defined]
        if field.name not in skip:
            yield from _field(
                f"{prefix}{field.name}", field.type, of_line, (root, field.name), many
            )


_Way = tuple[Any, ...]


def _field(path: str, kind: inspect.Type, of_line: bool, way: _Way, many: bool) -> Iterator[Field]:
    kind = _without_none(kind)
    if isinstance(kind, inspect.VarTupleType):
        many, kind = True, _without_none(kind.item_type)
    if isinstance(kind, inspect.StructType):
        for field in kind.fields:
            yield from _field(f"{path}.{field.name}", field.type, of_line, (*way, field.name), many)
        return
    held = _TYPES.get(type(kind))
    if held is None:
        return  # bytes of specialty records, identifiers of rows
    if path.endswith("_cents"):
        path, held = path.removesuffix("_cents"), FieldType.MONEY
    yield Field(
        path=path,
        type=held,
        read=_reader(way),
        of_line=of_line,
        many=many,
        presence_only=_names_a_person(path),
        choices=tuple(kind.cls) if isinstance(kind, inspect.EnumType) else (),
        setting=_setting(path),
        needs_authorizations=path.startswith("authorization."),
    )


_TYPES: Mapping[type[Any], FieldType] = {
    inspect.StrType: FieldType.TEXT,
    inspect.EnumType: FieldType.CHOICE,
    inspect.IntType: FieldType.NUMBER,
    inspect.DecimalType: FieldType.NUMBER,
    inspect.DateType: FieldType.DAY,
    inspect.BoolType: FieldType.FLAG,
    inspect.TimeType: FieldType.TEXT,
}


def _without_none(kind: inspect.Type) -> inspect.Type:
    if isinstance(kind, inspect.UnionType):
        left = [one for one in kind.types if not isinstance(one, inspect.NoneType)]
        if len(left) == 1:
            return left[0]
    return kind


def _names_a_person(path: str) -> bool:
    if path.startswith(_OF_PEOPLE):
        return not path.endswith(_OPEN_OF_PEOPLE)
    return path.rpartition(".")[2] in _NUMBERS or path.endswith(_VALUES_OF_REFERENCES)


def _setting(path: str) -> Setting:
    if path in _QUIETLY:
        return Setting.QUIETLY
    return Setting.BY_PERSON if path in _BY_PERSON else Setting.NEVER


def _reader(way: _Way) -> Reader:
    """Follow ``way``; several values where a step holds several, none where one is missing."""
    root, names = way[0], way[1:]

    def read(view: View) -> tuple[Scalar, ...]:
        found = root(view)
        values: list[Any] = list(found) if isinstance(found, tuple) else [found]
        for name in names:
            below: list[Any] = []
            for value in values:
                if value is None:
                    continue
                one = getattr(value, name)
                below.extend(one) if isinstance(one, tuple) else below.append(one)
            values = below
        return tuple(_plain(value) for value in values if value is not None and value != "")

    return read


def _plain(value: Any) -> Scalar:
    if isinstance(value, time):
        return f"{value:%H:%M}"
    found: Scalar = value
    return found


class _Computed(Value, frozen=True, kw_only=True):
    path: str
    type: FieldType
    meaning: str
    many: bool = False
    needs_authorizations: bool = False


def _computed() -> Iterator[Field]:
    for said, read in _COMPUTED.items():
        yield Field(
            path=said.path,
            type=said.type,
            read=read,
            of_line=said.path.startswith("line."),
            many=said.many,
            needs_authorizations=said.needs_authorizations,
            meaning=said.meaning,
        )


def _one(value: Scalar | None) -> tuple[Scalar, ...]:
    return () if value is None else (value,)


def _line_day(view: View) -> date | None:
    line = view.line
    return (line.service_from if line else None) or view.claim.service_from


def _age(view: View, day: date | None) -> tuple[Scalar, ...]:
    birth = view.claim.patient.birth_date
    return () if birth is None or day is None else (age_on(birth, day),)


def _days(first: date | None, last: date | None) -> tuple[Scalar, ...]:
    return () if first is None or last is None else ((last - first).days,)


def _place(view: View) -> str | None:
    line = view.line
    return ((line.place_of_service if line else "") or view.claim.place_of_service) or None


def _provider(view: View, name: str) -> str | None:
    line, claim = view.line, view.claim
    provider = (line.rendering if line else None) or claim.rendering
    if provider is None and name == "npi":
        provider = claim.billing
    return (getattr(provider, name) or None) if provider else None


def _pointed(view: View) -> tuple[Scalar, ...]:
    line, diagnoses = view.line, view.claim.diagnoses
    pointers = line.pointers if line else ()
    return tuple(diagnoses[one - 1] for one in pointers if 0 < one <= len(diagnoses))


def _units_left(view: View) -> tuple[Scalar, ...]:
    line, day = view.line, _line_day(view)
    if line is None or day is None:
        return ()
    return tuple(
        one.units_approved - one.units_used - one.units_pending
        for one in view.authorizations
        if one.units_approved is not None
        and (not one.codes or line.code in one.codes)
        and day in one.window
    )


def _a_unit(view: View) -> tuple[Scalar, ...]:
    line = view.line
    return () if line is None or not line.units else (int(line.charge_cents / line.units),)


def _expected(view: View) -> tuple[Scalar, ...]:
    known = [one.expected_cents for one in view.claim.lines if one.expected_cents is not None]
    return (sum(known),) if known else ()


def _said(path: str, kind: FieldType, meaning: str, **more: bool) -> _Computed:
    return _Computed(path=path, type=kind, meaning=meaning, **more)


_N, _M, _T, _D = FieldType.NUMBER, FieldType.MONEY, FieldType.TEXT, FieldType.DAY

_COMPUTED: Mapping[_Computed, Reader] = {
    _said("charge", _M, "the charges of all lines"): lambda v: (v.claim.charge_cents,),
    _said("expected", _M, "what is expected of all priced lines"): _expected,
    _said("line_count", _N, "how many lines"): lambda v: (len(v.claim.lines),),
    _said("diagnosis_count", _N, "how many diagnoses"): lambda v: (len(v.claim.diagnoses),),
    _said("other_payer_count", _N, "how many other payers"): lambda v: (len(v.claim.other_payers),),
    _said("service_from", _D, "first day of service"): lambda v: _one(v.claim.service_from),
    _said("service_to", _D, "last day of service"): lambda v: _one(v.claim.service_to),
    _said("days_of_service", _N, "days from the first to the last"): lambda v: _days(
        v.claim.service_from, v.claim.service_to
    ),
    _said("days_since_service", _N, "days from the first day of service to today"): lambda v: _days(
        v.claim.service_from, v.as_of
    ),
    _said("patient.age", _N, "completed years on the first day of service"): lambda v: _age(
        v, v.claim.service_from
    ),
    _said(
        "authorization.count", _N, "authorizations entered", needs_authorizations=True
    ): lambda v: (len(v.authorizations),),
    _said("line.day", _D, "the line's day, else the claim's"): lambda v: _one(_line_day(v)),
    _said("line.days", _N, "days from the line's first to its last"): lambda v: _days(
        _line_day(v), (v.line.service_to if v.line else None) or _line_day(v)
    ),
    _said("line.age", _N, "completed years on the line's day"): lambda v: _age(v, _line_day(v)),
    _said("line.place", _T, "the line's place of service, else the claim's"): lambda v: _one(
        _place(v)
    ),
    _said("line.provider_npi", _T, "who did the line: NPI"): lambda v: _one(_provider(v, "npi")),
    _said("line.credential", _T, "who did the line: credential"): lambda v: _one(
        _provider(v, "credential")
    ),
    _said("line.diagnoses", _T, "the diagnoses the line points to", many=True): _pointed,
    _said("line.charge_a_unit", _M, "charge divided by units"): _a_unit,
    _said(
        "line.units_left",
        _N,
        "units left of authorizations that name the code and day",
        many=True,
        needs_authorizations=True,
    ): _units_left,
}
