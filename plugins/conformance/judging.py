"""Whether a plugin's rules answer as rules must: purely, alike, soundly, and about nobody."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256

import msgspec

from core.rules.rulebook import RuleBook
from plugins.conformance.asking import Answer, Broken, answers
from plugins.conformance.code import PluginCode
from plugins.conformance.fault import Fault
from plugins.conformance.hostile import CANARIES, Sample

Answers = Mapping[tuple[object, ...], Answer]

_PLANTED = tuple(one.casefold() for one in CANARIES)
_CODES_NOT_SHOWN = re.compile(r"[A-Z0-9.]+", re.ASCII)
_DIAGNOSIS = re.compile(r"[A-Z]\d[0-9A-Z]{1,5}\Z", re.ASCII)


def judged(
    book: RuleBook, samples: Sequence[Sample], code: PluginCode
) -> tuple[list[Fault], Answers]:
    """Every fault of the answers to ``samples``, and the answers themselves.

    Each rule is asked twice, the second time in the opposite order: what it kept in between, and
    what it did to the claim, shows.
    """
    before = [_written(one) for one in samples]
    first = answers(book, samples, code, are_judged=True)
    altered = [one for one, was in zip(samples, before, strict=True) if _written(one) != was]
    again = answers(book, samples[::-1], code)
    faults = [*_unsound(first.values(), code), *_different(first, again, code)]
    if altered:
        faults.append(
            Fault(
                check="purity", message=f"a rule alters the claim it is given ({_of(altered[0])})"
            )
        )
    return _once_a_rule(faults), first


def digest_of(found: Answers) -> str:
    """A digest of all answers: the same wherever the same plugin is asked the same."""
    total = sha256()
    for key in sorted(found, key=repr):
        said = found[key].said
        text = said if isinstance(said, bytes) else f"raised {said.kind}".encode()
        total.update(repr(key).encode() + b"\0" + text + b"\0")
    return total.hexdigest()


def by_rule(found: Answers) -> dict[str, str]:
    """The digest of each rule's answers, to say which one differs elsewhere."""
    parts: dict[str, dict[tuple[object, ...], Answer]] = {}
    for key, answer in found.items():
        parts.setdefault(answer.rule.id, {})[key] = answer
    return {rule: digest_of(some) for rule, some in parts.items()}


def place_of(answer: Answer, code: PluginCode) -> str:
    """Where a rule stands: its function, else its id."""
    return code.place_of_function(answer.function) or code.place_of(answer.rule.id)


def _written(sample: Sample) -> bytes:
    return msgspec.json.encode((sample.claim, sample.facts))


def _of(sample: Sample) -> str:
    return f"on a claim with {sample.what}" if sample.what else "on an ordinary claim"


def _unsound(found: Iterable[Answer], code: PluginCode) -> Iterator[Fault]:
    for one in found:
        rule, on = one.rule.id, _of(one.sample)
        if isinstance(one.said, Broken):
            yield Fault(
                check="hostile",
                rule=rule,
                where=one.said.where or place_of(one, code),
                message=f"rule {rule} raises {one.said.kind} {on}; it must have no opinion instead",
            )
        elif one.misfit:
            where = place_of(one, code)
            yield Fault(
                check="answers", rule=rule, where=where, message=f"rule {rule} {one.misfit} ({on})"
            )
        elif said := _about_somebody(one):
            yield Fault(
                check="privacy", rule=rule, where=place_of(one, code),
                message=f"rule {rule} {said}; say which line or place instead",
            )  # fmt: skip


def _about_somebody(answer: Answer) -> str:
    text = " ".join(answer.words).casefold()
    if any(planted in text for planted in _PLANTED):
        return "repeats what it was told of a person: a name, a number, a day of birth, a note"
    shown = {each.replace(".", "") for each in _CODES_NOT_SHOWN.findall(" ".join(answer.words))}
    billed = {line.code for line in answer.sample.claim.lines}
    known = {one for one in answer.sample.claim.diagnoses if _DIAGNOSIS.match(one)} - billed
    return "repeats a diagnosis of the claim" if shown & known else ""


def _different(first: Answers, again: Answers, code: PluginCode) -> Iterator[Fault]:
    for key, one in first.items():
        other = again.get(key)
        if other is None or other.said != one.said:
            yield Fault(
                check="purity",
                rule=one.rule.id,
                where=place_of(one, code),
                message=f"rule {one.rule.id} answers otherwise when it is asked again "
                f"({_of(one.sample)}); it must keep nothing between claims",
            )


def _once_a_rule(faults: Iterable[Fault]) -> list[Fault]:
    """The first fault of each kind and place: a thousand claims say it a thousand times."""
    kept: dict[tuple[str, str, str], Fault] = {}
    for one in faults:
        kept.setdefault((one.check, one.rule, one.where), one)
    return list(kept.values())
