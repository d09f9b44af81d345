"""How long each rule takes, by a clock that is handed in: of the processor, else a busy machine
would make any rule slow."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

from core.rules.rulebook import RuleBook
from plugins.conformance.asking import Question, questions
from plugins.conformance.code import PluginCode
from plugins.conformance.fault import Fault
from plugins.conformance.hostile import HUGE_LINES, Sample

CLAIM_US_MAX = 250
"""What one rule may take of an ordinary claim, in microseconds: ten times what ours do."""

LONGEST_CLAIM_US_MAX = 100_000
"""What it may take of a claim of 999 lines."""

FAR_TOO_LONG = 20
"""So many times its budget, and a rule is asked nothing more."""

_CLAIMS = 100
_REPEATS = 3
_SECONDS_A_RULE = 0.1


def far_too_long(
    book: RuleBook, samples: Sequence[Sample], clock: Callable[[], float]
) -> frozenset[str]:
    """The rules that take so long that asking them everything would take for ever, by id.

    A rule's first answer does not count: it may make ready what the others use.
    """
    spent: dict[str, tuple[float, int]] = {}
    for sample in samples:
        for question in questions(book, sample):
            rule = question.rule.id
            if rule not in spent:
                _seconds([question], clock)
                spent[rule] = (0.0, 0)
            elif spent[rule][0] < _SECONDS_A_RULE:
                seconds, times = spent[rule]
                spent[rule] = (seconds + _seconds([question], clock), times + 1)
    most = FAR_TOO_LONG * CLAIM_US_MAX / 1e6
    return frozenset(rule for rule, (took, times) in spent.items() if took > most * times)


def speed_faults(
    book: RuleBook, samples: Sequence[Sample], code: PluginCode, clock: Callable[[], float]
) -> Iterator[Fault]:
    """Rules that take longer than a batch can bear; the best of some tries counts."""
    ordinary = [one for one in samples if not one.what][:_CLAIMS]
    longest = [one for one in samples if len(one.claim.lines) == HUGE_LINES]
    for some, most_us, what in (
        (ordinary, CLAIM_US_MAX, "an ordinary claim"),
        (longest, LONGEST_CLAIM_US_MAX, f"a claim of {HUGE_LINES} lines"),
    ):
        by_rule: dict[str, list[Question]] = {}
        for sample in some:
            for question in questions(book, sample):
                by_rule.setdefault(question.rule.id, []).append(question)
        for rule, asked in by_rule.items():
            claims = len({one.sample.claim.claim_number for one in asked})
            took_us = min(_seconds(asked, clock) for _ in range(_REPEATS)) * 1e6 / claims
            if took_us > most_us:
                yield Fault(
                    check="speed",
                    rule=rule,
                    where=code.place_of_function(asked[0].function) or code.place_of(rule),
                    message=f"rule {rule} takes {took_us:,.0f} us for {what}; at most {most_us:,}",
                )


def _seconds(asked: Sequence[Question], clock: Callable[[], float]) -> float:
    began = clock()
    for one in asked:
        # What it raises is said by the questions about soundness.
        with suppress(Exception, SystemExit):
            one.ask()
    return clock() - began
