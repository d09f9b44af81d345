"""The functions of rules that are called one at a time: how their values cross, and come back.

For each: what is sent (None: the facts are withheld from this plugin), how the answer is read, and
what stands where none comes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from core.claims.claim import ServiceLine, VisitFacts
from core.confidentiality import Sensitivity
from core.errors import PluginError
from core.intake.encounter import Charge
from core.rules.case import Case
from core.rules.coding import CodingCase, Proposal
from core.rules.derivation import Derived, Word
from core.rules.plays import DueDate
from core.rules.pricing import PricingCase
from core.rules.visible import Numbers
from plugins.confined.asked import House, offered
from plugins.confined.protocol import NONE_OFFERED

if TYPE_CHECKING:
    from plugins.confined.rules import ConfinedFunction


def _nobody(*given: Any) -> House:
    return House()


def _prices(one: ConfinedFunction, case: PricingCase, *rest: Any) -> House:
    return House(priced_as=case.priced_as)


def _tables(one: ConfinedFunction, case: Case) -> House:
    return House({NONE_OFFERED: (case.tables, offered(case.tables, one.needs.tables))})


class Crossing(msgspec.Struct, frozen=True):
    """How the values of one kind of function cross."""

    sent: Callable[..., tuple[Any, ...] | None]
    read: Callable[[msgspec.Raw], Any]
    otherwise: Callable[..., Any]
    house: Callable[..., House] = _nobody


def _coding(one: ConfinedFunction, case: CodingCase, charge: Charge) -> tuple[Any, ...] | None:
    visit, sight, numbers = case.encounter, one.elsewhere.sight, Numbers()
    if sight.withholds(visit, visit.charges):
        return None
    rendering = None if case.rendering is None else sight.shown(case.rendering, numbers)
    shown, knobs = sight.shown(visit, numbers), dict(case.policy.knobs)
    return (shown, case.payer, knobs, case.day, rendering, sight.shown(charge, numbers))


def _pricing(
    one: ConfinedFunction, case: PricingCase, line: ServiceLine, amount_cents: int
) -> tuple[Any, ...] | None:
    claim, sight = case.claim, one.elsewhere.sight
    if sight.withholds(claim, claim.lines):
        return None
    numbers = Numbers(claim.claim_number)
    shown, knobs = sight.shown(claim, numbers), dict(case.policy.knobs)
    return (shown, case.day, knobs, sight.shown(line, numbers), amount_cents)


def _deadline(one: ConfinedFunction, facts: VisitFacts) -> tuple[Any, ...] | None:
    lines = getattr(facts, "lines", ()) or getattr(facts, "charges", ())
    sight, numbers = one.elsewhere.sight, Numbers(getattr(facts, "claim_number", ""))
    return None if sight.withholds(facts, lines) else (sight.shown(facts, numbers),)


def _derivation(one: ConfinedFunction, case: Case) -> tuple[Any, ...] | None:
    rules, claim = one.elsewhere, case.claim
    if rules.sight.withholds(claim, claim.lines):
        return None
    numbers = Numbers(claim.claim_number)
    days = {line.service_from for line in claim.lines if line.service_from} - {case.day}
    knobs = [(case.day, dict(case.policy.knobs))]
    knobs += [(day, dict(case.policy_of(claim.payer, day).knobs)) for day in sorted(days)]
    facts = rules.sight.facts(case.facts, one.needs, case.day, numbers)
    shown = rules.sight.shown(claim, numbers)
    tables = sorted(offered(case.tables, one.needs.tables))
    return (shown, case.day, case.as_of, case.received_on, facts, knobs, tables)


def _upgrade(one: ConfinedFunction, version: int, body: dict[str, Any]) -> tuple[Any, ...]:
    return (version, body)


def _sensitivity(one: ConfinedFunction, value: msgspec.Struct) -> tuple[Any, ...]:
    return (msgspec.json.encode(value),)


def told(derived: Derived) -> dict[str, Any]:
    """What a derivation said, with each word marked by what it is."""
    return {
        "lines": {number: _words(words) for number, words in derived.lines.items()},
        "claim": _words(derived.claim),
    }


def _words(words: Mapping[str, Word]) -> dict[str, Any]:
    return {key: _marked(word) for key, word in words.items()}


def _marked(word: Word) -> Any:
    if isinstance(word, Decimal):
        return {"decimal": str(word)}
    return {"list": word} if isinstance(word, tuple) else word


_Marked = str | int | bool | None | dict[str, Any]


class _Told(msgspec.Struct, forbid_unknown_fields=True):
    lines: dict[int, dict[str, _Marked]]
    claim: dict[str, _Marked]


def _read_derived(answer: msgspec.Raw) -> Derived | None:
    found = msgspec.msgpack.decode(answer, type=_Told | None)
    if found is None:
        return None
    lines = {number: _unmarked(words) for number, words in found.lines.items()}
    return Derived(lines=lines, claim=_unmarked(found.claim))


def _unmarked(words: Mapping[str, Any]) -> dict[str, Word]:
    return {key: _word(word) for key, word in words.items()}


def _word(word: Any) -> Word:
    if not isinstance(word, dict):
        return msgspec.convert(word, str | int | bool | None)
    if "decimal" in word:
        return msgspec.convert(word["decimal"], Decimal)
    return msgspec.convert(word.get("list"), tuple[str, ...])


def _read_proposal(answer: msgspec.Raw) -> Proposal | None:
    found = _PROPOSAL.decode(answer)
    if found is not None and found.units is not None and not 0 <= found.units <= _UNITS_MAX:
        raise ValueError("no units")
    return found


_PROPOSAL: msgspec.msgpack.Decoder[Proposal | None] = msgspec.msgpack.Decoder(Proposal | None)
_UNITS_MAX = 10**9


def _read_as(kind: Any) -> Callable[[msgspec.Raw], Any]:
    decoder = msgspec.msgpack.Decoder(kind)
    return lambda answer: decoder.decode(answer)


def _nothing(*given: Any) -> None:
    return None


def _refuse(one: ConfinedFunction, *given: Any) -> Any:
    name = one.elsewhere.plugin.source.name
    raise PluginError(name, f"a record of {one.rule} cannot be read without it")


CROSSINGS: Mapping[tuple[str, str], Crossing] = {
    ("coding_rules", "derive"): Crossing(_coding, _read_proposal, _nothing),
    ("derivations", "derive"): Crossing(_derivation, _read_derived, _nothing, _tables),
    ("pricing_steps", "apply"): Crossing(
        _pricing, _read_as(int), lambda one, case, line, amount_cents: amount_cents, _prices
    ),
    ("deadlines", "due"): Crossing(_deadline, _read_as(DueDate | None), _nothing),
    ("records", "upgrade"): Crossing(_upgrade, _read_as(dict[str, Any]), _refuse),
    ("records", "sensitivity"): Crossing(_sensitivity, _read_as(Sensitivity), _refuse),
}
"""By hook and field."""
