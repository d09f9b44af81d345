"""A finding's fix: what it would change on the claim, and the claim after it."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from msgspec.structs import replace

from core.claims.claim import Claim, ServiceLine
from core.claims.parties import Value
from core.coding.code import CAPTURED
from core.errors import ConflictError, InputError
from core.scrub.finding import Fix

FIX_FIELDS = ("code", "units", "modifiers", "place_of_service", "line", "add_line")
"""What a fix may change. None is sealed: a corrected code says no more than the line's own."""

ASKS_WHY = frozenset({"code", "units", "line", "add_line"})
"""Fixes that change what is billed: a person confirms them with a reason."""

_PRICED = frozenset({"code", "units", "modifiers"})
_CODE = re.compile(r"[A-Z0-9]{5}\Z", re.ASCII)
_MODIFIER = re.compile(r"[A-Z0-9]{2}\Z", re.ASCII)
_PLACE = re.compile(r"[0-9]{2}\Z", re.ASCII)
_MODIFIERS_MAX = 4
_UNITS_MAX = Decimal(1_000_000)


class Change(Value, frozen=True, kw_only=True):
    """One field before and after, in words for a person. ``charge_stays``: it was captured."""

    field: str
    line_no: int | None
    before: str
    after: str
    asks_why: bool
    charge_stays: bool = False


def storable(fix: Fix | None) -> Fix | None:
    """``fix`` where it can be applied with one click; one of another field stays a suggestion."""
    if fix is None or fix.field not in FIX_FIELDS:
        return None
    return None if fix.line_no is None and fix.field != "place_of_service" else fix


def described(claim: Claim, fix: Fix) -> Change:
    """What ``fix`` would change; ``ConflictError`` or ``InputError`` where it does not fit."""
    after = apply_fix(claim, fix)
    if fix.line_no is None:
        return _change(fix, claim.place_of_service, after.place_of_service)
    line = _line(claim, fix.line_no)
    stays = fix.field in _PRICED and line.fee_source in ("", CAPTURED)
    if fix.field == "line":
        return _change(fix, f"line {fix.line_no} {line.code}".rstrip(), "dropped")
    if fix.field == "add_line":
        return _change(fix, "", f"line {after.lines[-1].line_no} {fix.value}")
    return replace(
        _change(fix, _said(line, fix.field), _said(_line(after, fix.line_no), fix.field)),
        charge_stays=stays,
    )


def apply_fix(claim: Claim, fix: Fix) -> Claim:
    """``claim`` with the fix; a charge from a fee schedule is left to be found anew.

    ``ConflictError`` when the line is gone, ``InputError`` when the value cannot stand on a claim.
    """
    if fix.field not in FIX_FIELDS:
        raise InputError("this suggestion is carried out by hand; edit the claim")
    if fix.line_no is None:
        if fix.field != "place_of_service":
            raise InputError("this suggestion names no service line; edit the claim")
        return replace(claim, place_of_service=_place(fix.value))
    line = _line(claim, fix.line_no)
    if fix.field == "line":
        return _without(claim, line)
    if fix.field == "add_line":
        return _with_further(claim, line, fix.value)
    new: dict[str, Any] = {fix.field: _READERS[fix.field](fix.value)}
    if fix.field in _PRICED and line.fee_source not in ("", CAPTURED):
        new |= {"charge_cents": 0, "fee_source": "", "expected_cents": None}
    lines = tuple(replace(one, **new) if one is line else one for one in claim.lines)
    return replace(claim, lines=lines)


def _without(claim: Claim, line: ServiceLine) -> Claim:
    if len(claim.lines) == 1:
        raise InputError("this is the claim's only line; void or close the claim instead")
    return replace(claim, lines=tuple(one for one in claim.lines if one is not line))


def _with_further(claim: Claim, line: ServiceLine, value: str) -> Claim:
    """A line beside ``line``, of the same day, place, person and diagnoses; priced anew."""
    code, *others = value.split()
    units = others.pop().removeprefix("x") if others and others[-1].startswith("x") else "1"
    number = max(one.line_no for one in claim.lines) + 1
    further = ServiceLine(
        line_no=number,
        control_number=f"{claim.claim_number}-{number}",
        code=_code(code),
        modifiers=_modifiers(" ".join(others)),
        units=_units(units),
        unit_basis=line.unit_basis,
        pointers=line.pointers,
        service_from=line.service_from,
        service_to=line.service_to,
        place_of_service=line.place_of_service,
        rendering=line.rendering,
        charge_cents=0,
    )
    return replace(claim, lines=(*claim.lines, further))


def _line(claim: Claim, line_no: int) -> ServiceLine:
    for line in claim.lines:
        if line.line_no == line_no:
            return line
    raise ConflictError("the line this speaks of is no longer on the claim; scrub it again")


def _change(fix: Fix, before: str, after: str) -> Change:
    return Change(
        field=fix.field,
        line_no=fix.line_no,
        before=before or "none",
        after=after or "none",
        asks_why=fix.field in ASKS_WHY,
    )


def _said(line: ServiceLine, field: str) -> str:
    value = getattr(line, field)
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return " ".join(value) if isinstance(value, tuple) else str(value)


def _code(text: str) -> str:
    if not _CODE.match(text):
        raise InputError("a procedure code has five letters and digits")
    return text


def _place(text: str) -> str:
    if not _PLACE.match(text):
        raise InputError("a place of service has two digits")
    return text


def _modifiers(text: str) -> tuple[str, ...]:
    found = tuple(text.split())
    if len(found) > _MODIFIERS_MAX or not all(_MODIFIER.match(one) for one in found):
        raise InputError("a line has at most four modifiers of two letters and digits")
    return found


def _units(text: str) -> Decimal:
    try:
        units = Decimal(text)
    except InvalidOperation:
        raise InputError("units are a number") from None
    if not (units.is_finite() and 0 < units <= _UNITS_MAX):
        raise InputError("units are a number above zero")
    return units


_READERS: dict[str, Any] = {
    "code": _code,
    "units": _units,
    "modifiers": _modifiers,
    "place_of_service": _place,
}
