"""The rules of a confined plugin with one practice's settings: functions that are called elsewhere.

Edits and gates are asked in batches (``core.rules.elsewhere``), the others one call at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from core.claims.claim import ServiceLine, VisitFacts
from core.confidentiality import Sensitivity
from core.errors import PluginError
from core.intake.encounter import Charge
from core.rules.case import Case
from core.rules.coding import CodingCase, Proposal
from core.rules.elsewhere import Broke, Question
from core.rules.plays import DueDate
from core.rules.pricing import PricingCase
from core.scrub.finding import Flag
from plugins.confined.batch import Batch
from plugins.confined.faults import WORDS, FaultKind, PluginFault, note
from plugins.confined.process import PluginProcessError
from plugins.confined.protocol import Call, Called, encoded

if TYPE_CHECKING:
    from plugins.confined.plugin import ConfinedPlugin


class ConfinedRules:
    """What a plugin states with one practice's settings, and how its rules are asked."""

    def __init__(self, plugin: ConfinedPlugin, settings: bytes) -> None:
        self.plugin, self.settings = plugin, settings
        self.name = plugin.name
        self._places: dict[tuple[str, int], int] = {}

    def know(self, made: dict[str, tuple[Any, ...]]) -> None:
        """Tell it what the hooks stated."""
        lookers = [("gates", place) for place in range(len(made["gates"]))]
        lookers += [("claim_edits", place) for place in range(len(made["claim_edits"]))]
        self._places = {one: at for at, one in enumerate(lookers)}

    def handle(self, hook: str, place: int, field: str, rule: str) -> Any:
        """What stands in a rule for its function."""
        if field == "check":
            return ConfinedCheck(self, hook, place, rule)
        return ConfinedFunction(self, hook, place, field, rule)

    def begin(self, questions: Sequence[Question]) -> Batch:
        """Hand over a batch; see ``core.rules.elsewhere``."""
        return Batch(self, questions)

    def place_of(self, check: Any) -> int:
        """The number of an edit or gate in the plugin's process."""
        return self._places[check.hook, check.place]

    def broke(self, hook: str, rule: str, kind: FaultKind, error: str = "") -> Broke:
        """The answer of a rule that failed, noted for whoever gathers faults."""
        manifest = self.plugin.manifest
        holds = hook == "gates" or hook not in manifest.fails_open
        note(
            PluginFault(
                plugin=manifest.name, version=manifest.version, hook=hook, kind=kind, rule=rule,
                error=error, holds=holds,
            )
        )  # fmt: skip
        return Broke(WORDS[kind], holds=holds)

    def call(self, function: ConfinedFunction, given: tuple[Any, ...]) -> msgspec.Raw | None:
        """What the function gives back; None when it failed and its hook fails open.

        ``PluginError`` when it failed and its hook fails closed.
        """
        plugin, kind, error = self.plugin, FaultKind.RESTING, ""
        with plugin.lock:
            try:
                if not plugin.is_resting():
                    called = self._called(function, given)
                    if called.fault is None:
                        return called.value
                    kind, error = called.fault, called.error
            except PluginProcessError as fault:
                kind = fault.kind
                plugin.failed()
        broke = self.broke(function.hook, function.rule, kind, error)
        if broke.holds:
            raise PluginError(plugin.source.name, f"rule {function.rule} {broke.words}")
        return None

    def _called(self, function: ConfinedFunction, given: tuple[Any, ...]) -> Called:
        plugin = self.plugin
        session = plugin.ready()
        call = Call(
            book=plugin.open_book(session, self.settings),
            hook=function.hook,
            place=function.place,
            field=function.field,
            given=tuple(msgspec.Raw(encoded(one)) for one in given),
        )
        limits = plugin.limits
        return session.process.ask(
            call, Called, seconds=limits.call_seconds, most=limits.answer_bytes + 1_000
        )


class _Handle:
    """Written into a rule book's digest by the plugin, the hook and the rule."""

    def __init__(self, rules: ConfinedRules, hook: str, place: int, field: str, rule: str) -> None:
        self.elsewhere, self.hook, self.place, self.field, self.rule = (
            rules, hook, place, field, rule,
        )  # fmt: skip
        self.__module__ = rules.plugin.source.module
        self.__qualname__ = f"{hook}.{rule}.{field}"


class ConfinedCheck(_Handle):
    """The check of an edit or a gate. The engine asks it in batches; a direct call is a batch."""

    def __init__(self, rules: ConfinedRules, hook: str, place: int, rule: str) -> None:
        super().__init__(rules, hook, place, "check", rule)

    def __call__(self, case: Case, lines: Sequence[ServiceLine]) -> Sequence[Flag]:
        ids = {id(line) for line in lines}
        positions = tuple(at for at, line in enumerate(case.claim.lines) if id(line) in ids)
        (answer,) = self.elsewhere.begin([Question(self, case, positions)]).answers()
        if isinstance(answer, Broke):
            raise PluginError(self.elsewhere.plugin.source.name, f"rule {self.rule} {answer.words}")
        return answer


class ConfinedFunction(_Handle):
    """Any other function of a rule."""

    def __call__(self, *given: Any) -> Any:
        sent, read, otherwise = _CROSSINGS[self.field]
        crossing = sent(self.elsewhere, *given)
        if crossing is None:
            return otherwise(*given)
        answer = self.elsewhere.call(self, crossing)
        if answer is None:
            return otherwise(*given)
        try:
            return msgspec.msgpack.decode(answer, type=read)
        except msgspec.MsgspecError:
            broke = self.elsewhere.broke(self.hook, self.rule, FaultKind.WRONG_ANSWER)
            if broke.holds:
                name = self.elsewhere.plugin.source.name
                raise PluginError(name, f"rule {self.rule} {broke.words}") from None
            return otherwise(*given)


def _derive(rules: ConfinedRules, case: CodingCase, charge: Charge) -> tuple[Any, ...]:
    return (case.encounter, case.payer, dict(case.policy.knobs), case.day, case.rendering, charge)


def _apply(
    rules: ConfinedRules, case: PricingCase, line: ServiceLine, amount_cents: int
) -> tuple[Any, ...]:
    return (case.claim, case.day, dict(case.policy.knobs), line, amount_cents)


def _due(rules: ConfinedRules, facts: VisitFacts) -> tuple[Any, ...]:
    return (facts,)


def _upgrade(rules: ConfinedRules, version: int, body: dict[str, Any]) -> tuple[Any, ...]:
    return (version, body)


def _sensitivity(rules: ConfinedRules, value: msgspec.Struct) -> tuple[Any, ...]:
    return (msgspec.json.encode(value),)


def _nothing(*given: Any) -> None:
    return None


def _refuse(*given: Any) -> Any:
    raise PluginError("", "a record cannot be read without its plugin")


_Crossing = tuple[Callable[..., tuple[Any, ...] | None], Any, Callable[..., Any]]
_CROSSINGS: dict[str, _Crossing] = {
    "derive": (_derive, Proposal | None, _nothing),
    "apply": (_apply, int, lambda case, line, amount_cents: amount_cents),
    "due": (_due, DueDate | None, _nothing),
    "upgrade": (_upgrade, dict[str, Any], _refuse),
    "sensitivity": (_sensitivity, Sensitivity, _refuse),
}
"""How each function's values cross, the type of its answer, and what stands where none comes."""
