"""The payer of a scrub document and its knobs (v1, section 4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from core.claims.parties import Payer, PayerKind
from core.errors import InputError
from core.rules.knobs import read_knob
from core.rules.policy import KNOBS, FrequencyLimit, KnobValue
from core.scrub.document_claim import choice
from core.scrub.document_parts import Part

_NULL_SAYS_NONE = frozenset({"telehealth.modifier_av"})
"""Knobs of which null is a value: this payer wants none, whatever others of its kind want."""

DOCUMENT_PAYER = "document"
"""The payer id of every document's payer; it has no other."""


def read_payer(part: Part) -> Payer:
    """The payer; its kind is required."""
    kind = choice(part, "kind", PayerKind)
    if kind is None:
        raise part.wrong("kind", f"one of {', '.join(one.value for one in PayerKind)}")
    state = part.text("state")
    if len(state) not in (0, 2):
        raise part.wrong("state", "two letters")
    return Payer(payer_id=DOCUMENT_PAYER, name=part.text("name"), kind=kind, state=state)


def read_knobs(policy: Part | None) -> Mapping[str, KnobValue]:
    """The knobs the document states, as rules read them; unknown ones are ignored."""
    if policy is None:
        return {}
    return {name: _value(part, key, name, value) for part, key, name, value in _stated(policy)}


def _stated(policy: Part) -> Iterator[tuple[Part, str, str, Any]]:
    """Each known knob: where it stands, its key there, its name for rules, its value."""
    for key, value in policy.each():
        if key in KNOBS:
            yield policy, key, key, value
    below = policy.part("telehealth")
    for key, value in below.data.items() if below else ():
        name = f"telehealth.{key}"
        if name in KNOBS and (value is not None or name in _NULL_SAYS_NONE):
            assert below is not None
            yield below, key, name, value


def _value(part: Part, key: str, name: str, value: Any) -> KnobValue:
    if value is None:
        return None
    if KNOBS[name] == "limits":
        return tuple(_limit(one) for one in part.parts(key) or ())
    try:
        return read_knob(name, value)
    except InputError as error:
        raise part.wrong(key, error.message.removeprefix("this knob takes ")) from None


def _limit(part: Part) -> FrequencyLimit:
    maximum = part.whole("max")
    if maximum is None:
        raise part.wrong("max", "a whole number")
    return FrequencyLimit(
        codes=part.texts("codes"),
        maximum=maximum,
        per=part.text("per"),
        months=part.whole("months") or 0,
    )
