"""Rules that people who do not program write down: what one says, as a value.

A declared rule says for which claims it is (selectors and conditions), from when to when, on whose
word (document and page), and what is to be done. It never holds anything of a person: names,
numbers and birth dates can only be asked for presence. ``core.rules.declared_check`` says what is
wrong with one, ``core.rules.declared_compile`` turns it into what the engine runs.
"""

from __future__ import annotations

from enum import StrEnum

from core.claims.claim import Form
from core.claims.parties import PayerKind, Value
from core.claims.position import NextActor
from core.dates import ALWAYS, DateBasis, Window
from core.rules.rule import Layer


class Operator(StrEnum):
    """How a field is compared. A field with several values meets it when one of them does;
    ``is_not`` and ``none_of`` are met when no value is among those named, also when there is none.
    """

    IS = "is"
    IS_NOT = "is_not"
    ONE_OF = "one_of"
    NONE_OF = "none_of"
    BEGINS_WITH = "begins_with"
    BETWEEN = "between"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    MATCHES = "matches"
    """A list of codes, beginnings (``99*``) and ranges (``90832-90838``)."""
    MISSING = "missing"
    PRESENT = "present"


class Over(StrEnum):
    """What a clause looks at. Lines are those in force on the days the rule holds."""

    CLAIM = "claim"
    THIS_LINE = "this_line"
    """Makes the rule one about lines: what it finds, it finds on the line."""
    ANY_LINE = "any_line"
    EVERY_LINE = "every_line"
    NO_LINE = "no_line"


class Match(StrEnum):
    """How parts are joined."""

    ALL = "all"
    ANY = "any"


class Condition(Value, frozen=True, kw_only=True):
    """One field compared; values as a person writes them (dollars, days as 2026-01-31)."""

    field: str
    operator: Operator
    values: tuple[str, ...] = ()


class Clause(Value, frozen=True, kw_only=True):
    """Conditions about the claim or about lines, all or any of which must be met."""

    over: Over = Over.CLAIM
    match: Match = Match.ALL
    conditions: tuple[Condition, ...]


class ActionKind(StrEnum):
    """What a rule does."""

    HOLD = "hold"
    """A ``deny``: held unless somebody overrides with a reason."""
    REJECT = "reject"
    """Held until it is put right; nobody may override."""
    WARN = "warn"
    SET = "set"
    ADD_LINE = "add_line"
    ROUTE = "route"
    TAG = "tag"
    REPRICE = "reprice"


class Reprice(StrEnum):
    """Which amount of a line, and how: a percentage of it, or an amount a line."""

    CHARGE_PERCENT = "charge_percent"
    CHARGE_AMOUNT = "charge_amount"
    EXPECTED_PERCENT = "expected_percent"
    EXPECTED_AMOUNT = "expected_amount"


class Action(Value, frozen=True, kw_only=True):
    """One thing to do.

    ``message`` is what a biller reads (hold, reject, warn); ``field`` and ``value`` belong to
    ``set``; ``value`` is the tag, the person a held claim goes to (``biller``, ``coder``,
    ``client``), the line to add (``G2211 25 x1``), or the percentage or amount.
    """

    kind: ActionKind
    message: str = ""
    suggestion: str = ""
    carc: str = ""
    rarc: str = ""
    field: str = ""
    value: str = ""
    reprice: Reprice | None = None


class Selectors(Value, frozen=True, kw_only=True):
    """Whose claims; an empty selector means any."""

    forms: tuple[Form, ...] = ()
    payer_kinds: tuple[PayerKind, ...] = ()
    payers: tuple[str, ...] = ()
    plans: tuple[str, ...] = ()
    states: tuple[str, ...] = ()


ANY_CLAIM = Selectors()

LAYERS = (Layer.PAYER, Layer.STATE, Layer.PRACTICE)
"""Where a declared rule may stand, the weakest first."""

PREFIXES = {Layer.PAYER: "PAYER", Layer.STATE: "STATE", Layer.PRACTICE: "OWN"}
"""What a rule's id begins with, by its layer: no plugin and no other layer can have the same."""

OWNERS = (NextActor.BILLER, NextActor.CODER, NextActor.CLIENT)
"""To whom a held claim can be routed."""

JUDGING = (ActionKind.HOLD, ActionKind.REJECT, ActionKind.WARN)


class DeclaredRule(Value, frozen=True, kw_only=True):
    """One rule in one version. ``clauses`` are joined by ``match``; none: every claim it is for."""

    id: str
    title: str
    document: str
    layer: Layer
    page: str = ""
    version: int = 1
    effective: Window = ALWAYS
    basis: DateBasis = DateBasis.SERVICE_FROM
    selectors: Selectors = ANY_CLAIM
    match: Match = Match.ALL
    clauses: tuple[Clause, ...] = ()
    actions: tuple[Action, ...]
    supersedes: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        """Document and page in one."""
        return f"{self.document}, {self.page}" if self.page else self.document

    @property
    def is_of_lines(self) -> bool:
        """Whether it judges each line by itself."""
        return any(clause.over is Over.THIS_LINE for clause in self.clauses)

    @property
    def judgement(self) -> Action | None:
        """What it says of a claim: hold, reject or warn; None where it only changes."""
        return next((one for one in self.actions if one.kind in JUDGING), None)

    @property
    def holds(self) -> bool:
        """Whether it holds claims."""
        return self.judgement is not None and self.judgement.kind is not ActionKind.WARN

    def does(self, kind: ActionKind) -> tuple[Action, ...]:
        """Its actions of one kind."""
        return tuple(one for one in self.actions if one.kind is kind)
