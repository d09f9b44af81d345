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
from core.rules.needs import Needs
from core.rules.policy import Policy
from core.rules.tables import Tables
from core.rules.visible import Numbers
from core.scrub.finding import Flag
from plugins.confined.asked import House, offered
from plugins.confined.faults import FaultKind
from plugins.confined.process import PluginProcessError
from plugins.confined.protocol import NONE_OFFERED, CaseSent, Judge, Judged, encoded

if TYPE_CHECKING:
    from plugins.confined.plugin import Session
    from plugins.confined.rules import ConfinedRules

_FLAGS = msgspec.msgpack.Decoder(tuple[Flag, ...])


class Batch:
    """Holds the plugin's lock from its making until its answers were taken."""

    def __init__(self, rules: ConfinedRules, questions: Sequence[Question]) -> None:
        self._rules, self._plugin, self._questions = rules, rules.plugin, questions
        self._answers: list[Answer] = [()] * len(questions)
        # What is asked together; more than one where a fault has to be found by halving.
        self._parts = [list(range(len(questions)))] if questions else []
        self._session: Session | None = None
        self._failed: PluginProcessError | PluginError | None = None
        self._is_retried = False
        self._tables: dict[int, tuple[Tables, frozenset[str]]] = {}
        self._plugin.lock.acquire()
        self._hand_over()

    def answers(self) -> Sequence[Answer]:
        """One answer a question, in order."""
        try:
            while self._parts:
                self._take_or_blame()
        finally:
            self._plugin.lock.release()
        return self._answers

    def _hand_over(self) -> None:
        """Send the part that is next; what goes wrong is met when its answers are taken."""
        self._failed = None
        plugin = self._plugin
        if plugin.is_resting():
            self._blame([at for part in self._parts for at in part], FaultKind.RESTING)
        if not self._parts:
            return
        try:
            session = plugin.ready()
            book = plugin.open_book(session, self._rules.settings)
            self._session = session = plugin.ready()
            session.process.send(self._judge(session, book), plugin.limits.batch_seconds)
        except (PluginProcessError, PluginError) as error:
            self._failed = error

    def _take_or_blame(self) -> None:
        limits = self._plugin.limits
        try:
            if self._failed is not None or self._session is None:
                raise self._failed or PluginProcessError(FaultKind.ENDED, None)
            judged = self._session.process.receive(
                Judged,
                seconds=limits.batch_seconds,
                call_seconds=limits.call_seconds,
                most=limits.batch_answer_bytes * 2,
                house=House(self._tables),
            )
            self._take(judged)
        except PluginError:
            # It was loaded before and cannot be loaded now: nothing it says can be had.
            self._plugin.failed()
            self._blame([at for part in self._parts for at in part], FaultKind.ENDED)
        except PluginProcessError as error:
            self._met(error)
        if self._parts:
            self._hand_over()

    def _met(self, error: PluginProcessError) -> None:
        """Find who is to blame for the end of the process; the others are asked again."""
        if error.is_idle and not self._is_retried:
            # It ended because nobody asked it, while we did: that is nobody's fault.
            self._is_retried = True
            return
        self._plugin.failed()
        part = self._parts[0]
        if error.at is not None and error.at < len(part):
            self._blame([part[error.at]], error.kind)
        elif len(part) == 1:
            self._blame(part, error.kind)
        else:
            half = len(part) // 2
            self._parts[:1] = [part[:half], part[half:]]

    def _take(self, judged: Judged) -> None:
        part = self._parts[0]
        taken: dict[int, Answer] = {}
        try:
            for said in judged.said:
                if said.at < 0 or part[said.at] in taken:
                    raise IndexError
                at = part[said.at]
                if said.fault is None:
                    taken[at] = _FLAGS.decode(said.flags)
                else:
                    taken[at] = self._broke(at, said.fault, said.error)
        except (IndexError, msgspec.MsgspecError):
            # An honest process never answers like this.
            if self._session is not None:
                self._session.process.end()
            raise PluginProcessError(FaultKind.WRONG_ANSWER, None) from None
        for at, answer in taken.items():
            self._answers[at] = answer
        self._parts.pop(0)

    def _blame(self, places: Iterable[int], kind: FaultKind) -> None:
        blamed = set(places)
        for at in sorted(blamed):
            self._answers[at] = self._broke(at, kind)
        left = ([at for at in part if at not in blamed] for part in self._parts)
        self._parts = [part for part in left if part]

    def _broke(self, at: int, kind: FaultKind, error: str = "") -> Answer:
        check: Any = self._questions[at].check
        return self._rules.broke(check.hook, check.rule, kind, error)

    def _judge(self, session: Session, book: int) -> Judge:
        """The batch as it is sent: each case once, with the knobs of its days."""
        places: dict[int, int] = {}
        cases: list[tuple[Case, list[int]]] = []
        asked = []
        for at in self._parts[0]:
            question = self._questions[at]
            case, number = question.case, _number_of(question)
            place = places.get(id(case))
            if place is None:
                place = places[id(case)] = len(cases)
                cases.append((case, [number]))
            else:
                cases[place][1].append(number)
            asked.append((number, place, question.lines))
        knobs: dict[int, dict[str, Any]] = {}
        self._tables = {}
        sent = tuple(
            self._sent(session, place, case, tuple(rules), knobs)
            for place, (case, rules) in enumerate(cases)
        )
        tables = {number: tuple(sorted(names)) for number, (_, names) in self._tables.items()}
        return Judge(book=book, knobs=knobs, cases=sent, asked=tuple(asked), tables=tables)

    def _sent(
        self,
        session: Session,
        place: int,
        case: Case,
        rules: tuple[int, ...],
        knobs: dict[int, dict[str, Any]],
    ) -> CaseSent:
        sight, numbers = self._rules.sight, Numbers(case.claim.claim_number, place)
        days: dict[date | None, int] = {case.day: _number(session, case.policy, knobs)}
        for line in case.claim.lines:
            day = line.service_from
            if day is not None and day not in days:
                days[day] = _number(session, case.policy_of(case.claim.payer, day), knobs)
        needs = self._rules.needs_of(rules)
        return CaseSent(
            claim=sight.shown(case.claim, numbers),
            day=case.day,
            as_of=case.as_of,
            received_on=case.received_on,
            facts=sight.facts(case.facts, needs, case.day, numbers),
            knobs=tuple(days.items()),
            tables=self._offer(session, case.tables, needs) if needs.tables else NONE_OFFERED,
        )

    def _offer(self, session: Session, tables: Tables, needs: Needs) -> int:
        """The number under which the rules of a case may ask the tables they need."""
        number = session.number_of(tables)
        before = self._tables.get(number, (tables, frozenset()))[1]
        self._tables[number] = (tables, before | offered(tables, needs.tables))
        return number


def _number_of(question: Question) -> int:
    check: Any = question.check
    number: int = check.number
    return number


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
