"""Invented claims and declared rules, by hand and by chance."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from msgspec.structs import replace

from core.claims.claim import Claim, Form, ServiceLine
from core.claims.parties import Name, Payer, PayerKind, Person, Provider, Subscriber
from core.dates import DateBasis, Window
from core.rules.declared import (
    Action,
    ActionKind,
    Clause,
    Condition,
    DeclaredRule,
    Match,
    Operator,
    Over,
    Reprice,
    Selectors,
)
from core.rules.rule import Layer

__all__ = ["UUID", "datetime"]

DAY = date(2026, 3, 10)
CODES = ("90837", "90834", "99213", "G2211", "H0004")


def line(line_no: int = 1, code: str = "90837", **more: Any) -> ServiceLine:
    """A line of $150.00 on ``DAY``."""
    given = {"line_no": line_no, "code": code, "charge_cents": 15_000, "service_from": DAY}
    return ServiceLine(**(given | more))


def claim(*lines: ServiceLine, **more: Any) -> Claim:
    """A professional claim to a commercial payer."""
    person = Person(name=Name(last="Invented", first="Ida"), birth_date=date(1980, 5, 1))
    given = {
        "claim_number": "000100000001",
        "place_of_service": "11",
        "diagnoses": ("F411",),
        "payer": Payer(payer_id="BLUHB", name="BLUE HARBOR"),
        "subscriber": Subscriber(person=person, member_id="XQ1"),
        "patient": person,
        "billing": Provider(name=Name(last="CLINIC"), npi="1467560003", taxonomy="101YM0800X"),
        "rendering": Provider(name=Name(last="Doe", first="Dan"), taxonomy="103T00000X"),
        "lines": lines or (line(),),
    }
    return Claim(**(given | more))


HOLD = Action(kind=ActionKind.HOLD, message="Look at this before it leaves")


def rule(
    *clauses: Clause, actions: tuple[Action, ...] = (HOLD,), name: str = "OWN-1", **more: Any
) -> DeclaredRule:
    """A rule of the practice."""
    given = {
        "id": name, "title": "A rule", "document": "Word of the practice",
        "layer": Layer.PRACTICE, "clauses": clauses, "actions": actions,
    }  # fmt: skip
    return DeclaredRule(**(given | more))


def asks(field: str, operator: str, *values: str) -> Condition:
    """One condition."""
    return Condition(field=field, operator=Operator(operator), values=values)


def over(where: str, *conditions: Condition, match: str = "all") -> Clause:
    """One clause."""
    return Clause(over=Over(where), match=Match(match), conditions=conditions)


def sets(field: str, value: str) -> Action:
    """Set a field."""
    return Action(kind=ActionKind.SET, field=field, value=value)


def reprices(how: str, value: str) -> Action:
    """Change an amount."""
    return Action(kind=ActionKind.REPRICE, reprice=Reprice(how), value=value)


# By chance: few values, so that conditions are often met.

_CLAIM_CONDITIONS = st.one_of(
    st.builds(
        lambda op, value: asks("place_of_service", op, value),
        st.sampled_from(("is", "is_not", "begins_with")),
        st.sampled_from(("11", "02", "1")),
    ),
    st.builds(
        lambda op, values: asks("diagnoses", op, *values),
        st.sampled_from(("one_of", "none_of", "matches")),
        st.lists(st.sampled_from(("F411", "F331", "Z591")), min_size=1, max_size=2),
    ),
    st.builds(
        lambda low, more: asks("charge", "between", str(low), str(low + more)),
        st.integers(0, 400),
        st.integers(0, 200),
    ),
    st.sampled_from(
        (
            asks("clia", "missing"), asks("clia", "present"), asks("patient.age", "at_least", "18"),
            asks("line_count", "at_most", "2"), asks("payer.kind", "is", "medicaid"),
            asks("service_from", "at_least", "2026-03-10"), asks("signature_on_file", "is", "yes"),
        )
    ),
)  # fmt: skip

_LINE_CONDITIONS = st.one_of(
    st.builds(lambda code: asks("line.code", "is", code), st.sampled_from(CODES)),
    st.builds(
        lambda codes: asks("line.code", "one_of", *codes),
        st.lists(st.sampled_from(CODES), min_size=1, max_size=3),
    ),
    st.builds(
        lambda code: asks("line.code", "is_not", code),
        st.sampled_from(CODES),
    ),
    st.sampled_from(
        (
            asks("line.code", "matches", "908*"), asks("line.code", "matches", "90832-90837"),
            asks("line.code", "begins_with", "9", "G"), asks("line.modifiers", "is", "95"),
            asks("line.modifiers", "missing"), asks("line.units", "at_least", "2"),
            asks("line.charge", "at_most", "100.00"), asks("line.place", "is", "02"),
            asks("line.modifiers", "none_of", "95", "GT"),
        )
    ),
)  # fmt: skip

clauses = st.one_of(
    st.builds(
        lambda match, conditions: over("claim", *conditions, match=match),
        st.sampled_from(("all", "any")),
        st.lists(_CLAIM_CONDITIONS, min_size=1, max_size=2),
    ),
    st.builds(
        lambda where, match, conditions: over(where, *conditions, match=match),
        st.sampled_from(("this_line", "any_line", "every_line", "no_line")),
        st.sampled_from(("all", "any")),
        st.lists(st.one_of(_LINE_CONDITIONS, _CLAIM_CONDITIONS), min_size=1, max_size=3),
    ),
)

days = st.integers(-3, 3).map(lambda n: DAY + timedelta(days=n))
windows = st.one_of(
    st.just(Window()),
    st.builds(Window, days, st.none()),
    st.builds(Window, st.none(), days),
    st.builds(lambda a, b: Window(min(a, b), max(a, b)), days, days),
)
selectors = st.one_of(
    st.just(Selectors()),
    st.builds(
        Selectors,
        forms=st.sampled_from(((), (Form.PROFESSIONAL,), (Form.DENTAL,))),
        payer_kinds=st.sampled_from(((), (PayerKind.MEDICAID, PayerKind.COMMERCIAL))),
        payers=st.sampled_from(((), ("BLUHB",), ("OTHER", "THIRD"))),
        states=st.sampled_from(((), ("PA",))),
    ),
)


@st.composite
def rules(draw: Any, name: str = "OWN-1", actions: Any = None) -> DeclaredRule:
    """Any rule that can be saved, with these actions."""
    return rule(
        *draw(st.lists(clauses, max_size=3)),
        name=name,
        actions=draw(actions) if actions is not None else (HOLD,),
        match=draw(st.sampled_from(Match)),
        selectors=draw(selectors),
        effective=draw(windows),
        basis=draw(st.sampled_from((DateBasis.SERVICE_FROM, DateBasis.SERVICE_TO,
                                    DateBasis.RECEIVED))),
    )  # fmt: skip


@st.composite
def claims(draw: Any, same_day: bool = False) -> Claim:
    """Any small claim."""
    some = st.builds(
        lambda code, modifiers, units, charge, day, last, place: line(
            1, code, modifiers=modifiers, units=Decimal(units), charge_cents=charge,
            service_from=DAY if same_day else day,
            service_to=None if same_day or day is None or last is None else max(day, last),
            place_of_service=place,
        ),
        st.sampled_from(CODES),
        st.sampled_from(((), ("95",), ("25", "GT"))),
        st.integers(1, 3),
        st.sampled_from((5_000, 10_000, 15_000)),
        st.one_of(st.none(), days),
        st.one_of(st.none(), days),
        st.sampled_from(("", "02", "11")),
    )  # fmt: skip
    found = draw(st.lists(some, max_size=3))
    return replace(
        claim(),
        lines=tuple(replace(one, line_no=place) for place, one in enumerate(found, 1)),
        place_of_service=draw(st.sampled_from(("11", "02", ""))),
        diagnoses=draw(st.sampled_from((("F411",), ("F331", "Z591"), ()))),
        clia=draw(st.sampled_from(("", "05D1234567"))),
        form=draw(st.sampled_from((Form.PROFESSIONAL, Form.DENTAL))),
        signature_on_file=draw(st.booleans()),
        payer=Payer(
            payer_id=draw(st.sampled_from(("BLUHB", "OTHER", "FOURTH"))),
            name="P",
            kind=draw(st.sampled_from((PayerKind.MEDICAID, PayerKind.MEDICARE))),
            state=draw(st.sampled_from(("", "PA"))),
        ),
    )
