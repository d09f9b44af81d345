"""The process that a partner's plugin runs in.

It has one way out, the pair of sockets it was born with. Whatever it says is checked on the other
side; what is checked here only makes the answer say which rule is to blame.
"""

from __future__ import annotations

import os
import select
import struct
import sys
from collections.abc import Callable, Iterable
from datetime import date
from importlib import import_module
from itertools import islice
from mmap import mmap
from pathlib import Path
from typing import Any

import msgspec

from core.claims.claim import Claim, ServiceLine, VisitFacts
from core.claims.parties import Payer, Provider
from core.errors import PluginError
from core.intake.encounter import Charge, Encounter
from core.rules.case import Case
from core.rules.coding import CodingCase, Proposal
from core.rules.derivation import Derived
from core.rules.facts import ClaimFacts
from core.rules.plays import DueDate
from core.rules.policy import Policy
from core.rules.pricing import PricingCase
from core.rules.tables import Tables
from core.scrub.finding import Flag
from plugins import checks
from plugins.confined import crossings, fences, types
from plugins.confined.asked import Tellers
from plugins.confined.faults import FaultKind
from plugins.confined.limits import Limits
from plugins.confined.protocol import (
    NONE_OFFERED,
    QUESTION,
    REQUESTS,
    Answered,
    Asked,
    Call,
    Called,
    CaseSent,
    Demo,
    Fenced,
    Import,
    Imported,
    Judge,
    Judged,
    Open,
    Opened,
    Said,
    Start,
    encoded,
    framed,
    looker_of,
    read_frame,
)
from plugins.confined.shapes import knobs, told

REQUEST_BYTES_MAX = 256 * 1024 * 1024
PROGRESS = struct.Struct("<q")
BEFORE, BETWEEN = -2, -1
"""What stands in the shared word while no rule runs: nothing was read yet, or work is prepared."""

_FLAGS = msgspec.msgpack.Decoder(tuple[Flag, ...])
_BROKEN = (Exception, SystemExit)


def main(connection: int, progress: int, parent: int) -> None:
    """Serve until the other side closes or nobody asks."""
    fences.leave_with(parent)
    with mmap(progress, PROGRESS.size) as word:
        os.close(progress)
        _Child(_lowest(connection), word).serve()


def _lowest(handle: int) -> int:
    """The same under the lowest number: what it was in a busy server may lie beyond the limit."""
    lower = os.dup(handle)
    os.close(max(lower, handle))
    return min(lower, handle)


class _WrongAnswerError(Exception):
    """An answer of another type than the rule's function gives."""


class _Child:
    def __init__(self, connection: int, word: mmap) -> None:
        self._connection, self._word = connection, word
        self._limits = Limits()
        self._module: Any = None
        self._manager: Any = None
        self._manifest: Any = None
        self._books: dict[int, dict[str, tuple[Any, ...]]] = {}
        self._knobs: dict[int, Policy] = {}
        self._tellers = Tellers(self._ask)

    def serve(self) -> None:
        answers: dict[type, Callable[[Any], Any]] = {
            Start: self._start, Import: self._import, Open: self._open, Judge: self._judge,
            Call: self._call, Demo: self._demo,
        }  # fmt: skip
        while self._is_asked():
            frame = read_frame(self._read, REQUEST_BYTES_MAX)
            if frame is None:
                return
            self._at(BETWEEN)
            request = REQUESTS.decode(frame)
            del frame
            self._send(answers[type(request)](request))
            self._at(BEFORE)

    def _is_asked(self) -> bool:
        ready, _, _ = select.select([self._connection], [], [], self._limits.idle_seconds)
        return bool(ready)

    def _read(self, length: int) -> bytes:
        return os.read(self._connection, length)

    def _ask(self, question: Asked) -> Answered:
        """Ask the house in the midst of an answer."""
        self._send(question, mark=QUESTION)
        frame = read_frame(self._read, REQUEST_BYTES_MAX)
        if frame is None:
            os._exit(0)
        return msgspec.msgpack.decode(frame, type=Answered)

    def _send(self, answer: object, *, mark: int = 0) -> None:
        left = memoryview(framed(answer, mark=mark))
        while left:
            left = left[os.write(self._connection, left) :]

    def _at(self, place: int) -> None:
        PROGRESS.pack_into(self._word, 0, place)

    def _start(self, start: Start) -> Fenced:
        self._limits, self._module = start.limits, start.module
        if start.folder:
            sys.path.insert(0, start.folder)
        fences.put_up(Path(start.root), start.folder, start.limits)
        return Fenced(fences.tried(start.parent, start.limits))

    def _import(self, _: Import) -> Imported:
        name = self._module.rpartition(".")[2]
        try:
            module = import_module(self._module)
            manifest = checks.check_manifest(name, getattr(module, "MANIFEST", None))
            self._manager = checks.managed(module, manifest.name)
            self._manifest = manifest
            kind = checks.settings_type(self._manager, manifest.name)
            return Imported(manifest=manifest, settings=types.described(kind))
        except PluginError as error:
            return Imported(refused=error.message)
        except types.UnsupportedTypeError:
            return Imported(refused=f"plugin {name}: its settings hold what no form can show")
        except _BROKEN as error:
            return Imported(refused=f"plugin {name}: cannot be imported ({class_of(error)})")

    def _open(self, request: Open) -> Opened:
        name = self._manifest.name
        try:
            kind = checks.settings_type(self._manager, name)
            settings = checks.read_settings(kind, name, request.settings)
            book: dict[str, tuple[Any, ...]] = {}
            rules: dict[str, msgspec.Raw] = {}
            for hook, of in checks.COLLECTED.items():
                answer = checks.ask(self._manager, name, hook, settings=settings)
                book[hook] = checks.check_type(name, hook, answer, of)
                rules[hook] = msgspec.Raw(encoded([told(hook, rule) for rule in book[hook]]))
        except PluginError as error:
            return Opened(refused=error.message)
        except _BROKEN:
            return Opened(refused=f"plugin {name}: it states what cannot be written down")
        self._books[request.book] = book
        return Opened(rules=rules)

    def _judge(self, batch: Judge) -> Judged:
        for number, given in batch.knobs.items():
            self._knobs[number] = Policy(knobs(given))
        cases = [self._case(one, batch.tables.get(one.tables, ())) for one in batch.cases]
        book, said, room = self._books[batch.book], [], self._limits.batch_answer_bytes
        for at, (number, place, positions) in enumerate(batch.asked):
            self._at(at)
            hook, stands = looker_of(number)
            case = cases[place]
            lines = case.claim.lines
            one = self._look(
                at,
                book[hook][stands],
                case,
                lines if positions is None else [lines[each] for each in positions],
            )
            if one is not None:
                room -= len(one.flags) + 64
                said.append(one if room > 0 else Said(at, fault=FaultKind.TOO_LONG))
        self._at(BETWEEN)
        return Judged(tuple(said))

    def _look(self, at: int, rule: Any, case: Case, lines: Any) -> Said | None:
        most = self._limits.flags_a_claim
        try:
            answer = rule.check(case, lines)
            if not isinstance(answer, Iterable):
                return Said(at, fault=FaultKind.WRONG_ANSWER)
            flags = tuple(islice(answer, most + 1))
        except _BROKEN as error:
            return Said(at, fault=_kind_of(error), error=class_of(error))
        if not flags:
            return None
        if len(flags) > most:
            return Said(at, fault=FaultKind.TOO_LONG)
        try:
            body = encoded(flags)
            _FLAGS.decode(body)
        except _BROKEN:
            return Said(at, fault=FaultKind.WRONG_ANSWER)
        if any(type(flag) is not Flag for flag in flags):
            return Said(at, fault=FaultKind.WRONG_ANSWER)
        if len(body) > self._limits.answer_bytes:
            return Said(at, fault=FaultKind.TOO_LONG)
        return Said(at, body)

    def _case(self, sent: CaseSent, tables: tuple[str, ...]) -> Case:
        policies = {day: self._knobs[number] for day, number in sent.knobs}
        return _case_of(sent, policies, self._tellers.tables(sent.tables, tables))

    def _call(self, call: Call) -> Called:
        self._at(0)
        try:
            rule = self._books[call.book][call.hook][call.place]
            answer = _CALLS[call.hook, call.field](rule, call.given, self._tellers)
            body = encoded(answer)
            if len(body) > self._limits.answer_bytes:
                return Called(fault=FaultKind.TOO_LONG)
            return Called(value=msgspec.Raw(body))
        except _BROKEN as error:
            return Called(fault=_kind_of(error), error=class_of(error))

    def _demo(self, demo: Demo) -> Called:
        name = self._manifest.name
        try:
            answer = checks.ask(
                self._manager, name, "demo_encounters", seed=demo.seed, practice=demo.practice
            )
            visits = checks.check_type(name, "demo_encounters", answer, Encounter)
            return Called(value=msgspec.Raw(encoded(visits)))
        except _BROKEN as error:
            return Called(fault=_kind_of(error), error=class_of(error))


def _case_of(sent: CaseSent, policies: dict[date | None, Policy], tables: Tables) -> Case:
    payer = sent.claim.payer

    def policy_of(asked: Payer, day: date | None) -> Policy:
        if asked != payer or day not in policies:
            raise LookupError("a confined rule may ask for its claim's payer and days")
        return policies[day]

    return Case(
        claim=sent.claim,
        day=sent.day,
        as_of=sent.as_of,
        received_on=sent.received_on,
        policy=policies[sent.day],
        facts=sent.facts,
        tables=tables,
        policy_of=policy_of,
        known={},
    )


def _derive(rule: Any, given: tuple[msgspec.Raw, ...], _: Tellers) -> Proposal | None:
    encounter, payer, knobs_given, day, rendering, charge = given
    case = CodingCase(
        encounter=msgspec.msgpack.decode(encounter, type=Encounter),
        payer=msgspec.msgpack.decode(payer, type=Payer),
        policy=_policy(knobs_given),
        day=msgspec.msgpack.decode(day, type=_DAY),
        rendering=msgspec.msgpack.decode(rendering, type=_PROVIDER),
    )
    answer = rule.derive(case, msgspec.msgpack.decode(charge, type=Charge))
    proposal: Proposal | None = _of_type(answer, Proposal)
    return proposal


def _support(rule: Any, given: tuple[msgspec.Raw, ...], tellers: Tellers) -> dict[str, Any] | None:
    claim, day, as_of, received_on, facts, knobs_given, tables = given
    policies = {
        on: Policy(knobs(each))
        for on, each in msgspec.msgpack.decode(knobs_given, type=_KNOBS_BY_DAY)
    }
    case = _case_of(
        CaseSent(
            claim=msgspec.msgpack.decode(claim, type=Claim),
            day=msgspec.msgpack.decode(day, type=_DAY),
            as_of=msgspec.msgpack.decode(as_of, type=date),
            received_on=msgspec.msgpack.decode(received_on, type=_DAY),
            facts=msgspec.msgpack.decode(facts, type=ClaimFacts),
            knobs=(),
        ),
        policies,
        tellers.tables(NONE_OFFERED, msgspec.msgpack.decode(tables, type=list[str])),
    )
    answer = _of_type(rule.derive(case), Derived)
    return None if answer is None else crossings.told(answer)


def _apply(rule: Any, given: tuple[msgspec.Raw, ...], tellers: Tellers) -> int:
    claim, day, knobs_given, line, amount = given
    case = PricingCase(
        claim=msgspec.msgpack.decode(claim, type=Claim),
        day=msgspec.msgpack.decode(day, type=_DAY),
        policy=_policy(knobs_given),
        priced_as=tellers.price,
    )
    answer = rule.apply(
        case,
        msgspec.msgpack.decode(line, type=ServiceLine),
        msgspec.msgpack.decode(amount, type=int),
    )
    if type(answer) is not int:
        raise _WrongAnswerError
    return answer


def _due(rule: Any, given: tuple[msgspec.Raw, ...], _: Tellers) -> DueDate | None:
    facts = msgspec.msgpack.decode(given[0], type=VisitFacts)
    due: DueDate | None = _of_type(rule.due(facts), DueDate)
    return due


def _upgrade(rule: Any, given: tuple[msgspec.Raw, ...], _: Tellers) -> dict[str, Any]:
    version, body = (msgspec.msgpack.decode(one) for one in given)
    return _of_type(rule.upgrade(version, body), dict) or {}


def _sensitivity(rule: Any, given: tuple[msgspec.Raw, ...], _: Tellers) -> str:
    value = msgspec.json.decode(msgspec.msgpack.decode(given[0], type=bytes), type=rule.type)
    return str(rule.sensitivity(value))


def _policy(given: msgspec.Raw) -> Policy:
    return Policy(knobs(msgspec.msgpack.decode(given, type=dict[str, Any])))


_DAY: Any = date | None
_KNOBS_BY_DAY: Any = list[tuple[date | None, dict[str, Any]]]
_PROVIDER: Any = Provider | None
_CALLS: dict[tuple[str, str], Callable[[Any, tuple[msgspec.Raw, ...], Tellers], Any]] = {
    ("coding_rules", "derive"): _derive,
    ("derivations", "derive"): _support,
    ("pricing_steps", "apply"): _apply,
    ("deadlines", "due"): _due,
    ("records", "upgrade"): _upgrade,
    ("records", "sensitivity"): _sensitivity,
}


def _of_type(answer: Any, kind: type[Any]) -> Any:
    if answer is not None and type(answer) is not kind:
        raise _WrongAnswerError
    return answer


def _kind_of(error: BaseException) -> FaultKind:
    if isinstance(error, MemoryError):
        return FaultKind.MEMORY
    return FaultKind.WRONG_ANSWER if isinstance(error, _WrongAnswerError) else FaultKind.RAISED


def class_of(error: BaseException) -> str:
    """The built-in class nearest to the error's: a class of the plugin's own could be named after
    a patient.
    """
    return next(one.__name__ for one in type(error).__mro__ if one.__module__ == "builtins")
