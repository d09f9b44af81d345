"""One batch of questions to a confined plugin, from handing over to the last answer.

When the process has to be ended, the rule it was busy with is blamed for the claim it was busy
with, and everything else is asked again of a new one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec

from core.errors import PluginError
from core.rules.case import Case
from core.rules.elsewhere import Answer, Question
from core.rules.policy import Policy
from core.scrub.finding import Flag
from plugins.confined.faults import FaultKind
from plugins.confined.process import PluginProcessError
from plugins.confined.protocol import CaseSent, Judge, Judged, encoded

if TYPE_CHECKING:
    from plugins.confined.plugin import Session
    from plugins.confined.rules import ConfinedRules

_FLAGS = msgspec.msgpack.Decoder(tuple[Flag, ...])


class Batch:
    """Holds the plugin's lock from its making until its answers were taken."""

    def __init__(self, rules: ConfinedRules, questions: Sequence[Question]) -> None:
        self._rules, self._plugin, self._questions = rules, rules.plugin, questions
        self._answers: list[Answer] = [()] * len(questions)
        self._open = list(range(len(questions)))
        self._session: Session | None = None
        self._failed: PluginProcessError | PluginError | None = None
        self._plugin.lock.acquire()
        self._hand_over()

    def answers(self) -> Sequence[Answer]:
        """One answer a question, in order."""
        try:
            while self._open:
                self._take_or_blame()
        finally:
            self._plugin.lock.release()
        return self._answers

    def _hand_over(self) -> None:
        """Send what is still open; what goes wrong is met when the answers are taken."""
        self._failed = None
        plugin = self._plugin
        if not self._open:
            return
        if plugin.is_resting():
            self._blame(self._open, FaultKind.RESTING)
            return
        try:
            session = plugin.ready()
            book = plugin.open_book(session, self._rules.settings)
            self._session = session = plugin.ready()
            session.process.send(self._judge(session, book), plugin.limits.batch_seconds)
        except (PluginProcessError, PluginError) as error:
            self._failed = error

    def _take_or_blame(self) -> None:
        plugin, limits = self._plugin, self._plugin.limits
        try:
            if self._failed is not None or self._session is None:
                raise self._failed or PluginProcessError(FaultKind.ENDED, None)
            judged = self._session.process.receive(
                Judged,
                seconds=limits.batch_seconds,
                call_seconds=limits.call_seconds,
                most=limits.batch_answer_bytes * 2,
            )
            self._take(judged)
        except PluginError:
            # It was loaded before and cannot be loaded now: nothing it says can be had.
            plugin.failed()
            self._blame(self._open, FaultKind.ENDED)
        except PluginProcessError as error:
            rests = plugin.failed()
            at = error.at
            known = at is not None and at < len(self._open)
            self._blame([self._open[at]] if known and at is not None else self._open, error.kind)
            if self._open and rests:
                self._blame(self._open, FaultKind.RESTING)
            self._hand_over()

    def _take(self, judged: Judged) -> None:
        taken: dict[int, Answer] = {}
        try:
            for said in judged.said:
                at = self._open[said.at]
                if said.at < 0 or at in taken:
                    raise IndexError
                if said.fault is None:
                    taken[at] = _FLAGS.decode(said.flags)
                else:
                    taken[at] = self._broke(at, said.fault, said.error)
        except (IndexError, msgspec.MsgspecError):
            # What it says of itself is no help then: an honest process never answers like this.
            if self._session is not None:
                self._session.process.end()
            raise PluginProcessError(FaultKind.WRONG_ANSWER, None) from None
        for at, answer in taken.items():
            self._answers[at] = answer
        self._open = []

    def _blame(self, places: Iterable[int], kind: FaultKind) -> None:
        blamed = set(places)
        for at in blamed:
            self._answers[at] = self._broke(at, kind)
        self._open = [at for at in self._open if at not in blamed]

    def _broke(self, at: int, kind: FaultKind, error: str = "") -> Answer:
        check: Any = self._questions[at].check
        return self._rules.broke(check.hook, check.rule, kind, error)

    def _judge(self, session: Session, book: int) -> Judge:
        """The batch as it is sent: each case once, with the knobs of its days."""
        places: dict[int, int] = {}
        cases: list[CaseSent] = []
        knobs: dict[int, dict[str, Any]] = {}
        asked = []
        for at in self._open:
            question = self._questions[at]
            case = question.case
            place = places.get(id(case))
            if place is None:
                place = places[id(case)] = len(cases)
                cases.append(self._sent(session, case, knobs))
            asked.append((self._rules.place_of(question.check), place, question.lines))
        return Judge(book=book, knobs=knobs, cases=tuple(cases), asked=tuple(asked))

    def _sent(self, session: Session, case: Case, knobs: dict[int, dict[str, Any]]) -> CaseSent:
        days: dict[date | None, int] = {case.day: _number(session, case.policy, knobs)}
        for line in case.claim.lines:
            day = line.service_from
            if day is not None and day not in days:
                days[day] = _number(session, case.policy_of(case.claim.payer, day), knobs)
        return CaseSent(
            claim=case.claim,
            day=case.day,
            as_of=case.as_of,
            received_on=case.received_on,
            facts=case.facts,
            knobs=tuple(days.items()),
        )


def _number(session: Session, policy: Policy, knobs: dict[int, dict[str, Any]]) -> int:
    """The number under which the process knows these knobs; they are sent where it is new."""
    known = session.policies.get(id(policy))
    if known is not None:
        return known[1]
    given = dict(policy.knobs)
    body = encoded(given)
    number = session.knobs.get(body)
    if number is None:
        number = session.knobs[body] = len(session.knobs)
        knobs[number] = given
    # The policy is kept with its number: while it lives, its id is nobody else's.
    session.policies[id(policy)] = (policy, number)
    return number
