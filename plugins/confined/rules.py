"""The rules of a confined plugin with one practice's settings: functions that are called elsewhere.

Edits and gates are asked in batches (``core.rules.elsewhere``), the others one call at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from core.claims.claim import Claim, ServiceLine
from core.errors import PluginError
from core.rules.case import Case
from core.rules.elsewhere import Broke, Question
from core.rules.needs import Needs
from core.rules.sees import Sees
from core.rules.visible import Visible, together
from core.scrub.finding import Flag
from plugins.confined.asked import House, unknown_table
from plugins.confined.batch import Batch
from plugins.confined.crossings import CROSSINGS
from plugins.confined.faults import WORDS, FaultKind, PluginFault, note
from plugins.confined.process import PluginProcessError
from plugins.confined.protocol import Call, Called, encoded, looker_of, number_of

if TYPE_CHECKING:
    from plugins.confined.plugin import ConfinedPlugin

CONTRACT_TABLE = "contract"
"""The table of what was agreed with a payer: it is money."""

TOGETHER_MAXIMUM = 1_000
"""Sets of rules whose needs are kept put together."""


class ConfinedRules:
    """What a plugin states with one practice's settings, and how its rules are asked."""

    def __init__(self, plugin: ConfinedPlugin, settings: bytes) -> None:
        self.plugin, self.settings = plugin, settings
        self.name = plugin.name
        self.sight = Visible(plugin.source.name, plugin.manifest.sees)
        self._needs_of: dict[tuple[str, int], Needs] = {}
        self._together: dict[tuple[int, ...], Needs] = {}

    def know(self, made: dict[str, tuple[Any, ...]]) -> None:
        """Tell it what the hooks stated; ``PluginError`` for what a confined rule cannot have."""
        self._check(made)
        self._needs_of = {
            (hook, place): rule.needs for hook in made for place, rule in enumerate(made[hook])
        }

    def needs_at(self, hook: str, place: int) -> Needs:
        """What one rule asks for."""
        return self._needs_of[hook, place]

    def _check(self, made: dict[str, tuple[Any, ...]]) -> None:
        name, sees = self.plugin.source.name, self.plugin.manifest.sees
        if made["pricing_steps"] and Sees.MONEY not in sees:
            raise PluginError(name, "states pricing steps and does not ask to see money")
        for rule in (one for rules in made.values() for one in rules):
            if (table := unknown_table(rule.needs.tables)) is not None:
                said = f"rule {rule.id} needs the table {table}, which the contract does not know"
                raise PluginError(name, said)
            if CONTRACT_TABLE in rule.needs.tables and Sees.MONEY not in sees:
                said = f"rule {rule.id} needs the table {CONTRACT_TABLE}, and its manifest does not"
                raise PluginError(name, f"{said} ask to see money")
            for one, asks in _asks(rule.needs):
                if asks and one not in sees:
                    said = f"rule {rule.id} needs what its manifest does not ask to see: {one}"
                    raise PluginError(name, said)

    def needs_of(self, numbers: tuple[int, ...]) -> Needs:
        """What the edits and gates of these numbers ask for together."""
        known = self._together.get(numbers)
        if known is None:
            known = together(self.needs_at(*looker_of(number)) for number in numbers)
            if len(self._together) >= TOGETHER_MAXIMUM:
                self._together.clear()
            self._together[numbers] = known
        return known

    def handle(self, hook: str, place: int, field: str, rule: str) -> Any:
        """What stands in a rule for its function."""
        if field == "check":
            return ConfinedCheck(self, hook, place, rule)
        return ConfinedFunction(self, hook, place, field, rule)

    def withholds(self, claim: Claim) -> bool:
        """See ``core.rules.elsewhere``."""
        return self.sight.withholds(claim, claim.lines)

    def begin(self, questions: Sequence[Question]) -> Batch:
        """Hand over a batch; see ``core.rules.elsewhere``."""
        return Batch(self, questions)

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

    def call(
        self, function: ConfinedFunction, given: tuple[Any, ...], house: House
    ) -> msgspec.Raw | None:
        """What the function gives back; None when it failed and its hook fails open.

        ``PluginError`` when it failed and its hook fails closed.
        """
        plugin, kind, error = self.plugin, FaultKind.RESTING, ""
        with plugin.lock:
            try:
                if not plugin.is_resting():
                    called = self._called(function, given, house)
                    if called.fault is None:
                        return called.value
                    kind, error = called.fault, called.error
            except PluginProcessError as fault:
                kind = fault.kind
                plugin.failed()
            except PluginError:
                # It was loaded before and cannot be loaded now.
                kind = FaultKind.ENDED
                plugin.failed()
        self.blame(function, kind, error)
        return None

    def blame(self, function: ConfinedFunction, kind: FaultKind, error: str = "") -> None:
        """Note that a function failed; ``PluginError`` where its hook fails closed."""
        broke = self.broke(function.hook, function.rule, kind, error)
        if broke.holds:
            name = self.plugin.source.name
            raise PluginError(name, f"rule {function.rule} {broke.words}") from None

    def _called(self, function: ConfinedFunction, given: tuple[Any, ...], house: House) -> Called:
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
            call, Called, seconds=limits.call_seconds, most=limits.answer_bytes + 1_000,
            house=house,
        )  # fmt: skip


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
        self.number = number_of(hook, place)

    def __call__(self, case: Case, lines: Sequence[ServiceLine]) -> Sequence[Flag]:
        if self.elsewhere.withholds(case.claim):
            return ()
        ids = {id(line) for line in lines}
        positions = tuple(at for at, line in enumerate(case.claim.lines) if id(line) in ids)
        (answer,) = self.elsewhere.begin([Question(self, case, positions)]).answers()
        if isinstance(answer, Broke):
            raise PluginError(self.elsewhere.plugin.source.name, f"rule {self.rule} {answer.words}")
        return answer


class ConfinedFunction(_Handle):
    """Any other function of a rule."""

    @property
    def needs(self) -> Needs:
        """What its rule asks for."""
        return self.elsewhere.needs_at(self.hook, self.place)

    def __call__(self, *given: Any) -> Any:
        crossing = CROSSINGS[self.hook, self.field]
        sent = crossing.sent(self, *given)
        answer = None
        if sent is not None:
            answer = self.elsewhere.call(self, sent, crossing.house(self, *given))
        if answer is None:
            return crossing.otherwise(self, *given)
        try:
            return crossing.read(answer)
        except (msgspec.MsgspecError, ValueError, ArithmeticError):
            self.elsewhere.blame(self, FaultKind.WRONG_ANSWER)
            return crossing.otherwise(self, *given)
