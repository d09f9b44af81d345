"""The rule book of a practice: every rule that may touch its claims, compiled once, immutable."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import partial
from hashlib import sha256
from typing import TypeVar

import msgspec

from core.claims.claim import Form
from core.claims.parties import Payer, PayerKind
from core.claims.position import NextActor
from core.dates import ALWAYS
from core.errors import InputError
from core.pricing.contracts import Contract, Contracts
from core.pricing.medicare import MedicareSchedule
from core.rules.coding import ClaimShape, CodingRule
from core.rules.declared_apply import Transform, TransformBook
from core.rules.derivation import Derivation
from core.rules.edits import Check, ClaimEdit, Gate
from core.rules.elsewhere import Elsewhere
from core.rules.fees import FeeIndex, index_fees
from core.rules.plays import Deadline, DenialPlay
from core.rules.policy import PayerPolicy, Policy, in_rank_order, resolve
from core.rules.pricing import FeeSchedule, PricingStep
from core.rules.records import RecordType
from core.rules.rule import Rule, Stops, Touches
from core.rules.touch_index import TouchIndex, index_touches
from core.scrub.finding import Severity

K = TypeVar("K")
V = TypeVar("V")

REMEMBERED_MAXIMUM = 10_000
"""Plans and resolved policies a book keeps ready."""

REMEMBERED_LINES_MAXIMUM = 50
"""A claim of more lines is rare, and its plan would be large to keep."""


class RuleSet(msgspec.Struct, frozen=True, kw_only=True):
    """What one contributor (platform, plugin, practice) states.

    ``fingerprint`` is a hash over its source and data files, ``settings`` the practice's settings
    for it as JSON: both go into the digest of the book.
    """

    name: str
    version: str
    fingerprint: str = ""
    settings: bytes = b""
    coding_rules: tuple[CodingRule, ...] = ()
    claim_shapes: tuple[ClaimShape, ...] = ()
    claim_edits: tuple[ClaimEdit, ...] = ()
    payer_policies: tuple[PayerPolicy, ...] = ()
    fee_schedules: tuple[FeeSchedule, ...] = ()
    pricing_steps: tuple[PricingStep, ...] = ()
    contracts: tuple[Contract, ...] = ()
    gates: tuple[Gate, ...] = ()
    derivations: tuple[Derivation, ...] = ()
    denial_plays: tuple[DenialPlay, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    records: tuple[RecordType, ...] = ()
    transforms: tuple[Transform, ...] = ()
    routes: Mapping[str, NextActor] = {}

    def rules(self) -> tuple[Rule, ...]:
        """Every rule of every kind, in the order of the fields.

        A declared rule that judges and changes claims is one rule: it is listed as an edit.
        """
        judging = {edit.id for edit in self.claim_edits} if self.transforms else ()
        return (
            *self.coding_rules,
            *self.claim_shapes,
            *self.claim_edits,
            *self.payer_policies,
            *self.fee_schedules,
            *self.pricing_steps,
            *self.contracts,
            *self.gates,
            *self.derivations,
            *self.denial_plays,
            *self.deadlines,
            *self.records,
            *(one for one in self.transforms if one.id not in judging),
        )


class Looker(msgspec.Struct, frozen=True, kw_only=True):
    """An edit or gate as the engine runs it. ``family`` is the contributor's name.

    ``elsewhere`` answers for a check that does not run in this process; None for all others.
    """

    rule: ClaimEdit | Gate
    family: str
    severity: Severity
    check: Check
    touches: Touches
    stops: Stops
    always: bool
    gate: bool
    elsewhere: Elsewhere | None = None


class Deriver(msgspec.Struct, frozen=True):
    """A derivation as it is asked. ``family`` is the contributor's name."""

    rule: Derivation
    family: str


class Plan(msgspec.Struct, frozen=True):
    """Which lookers see a claim of one form, payer kind and list of codes, and which lines.

    ``steps`` pairs a looker with the positions of its lines, None meaning all of them.
    """

    steps: tuple[tuple[Looker, tuple[int, ...] | None], ...]
    looked: tuple[str, ...]


class RuleBook(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Compiled rules. ``digest`` changes whenever anything that could change an answer does.

    ``medicare`` is the fee schedule that contracts take percentages of, as it is in force now: it
    changes prices, whose trace names its release, and no finding.
    """

    digest: str
    contributors: tuple[tuple[str, str], ...]
    coding_rules: tuple[CodingRule, ...]
    claim_shapes: tuple[ClaimShape, ...]
    lookers: tuple[Looker, ...]
    derivations: tuple[Deriver, ...]
    payer_policies: tuple[PayerPolicy, ...]
    fee_schedules: tuple[FeeSchedule, ...]
    pricing_steps: tuple[PricingStep, ...]
    contracts: Contracts
    denial_plays: tuple[DenialPlay, ...]
    deadlines: tuple[Deadline, ...]
    records: Mapping[str, RecordType]
    fees: FeeIndex
    index: TouchIndex
    transforms: TransformBook
    medicare: MedicareSchedule | None = None
    routes: Mapping[str, NextActor] = {}
    known_policies: dict[tuple[str, ...], Policy] = {}
    known_plans: dict[tuple[Form, PayerKind, str, tuple[str, ...]], Plan] = {}

    def policy(self, payer: Payer, day: date | None) -> Policy:
        """The knobs of ``payer`` on ``day``; resolved once, then remembered."""
        key = (payer.payer_id, payer.kind, payer.plan, payer.state, str(day))
        known = self.known_policies.get(key)
        if known is None:
            known = resolve(self.payer_policies, payer, day)
            _remember(self.known_policies, key, known)
        return known

    def plan(self, form: Form, kind: PayerKind, codes: tuple[str, ...], payer_id: str = "") -> Plan:
        """The lookers for such a claim, in the book's order; found once, then remembered."""
        key = (form, kind, self.index.asked_payer(payer_id), codes)
        known = self.known_plans.get(key)
        if known is None:
            steps = tuple(
                (self.lookers[place], lines)
                for place, lines in self.index.find(form, kind, payer_id, codes)
            )
            known = Plan(steps, tuple(looker.rule.id for looker, _ in steps))
            if len(codes) <= REMEMBERED_LINES_MAXIMUM:
                _remember(self.known_plans, key, known)
        return known


def _remember(known: dict[K, V], key: K, value: V) -> None:
    # A bounded memory of pure answers: when full it starts afresh.
    if len(known) >= REMEMBERED_MAXIMUM:
        known.clear()
    known[key] = value


def compile_rule_book(sets: Iterable[RuleSet]) -> RuleBook:
    """One immutable book out of ``sets``, whatever their order.

    Raises ``InputError`` for a rule id given twice for the same days (versions of a rule share its
    id and follow each other), fees or policies of equal rank that clash, and
    a rule that would replace a ``reject`` by something milder.
    """
    ordered = tuple(sorted(sets, key=lambda one: one.name))
    rules = [rule for one in ordered for rule in one.rules()]
    _refuse_repeats(rules)
    lookers = tuple(_looker(one.name, rule) for one in ordered for rule in _looking(one))
    _refuse_silencing(lookers)
    schedules = tuple(schedule for one in ordered for schedule in one.fee_schedules)
    steps = (step for one in ordered for step in one.pricing_steps)
    return RuleBook(
        digest=digest_of(ordered),
        contributors=tuple((one.name, one.version) for one in ordered),
        coding_rules=tuple(rule for one in ordered for rule in one.coding_rules),
        claim_shapes=tuple(shape for one in ordered for shape in one.claim_shapes),
        lookers=lookers,
        derivations=tuple(
            sorted(
                (Deriver(rule, one.name) for one in ordered for rule in one.derivations),
                key=lambda one: (one.rule.layer.rank, one.rule.id),
            )
        ),
        payer_policies=in_rank_order(p for one in ordered for p in one.payer_policies),
        fee_schedules=schedules,
        pricing_steps=tuple(sorted(steps, key=lambda step: (step.order, step.id))),
        contracts=Contracts(contract for one in ordered for contract in one.contracts),
        denial_plays=tuple(play for one in ordered for play in one.denial_plays),
        deadlines=tuple(deadline for one in ordered for deadline in one.deadlines),
        records={record.id: record for one in ordered for record in one.records},
        fees=index_fees(schedules),
        index=index_touches([looker.touches for looker in lookers]),
        transforms=TransformBook(one for each in ordered for one in each.transforms),
        routes={key: actor for one in ordered for key, actor in one.routes.items()},
    )


def _looking(one: RuleSet) -> tuple[ClaimEdit | Gate, ...]:
    return (*one.gates, *one.claim_edits)


def _looker(family: str, rule: ClaimEdit | Gate) -> Looker:
    gate = isinstance(rule, Gate)
    return Looker(
        rule=rule,
        family=family,
        severity=Severity.REJECT if isinstance(rule, Gate) else rule.severity,
        check=rule.check,
        touches=rule.touches,
        stops=Stops.NOTHING if isinstance(rule, Gate) else rule.stops,
        always=rule.effective == ALWAYS,
        gate=gate,
        elsewhere=getattr(rule.check, "elsewhere", None),
    )


def _refuse_repeats(rules: Iterable[Rule]) -> None:
    seen: dict[str, list[Rule]] = {}
    for rule in rules:
        earlier = seen.setdefault(rule.id, [])
        if any(rule.effective.overlaps(one.effective) for one in earlier):
            raise InputError(f"rule {rule.id} is given twice for the same days; rename one of them")
        earlier.append(rule)


def _refuse_silencing(lookers: Iterable[Looker]) -> None:
    severities = {looker.rule.id: looker.severity for looker in lookers}
    for looker in lookers:
        for other in looker.rule.supersedes:
            if severities.get(other) is Severity.REJECT and looker.severity is not Severity.REJECT:
                raise InputError(
                    f"rule {looker.rule.id} would silence {other}, which rejects; a rule may "
                    "replace a reject only by a reject"
                )


def digest_of(sets: Iterable[RuleSet]) -> str:
    """A digest of everything the sets state, in this order."""
    total = sha256()
    for one in sets:
        encoded = msgspec.json.encode(one, enc_hook=described, order="deterministic")
        total.update(len(encoded).to_bytes(8, "big"))
        total.update(encoded)
    return total.hexdigest()


def described(value: object) -> object:
    """A function or type inside a rule as text that is the same in every process."""
    if isinstance(value, partial):
        return [described(value.func), list(value.args), dict(value.keywords)]
    if callable(value):
        return f"{getattr(value, '__module__', '')}.{getattr(value, '__qualname__', '')}"
    raise InputError("a rule holds a value that cannot be written down")
