"""What declared rules change on a claim before it is judged, and the trace of each change.

Conditions are asked of the claim as it came, so the order of rules changes nothing: of two rules
that set one field the later layer wins, and a superseded rule that matches too stands back.
Setting comes before pricing, repricing after it. What is billed is never changed here: that is a
suggestion of a rule that holds the claim.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal

import msgspec

from core.claims.claim import Claim, Form, ServiceLine
from core.claims.parties import PayerKind, Value
from core.money import cents, plain, times
from core.rules.declared import Action, ActionKind, DeclaredRule, Reprice
from core.rules.declared_fields import FieldType, Setting, View, catalogue
from core.rules.facts import Authorization
from core.rules.rule import Rule, Touches
from core.rules.touch_index import TouchIndex, index_touches

Matches = Callable[[Claim, date, tuple[Authorization, ...]], tuple[int | None, ...]]

PLANS_MAXIMUM = 10_000

_PER_CENT = Decimal(100)


class Transform(Rule, frozen=True, kw_only=True):
    """A declared rule that sets, tags or reprices: what it does, and when."""

    declared: DeclaredRule
    matches: Matches
    touches: Touches


class RuleRun(Value, frozen=True, kw_only=True):
    """One change by one rule. ``before`` and ``after`` are as on the claim; money in dollars."""

    rule: str
    version: str
    layer: str
    action: str
    field: str
    before: str
    after: str
    line_no: int | None = None


class Changed(Value, frozen=True, kw_only=True):
    """A claim after the rules, and what each of them did."""

    claim: Claim
    runs: tuple[RuleRun, ...] = ()

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags that rules put on the claim."""
        return tuple(sorted({run.after for run in self.runs if run.action == ActionKind.TAG}))


class TransformBook:
    """Every transform of a rule book, indexed by what it can touch; weakest layer first."""

    def __init__(self, transforms: Iterable[Transform]) -> None:
        self.all: tuple[Transform, ...] = tuple(
            sorted(transforms, key=lambda one: (one.layer.rank, one.id, one.version))
        )
        self._index: TouchIndex = index_touches([one.touches for one in self.all])
        self._plans: dict[tuple[Form, PayerKind, str, tuple[str, ...]], tuple[Transform, ...]] = {}

    def __bool__(self) -> bool:
        return bool(self.all)

    def looking_at(self, claim: Claim) -> tuple[Transform, ...]:
        """Those that can touch ``claim``."""
        payer = claim.payer
        codes = tuple(line.code for line in claim.lines)
        key = (claim.form, payer.kind, self._index.asked_payer(payer.payer_id), codes)
        known = self._plans.get(key)
        if known is None:
            found = self._index.find(claim.form, payer.kind, payer.payer_id, codes)
            known = tuple(self.all[place] for place, _ in found)
            if len(self._plans) >= PLANS_MAXIMUM:
                self._plans.clear()
            self._plans[key] = known
        return known


_Place = tuple[int | None, str]
_Choice = tuple[Transform, Action]


def set_and_tagged(
    claim: Claim,
    book: TransformBook,
    as_of: date,
    authorizations: tuple[Authorization, ...] = (),
) -> Changed:
    """``claim`` with the administrative fields that rules set, and their tags."""
    kinds = (ActionKind.SET, ActionKind.TAG)
    chosen = _chosen(claim, book, as_of, authorizations, kinds) if book else {}
    if not chosen:
        return Changed(claim=claim)
    runs: list[RuleRun] = []
    for (line_no, place), (rule, action) in chosen.items():
        if action.kind is ActionKind.TAG:
            runs.append(_run(rule, action, "tag", "", action.value, line_no))
            continue
        before = written(claim, place, line_no)
        if before != action.value:
            changed = _with_value(claim, place, action.value)
            if changed is not claim:
                claim = changed
                runs.append(_run(rule, action, place, before, action.value, line_no))
    return Changed(claim=claim, runs=tuple(runs))


def repriced(
    claim: Claim,
    book: TransformBook,
    as_of: date,
    *,
    charged: frozenset[int],
    allowed: frozenset[int],
) -> Changed:
    """``claim`` with the amounts that rules change, of lines that were priced just now.

    ``charged`` and ``allowed`` are the lines whose charge and expected amount came from a schedule
    in this pass: a charge that the practice captured is never touched, and nothing twice.
    An expected amount may be given to any line.
    """
    chosen = _chosen(claim, book, as_of, (), (ActionKind.REPRICE,)) if book else {}
    if not chosen:
        return Changed(claim=claim)
    runs: list[RuleRun] = []
    lines = {line.line_no: line for line in claim.lines}
    # Charges first: an expected amount is never above the charge.
    for (line_no, place), (rule, action) in sorted(chosen.items(), key=_charges_first):
        assert line_no is not None, "a rule that reprices is about lines"
        line = lines[line_no]
        after = _amount(line, action, line_no in charged, line_no in allowed)
        new = {} if after is None else {f"{place}_cents": after}
        if place == "charge" and after is not None and (line.expected_cents or 0) > after:
            new["expected_cents"] = after
        for name, amount_cents in new.items():
            before = getattr(line, name)
            if before != amount_cents:
                said = "" if before is None else plain(before)
                field = f"line.{name.removesuffix('_cents')}"
                runs.append(_run(rule, action, field, said, plain(amount_cents), line_no))
        lines[line_no] = msgspec.structs.replace(line, **new)
    changed = msgspec.structs.replace(claim, lines=tuple(lines[one.line_no] for one in claim.lines))
    return Changed(claim=changed, runs=tuple(runs))


def _charges_first(one: tuple[_Place, _Choice]) -> tuple[str, int]:
    (line_no, place), _ = one
    return place, line_no or 0


def _chosen(
    claim: Claim,
    book: TransformBook,
    as_of: date,
    authorizations: tuple[Authorization, ...],
    kinds: tuple[ActionKind, ...],
) -> Mapping[_Place, _Choice]:
    """By line and field, the action that counts."""
    matched = [
        (rule, found)
        for rule in book.looking_at(claim)
        if any(one.kind in kinds for one in rule.declared.actions)
        and (found := rule.matches(claim, as_of, authorizations))
    ]
    if not matched:
        return {}
    back = {other for rule, _ in matched for other in rule.supersedes}
    chosen: dict[_Place, _Choice] = {}
    for rule, lines in matched:
        if rule.id in back:
            continue
        for action in rule.declared.actions:
            if action.kind not in kinds or not _is_quiet(action):
                continue
            for place in _places(rule, action, lines):
                chosen[place] = (rule, action)
    return chosen


def _is_quiet(action: Action) -> bool:
    if action.kind is not ActionKind.SET:
        return True
    field = catalogue().get(action.field)
    return field is not None and field.setting is Setting.QUIETLY


def _places(rule: Transform, action: Action, lines: tuple[int | None, ...]) -> Iterable[_Place]:
    if action.kind is ActionKind.TAG:
        return [(None, f"tag {action.value}")]
    if action.kind is ActionKind.SET:
        return [(None, action.field)]
    assert action.reprice is not None, "the rule was checked"
    return [(line, action.reprice.value.partition("_")[0]) for line in lines]


def _amount(line: ServiceLine, action: Action, is_charged: bool, is_allowed: bool) -> int | None:
    """The new amount of a line in cents; None where the rule has no say."""
    reprice = action.reprice
    if reprice is Reprice.CHARGE_PERCENT:
        return times(line.charge_cents, Decimal(action.value) / _PER_CENT) if is_charged else None
    if reprice is Reprice.CHARGE_AMOUNT:
        return times(cents(action.value), line.units) if is_charged else None
    if reprice is Reprice.EXPECTED_AMOUNT:
        return min(times(cents(action.value), line.units), line.charge_cents)
    if line.expected_cents is None or not is_allowed:
        return None
    percent = Decimal(action.value) / _PER_CENT
    return min(times(line.expected_cents, percent), line.charge_cents)


def written(claim: Claim, path: str, line_no: int | None = None) -> str:
    """The value of a field as a person writes it; several are joined by spaces."""
    field = catalogue()[path]
    line = next((one for one in claim.lines if one.line_no == line_no), None)
    values = field.read(View(claim, line, date.min))
    if field.type is FieldType.MONEY:
        return " ".join(plain(int(value)) for value in values if isinstance(value, int))
    if field.type is FieldType.FLAG:
        return " ".join("yes" if value else "no" for value in values)
    return " ".join(str(value) for value in values)


def _with_value(claim: Claim, path: str, value: str) -> Claim:
    """The claim with a text field of it set; the same claim where what holds it is not there."""
    *parents, name = path.split(".")
    if not parents:
        return msgspec.structs.replace(claim, **{name: value})
    [parent] = parents
    held = getattr(claim, parent)
    if held is None:
        return claim
    return msgspec.structs.replace(
        claim, **{parent: msgspec.structs.replace(held, **{name: value})}
    )


def _run(
    rule: Transform, action: Action, field: str, before: str, after: str, line_no: int | None
) -> RuleRun:
    return RuleRun(
        rule=rule.id,
        version=rule.version,
        layer=rule.layer.value,
        action=action.kind.value,
        field=field,
        before=before,
        after=after,
        line_no=line_no,
    )
