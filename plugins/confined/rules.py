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
from core.rules.needs import Needs
from core.rules.plays import DueDate
from core.rules.pricing import PricingCase
from core.rules.sees import Sees
from core.rules.visible import Numbers, Visible, together
from core.scrub.finding import Flag
from plugins.confined.batch import Batch
from plugins.confined.faults import WORDS, FaultKind, PluginFault, note
from plugins.confined.process import PluginProcessError
from plugins.confined.protocol import Call, Called, encoded

if TYPE_CHECKING:
    from plugins.confined.plugin import ConfinedPlugin


TOGETHER_MAXIMUM = 1_000
"""Sets of rules whose needs are kept put together."""


class ConfinedRules:
    """What a plugin states with one practice's settings, and how its rules are asked."""

    def __init__(self, plugin: ConfinedPlugin, settings: bytes) -> None:
        self.plugin, self.settings = plugin, settings
        self.name = plugin.name
        self.sight = Visible(plugin.source.name, plugin.manifest.sees)
        self._places: dict[tuple[str, int], int] = {}
        self._needs: list[Needs] = []
        self._together: dict[frozenset[int], Needs] = {}

    def know(self, made: dict[str, tuple[Any, ...]]) -> None:
        """Tell it what the hooks stated; ``PluginError`` for what a confined rule cannot have."""
        self._check(made)
        lookers = [
            (hook, place, rule.needs)
            for hook in ("gates", "claim_edits")
            for place, rule in enumerate(made[hook])
        ]
        self._places = {(hook, place): at for at, (hook, place, _) in enumerate(lookers)}
        self._needs = [needs for _, _, needs in lookers]

    def _check(self, made: dict[str, tuple[Any, ...]]) -> None:
        name, sees = self.plugin.source.name, self.plugin.manifest.sees
        if made["pricing_steps"] and Sees.MONEY not in sees:
            raise PluginError(name, "states pricing steps and does not ask to see money")
        for rule in (one for rules in made.values() for one in rules):
            if rule.needs.tables:
                said = f"rule {rule.id} reads the table {rule.needs.tables[0]}, and a plugin in a "
                raise PluginError(name, said + "process of its own is given no reference tables")
            for one, asks in _asks(rule.needs):
                if asks and one not in sees:
                    said = f"rule {rule.id} needs what its manifest does not ask to see: {one}"
                    raise PluginError(name, said)

    def needs_of(self, lookers: frozenset[int]) -> Needs:
        """What these of its edits and gates ask for together."""
        known = self._together.get(lookers)
        if known is None:
            known = together(self._needs[at] for at in sorted(lookers))
            if len(self._together) >= TOGETHER_MAXIMUM:
                self._together.clear()
            self._together[lookers] = known
        return known

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


def _asks(needs: Needs) -> tuple[tuple[Sees, bool], ...]:
    loaded = bool(needs.history) or needs.authorizations or needs.eligibility
    return (
        (Sees.HISTORY, loaded), (Sees.MONEY, bool(needs.accumulators)),
        (Sees.CLINICAL, needs.consents),
    )  # fmt: skip


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
        sent, read, otherwise = _CROSSINGS[self.hook, self.field]
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


def _derive(rules: ConfinedRules, case: CodingCase, charge: Charge) -> tuple[Any, ...] | None:
    visit, sight, numbers = case.encounter, rules.sight, Numbers()
    if sight.withholds(visit, visit.charges):
        return None
    rendering = None if case.rendering is None else sight.shown(case.rendering, numbers)
    shown = sight.shown(visit, numbers)
    knobs = dict(case.policy.knobs)
    return (shown, case.payer, knobs, case.day, rendering, sight.shown(charge, numbers))


def _apply(
    rules: ConfinedRules, case: PricingCase, line: ServiceLine, amount_cents: int
) -> tuple[Any, ...] | None:
    claim, sight = case.claim, rules.sight
    if sight.withholds(claim, claim.lines):
        return None
    numbers = Numbers(claim.claim_number)
    shown = sight.shown(claim, numbers)
    return (shown, case.day, dict(case.policy.knobs), sight.shown(line, numbers), amount_cents)


def _due(rules: ConfinedRules, facts: VisitFacts) -> tuple[Any, ...] | None:
    lines = getattr(facts, "lines", ()) or getattr(facts, "charges", ())
    if rules.sight.withholds(facts, lines):
        return None
    return (rules.sight.shown(facts, Numbers(getattr(facts, "claim_number", ""))),)


def _upgrade(rules: ConfinedRules, version: int, body: dict[str, Any]) -> tuple[Any, ...]:
    return (version, body)


def _sensitivity(rules: ConfinedRules, value: msgspec.Struct) -> tuple[Any, ...]:
    return (msgspec.json.encode(value),)


def _nothing(*given: Any) -> None:
    return None


def _refuse(*given: Any) -> Any:
    raise PluginError("", "a record cannot be read without its plugin")


_Crossing = tuple[Callable[..., tuple[Any, ...] | None], Any, Callable[..., Any]]
_CROSSINGS: dict[tuple[str, str], _Crossing] = {
    ("coding_rules", "derive"): (_derive, Proposal | None, _nothing),
    ("pricing_steps", "apply"): (_apply, int, lambda case, line, amount_cents: amount_cents),
    ("deadlines", "due"): (_due, DueDate | None, _nothing),
    ("records", "upgrade"): (_upgrade, dict[str, Any], _refuse),
    ("records", "sensitivity"): (_sensitivity, Sensitivity, _refuse),
}
"""How each function's values cross, the type of its answer, and what stands where none comes."""
