"""Asking every function of a plugin's rules about samples, and keeping what each answered.

The engine catches what a rule raises; here it is kept apart, with its place, for the author.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

import msgspec

from core.claims.claim import ServiceLine
from core.intake.encounter import Encounter
from core.intake.from_claims import encounter_from_claim
from core.rules.case import Case
from core.rules.coding import CodingCase, Proposal
from core.rules.derivation import Derived
from core.rules.facts import ScrubFacts
from core.rules.plays import DueDate
from core.rules.pricing import PricingCase
from core.rules.rule import Rule
from core.rules.rulebook import Looker, RuleBook
from core.scrub.engine import case_of, in_force, look, plan_of
from core.scrub.finding import RULE_FAILED, Flag
from plugins.conformance.code import PluginCode
from plugins.conformance.hostile import AS_OF, Sample

_FLAGS_MAX = 5_000
_AMOUNTS_CENTS = (0, 12_345, 10**11)


class Broken(msgspec.Struct, frozen=True):
    """A rule raised: what, and where in the plugin's code. Never its words."""

    kind: str
    where: str = ""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule said of one sample: ``said`` are its values encoded, or it is broken.

    ``words`` are every text in it; ``misfit`` says why it is no answer of this kind of rule.
    """

    rule: Rule
    function: Callable[..., Any]
    sample: Sample
    said: bytes | Broken
    words: tuple[str, ...] = ()
    misfit: str = ""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One call of one rule's function about one sample."""

    key: tuple[object, ...]
    rule: Rule
    function: Callable[..., Any]
    sample: Sample
    ask: Callable[[], Any]
    judge: Callable[[Any], str]


def questions(book: RuleBook, sample: Sample) -> Iterator[Question]:
    """Every call the engine would make of the rules in ``book`` about ``sample``."""
    claim = sample.claim
    facts = ScrubFacts(by_claim={claim.claim_number: sample.facts})
    case = case_of(claim, book, facts, AS_OF)
    for place, (looker, at) in enumerate(plan_of(book, claim).steps):
        lines: Sequence[ServiceLine] = claim.lines
        if at is not None:
            lines = [lines[i] for i in at]
        if not looker.always:
            lines = in_force(looker, case, lines)
            if not lines:
                continue
        yield _looking(looker, case, lines, sample, place)
    yield from _pricing(book, sample, case)
    for deriver in book.derivations:
        rule = deriver.rule
        if rule.touches.takes_claim(claim.form, claim.payer.kind, claim.payer.payer_id):
            yield Question(
                key=(rule.id, "derived", claim.claim_number),
                rule=rule,
                function=rule.derive,
                sample=sample,
                ask=lambda derive=rule.derive: derive(case),  # type: ignore[misc]
                judge=_one_of((Derived, type(None)), "Derived or None"),
            )
    if book.coding_rules or book.deadlines:
        encounter = encounter_from_claim(claim, lambda: UUID(int=7))
        yield from _coding(book, sample, encounter)
        yield from _dates(book, sample, encounter)


def _looking(
    looker: Looker, case: Case, lines: Sequence[ServiceLine], sample: Sample, place: int
) -> Question:
    def judge(flags: Any) -> str:
        if not all(type(one) is Flag for one in flags):
            return "answers something else than flags"
        if len(flags) > _FLAGS_MAX:
            return f"raises more than {_FLAGS_MAX:,} flags"
        raised = look(msgspec.structs.replace(looker, check=lambda *_: flags), case, lines)
        if any(finding.reason == RULE_FAILED for _, finding in raised):
            return "raises a flag without words, with odd values, or on a line the claim has not"
        return ""

    return Question(
        key=(looker.rule.id, place, sample.claim.claim_number),
        rule=looker.rule,
        function=looker.check,
        sample=sample,
        ask=lambda: tuple(looker.check(case, lines)),
        judge=judge,
    )


def _coding(book: RuleBook, sample: Sample, encounter: Encounter) -> Iterator[Question]:
    case = CodingCase(
        encounter=encounter,
        payer=sample.claim.payer,
        policy=book.policy(sample.claim.payer, sample.claim.service_from),
        day=sample.claim.service_from,
        rendering=encounter.rendering,
    )
    for rule in book.coding_rules:
        for charge in encounter.charges[:50]:
            if charge.code and not rule.touches.takes_code(charge.code):
                continue
            yield Question(
                key=(rule.id, charge.line_no, sample.claim.claim_number),
                rule=rule,
                function=rule.derive,
                sample=sample,
                ask=lambda rule=rule, charge=charge: rule.derive(case, charge),  # type: ignore[misc]
                judge=_one_of((Proposal, type(None)), "a Proposal or None"),
            )


def _pricing(book: RuleBook, sample: Sample, case: Case) -> Iterator[Question]:
    for step in book.pricing_steps:
        for line in sample.claim.lines[:50]:
            if not step.touches.takes_code(line.code):
                continue
            given = PricingCase(claim=sample.claim, day=case.day_of(line), policy=case.policy)
            for amount_cents in _AMOUNTS_CENTS:
                yield Question(
                    key=(step.id, line.line_no, amount_cents, sample.claim.claim_number),
                    rule=step,
                    function=step.apply,
                    sample=sample,
                    ask=lambda step=step, given=given, line=line, cents=amount_cents: (  # type: ignore[misc]
                        step.apply(given, line, cents)
                    ),
                    judge=_one_of((int,), "whole cents"),
                )


def _dates(book: RuleBook, sample: Sample, encounter: Encounter) -> Iterator[Question]:
    for deadline in book.deadlines:
        for place, visit in enumerate((encounter, sample.claim)):
            yield Question(
                key=(deadline.id, place, sample.claim.claim_number),
                rule=deadline,
                function=deadline.due,
                sample=sample,
                ask=lambda due=deadline.due, visit=visit: due(visit),  # type: ignore[misc]
                judge=_one_of((DueDate, type(None)), "a DueDate or None"),
            )


def _one_of(kinds: tuple[type, ...], words: str) -> Callable[[Any], str]:
    return lambda answer: "" if type(answer) in kinds else f"must answer {words}"


def answered(question: Question, code: PluginCode, *, is_judged: bool = True) -> Answer:
    """Ask once; whether it ``is_judged`` what was answered is looked at too."""
    misfit = ""
    words: tuple[str, ...] = ()
    said: bytes | Broken
    try:
        answer = question.ask()
        said = msgspec.json.encode(answer, enc_hook=lambda value: type(value).__name__)
        if is_judged and answer != ():
            misfit = question.judge(answer)
            words = tuple(_texts(answer))
    except (Exception, SystemExit) as error:
        said = Broken(type(error).__name__, code.place_of_error(error.__traceback__))
    return Answer(
        rule=question.rule, function=question.function, sample=question.sample,
        said=said, words=words, misfit=misfit,
    )  # fmt: skip


def _texts(answer: Any) -> Iterable[str]:
    if isinstance(answer, str):
        yield answer
    elif isinstance(answer, tuple | list):
        for one in answer:
            yield from _texts(one)
    elif isinstance(answer, msgspec.Struct):
        for name in answer.__struct_fields__:
            yield from _texts(getattr(answer, name))


def answers(
    book: RuleBook, samples: Sequence[Sample], code: PluginCode, *, are_judged: bool = False
) -> dict[tuple[object, ...], Answer]:
    """What every rule says of every sample, by rule and sample."""
    return {
        question.key: answered(question, code, is_judged=are_judged)
        for sample in samples
        for question in questions(book, sample)
    }
