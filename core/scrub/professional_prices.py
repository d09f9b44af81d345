"""What the payer allows and pays of a professional line, from the fees the case brings.

professional-scrub.md s.7. The full Medicare fee schedule (localities, caps, therapy and imaging
reductions) is ``core.pricing``; here are the fees somebody names with the claim. Where a fact that
changes the amount is not known, the line has no price.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from importlib import resources

from core import money
from core.claims.claim import ServiceLine
from core.claims.parties import PayerKind, PayerSequence
from core.coding.time_units import anesthesia_time_units, documented_minutes
from core.pricing.factors import DatedNumbers, medicare_shares
from core.rules.case import Case
from core.rules.derivation import Word
from core.scrub.anesthesia_edits import PROVIDER_MODIFIERS, is_timed_anesthesia
from core.scrub.ncci_edits import OWN_ADD_ONS
from core.scrub.own_tables import family

FACILITY_PLACES = frozenset(
    ["02", "19", "21", "22", "23", "24", "26", "31", "34", "41", "42", "51", "52", "53", "56", "61"]
)  # CMS Pub 100-04 ch. 26 s. 10.5; professional-scrub.md s.9
"""Places of service where Medicare pays its facility fee."""


def _own_shares() -> DatedNumbers:
    path = resources.files("core.pricing").joinpath("data", "medicare_shares.csv")
    return medicare_shares(path.read_text(encoding="utf-8").splitlines())


_SHARES = _own_shares()
_WHOLE = Fraction(1)
_HALF = Fraction(1, 2)
# The fee is that of the whole service; of a component, a part or a reduced service it says nothing.
_PARTS = frozenset({"26", "TC", "52", "53", "54", "55", "56", "66", "73", "74"})
_ASSISTANTS = ("AS", "80", "81", "82")
_BOTH_SIDES = {"1": Fraction(3, 2), "3": Fraction(2), "0": _WHOLE, "2": _WHOLE, "9": _WHOLE}
_TELEHEALTH_PLACES = frozenset({"02", "10"})
_TELEHEALTH_MODIFIERS = frozenset({"93", "95", "GT", "GQ", "FQ"})
_PHYSICAL_STATUS_PAID = frozenset({"P3", "P4", "P5"})

_PROCEDURE = family("procedure")
_ENDOSCOPY = family("endoscopy")
_NOT_REDUCED = family("multiple_procedure_exempt")
_FREE_OF_COST_SHARING = family("free_of_cost_sharing")
_GLOBAL_PROCEDURES = frozenset({"000", "010", "090"})

_COINSURANCE = Fraction(20, 100)
_SEQUESTRATION = (
    (date(2022, 7, 1), Fraction(2, 100)),
    (date(2022, 4, 1), Fraction(1, 100)),
    (date(2020, 5, 1), Fraction(0)),
    (date(2013, 4, 1), Fraction(2, 100)),
)
"""First day and share of a Medicare payment, newest first (2 U.S.C. 901a; Pub. L. 117-71)."""


def allowed_amounts(case: Case) -> dict[int, int]:
    """Allowed cents by line number, for lines whose price is known: at most what is charged."""
    full: dict[int, Fraction] = {}
    for line in case.claim.lines:
        found = full_amount(case, line)
        if found is not None:
            full[line.line_no] = found
    if len(full) > 1 and case.claim.payer.kind is PayerKind.MEDICARE:
        _reduce_multiple_procedures(case, full)
    charges = {line.line_no: line.charge_cents for line in case.claim.lines}
    return {no: min(charges[no], money.half_up(amount)) for no, amount in full.items()}


def allowed_amount(case: Case, line: ServiceLine) -> int | None:
    """Allowed cents of one line by itself; None: not known."""
    full = full_amount(case, line)
    return None if full is None else min(line.charge_cents, money.half_up(full))


def full_amount(case: Case, line: ServiceLine) -> Fraction | None:
    """Cents of the line after every percentage, before the charge caps them; None: not known."""
    day = line.service_from or case.day
    if day is None or not line.code:
        return None
    if is_timed_anesthesia(line.code):
        return _anesthesia(case, line, day)
    if not _PARTS.isdisjoint(line.modifiers):
        return None
    if case.claim.payer.kind is PayerKind.MEDICARE:
        fee = _schedule_fee(case, line, day)
        share = _medicare_share(case, line, day)
    else:
        fee = _contract_fee(case, line, day)
        share = None if _has_special_share(line) else _WHOLE
    return None if fee is None or share is None else fee * share * Fraction(line.units)


def _schedule_fee(case: Case, line: ServiceLine, day: date) -> int | None:
    table = case.tables.fees
    fee = table.fee(line.code, day) if table is not None else None
    if fee is None:
        return None
    facility = case.place_of(line) in FACILITY_PLACES
    return fee.facility_cents if facility else fee.nonfacility_cents


def _contract_fee(case: Case, line: ServiceLine, day: date) -> int | None:
    """The contract's fee; without a contract for the code, the fee schedule's."""
    contract = case.tables.contract
    fee = contract.fee(line.code, day) if contract is not None else None
    if fee is None:
        return _schedule_fee(case, line, day)
    return fee.telehealth_cents if is_by_telehealth(case, line) else fee.in_person_cents


def is_by_telehealth(case: Case, line: ServiceLine) -> bool:
    """Whether the line says by its place or a modifier that the patient was seen from afar."""
    return case.place_of(line) in _TELEHEALTH_PLACES or not _TELEHEALTH_MODIFIERS.isdisjoint(
        line.modifiers
    )


def _has_special_share(line: ServiceLine) -> bool:
    return "50" in line.modifiers or "62" in line.modifiers or _assistant(line) != ""


def _assistant(line: ServiceLine) -> str:
    return next((one for one in _ASSISTANTS if one in line.modifiers), "")


def _medicare_share(case: Case, line: ServiceLine, day: date) -> Fraction | None:
    """Both sides, assistant, co-surgeon, therapy assistant, and who rendered it."""
    share = _WHOLE
    if "50" in line.modifiers:
        table = case.tables.bilateral
        sides = _BOTH_SIDES.get(table.word(line.code, day) or "") if table is not None else None
        if sides is None:
            return None
        share = sides
    assistant = _assistant(line)
    for modifier in (assistant, *(one for one in ("62", "CQ", "CO") if one in line.modifiers)):
        share *= _share("modifier", modifier, day)
    # 13.6 % of AS is 85 % of 16 % already.
    if assistant != "AS":
        share *= _share("credential", case.credential_of(line), day)
    return share


def _share(kind: str, key: str, day: date) -> Fraction:
    found = _SHARES.find(kind, key, day) if key else None
    return _WHOLE if found is None else Fraction(found.number, 1000)


def _anesthesia(case: Case, line: ServiceLine, day: date) -> Fraction | None:
    """(Base units and time units) x the factor, and the share of who gave or directed it."""
    table = case.tables.anesthesia
    factor = table.conversion_factor(day) if table is not None else None
    given = [one for one in line.modifiers if one in PROVIDER_MODIFIERS]
    if table is None or factor is None or len(given) != 1:
        return None
    medicare = case.claim.payer.kind is PayerKind.MEDICARE
    if not medicare and not _PHYSICAL_STATUS_PAID.isdisjoint(line.modifiers):
        return None
    if given[0] == "AD":
        # The fourth unit is for presence at induction, which no field of the claim says.
        return Fraction(3) * Fraction(factor) * 100
    base, minutes = table.base_units(line.code, day), anesthesia_minutes_of(line)
    if base is None or minutes is None:
        return None
    units = Fraction(base) + Fraction(anesthesia_time_units(minutes))
    return units * Fraction(factor) * 100 * _share("anesthesia", given[0], day)


def anesthesia_minutes_of(line: ServiceLine) -> int | None:
    """Documented minutes, else the minutes that are billed; None: not known."""
    minutes = documented_minutes(line)
    if minutes is None and line.unit_basis == "MJ" and line.units == int(line.units):
        return int(line.units)
    return minutes


def _reduce_multiple_procedures(case: Case, full: dict[int, Fraction]) -> None:
    """Surgery of one day: the dearest in full, the others by half (CPM ch. 12 s. 40.6).

    Two endoscopies of one organ may share a base that only the full schedule knows: then nothing
    of that day has a price.
    """
    together: dict[tuple[date, str], list[ServiceLine]] = {}
    for line in case.claim.lines:
        day = line.service_from or case.day
        if day is not None and line.line_no in full and _is_reduced(case, line, day):
            together.setdefault((day, case.rendering_npi(line)), []).append(line)
    for lines in together.values():
        organs = [organ for line in lines if (organ := _organ_seen(line.code))]
        if len(set(organs)) < len(organs):
            for line in lines:
                del full[line.line_no]
            continue
        lines.sort(key=lambda line: (-full[line.line_no], line.line_no))
        for line in lines[1:]:
            full[line.line_no] *= _HALF


def _organ_seen(code: str) -> str:
    """The first code of the row of endoscopies that holds ``code``; empty: it is none."""
    if not _ENDOSCOPY.holds(code, None):
        return ""
    return next(first for first, last, _ in _ENDOSCOPY.ranges if first <= code <= last)


def _is_reduced(case: Case, line: ServiceLine, day: date) -> bool:
    if "51" in line.modifiers:
        return True
    if line.code in OWN_ADD_ONS or not _PROCEDURE.holds(line.code, day):
        return False
    if _NOT_REDUCED.holds(line.code, day) or _assistant(line):
        return False
    table = case.tables.global_days
    word = table.word(line.code, day) if table is not None else None
    return word is None or word.zfill(3) in _GLOBAL_PROCEDURES


def priced_lines(case: Case) -> dict[int, dict[str, Word]]:
    """The pricing of each line whose fee is known, in the words of the result."""
    return paid_lines(case, allowed_amounts(case))


def paid_lines(case: Case, allowed: Mapping[int, int]) -> dict[int, dict[str, Word]]:
    """What is paid of the allowed cents by line: a specialty may bring amounts of its own."""
    found: dict[int, dict[str, Word]] = {
        no: {"allowed": money.plain(cents)} for no, cents in allowed.items()
    }
    if case.claim.sequence is not PayerSequence.PRIMARY:
        _add_secondary(case, allowed, found)
    elif case.claim.payer.kind is PayerKind.MEDICARE:
        for no, share in _medicare_payments(case, allowed).items():
            found[no] |= _written_payment(case, no, *share)
    return found


def _medicare_payments(case: Case, allowed: Mapping[int, int]) -> dict[int, tuple[int, int, int]]:
    """Deductible, coinsurance and payment by line; empty where the deductible is not known."""
    remaining = (case.facts.accumulators or {}).get("deductible_remaining")
    if remaining is None:
        return {}
    found = {}
    for line in case.claim.lines:
        if line.line_no not in allowed:
            continue
        amount = allowed[line.line_no]
        if _FREE_OF_COST_SHARING.holds(line.code, line.service_from or case.day):
            deductible = coinsurance = 0
        else:
            deductible = max(0, min(remaining, amount))
            coinsurance = money.half_up((amount - deductible) * _COINSURANCE)
        remaining -= deductible
        found[line.line_no] = deductible, coinsurance, amount - deductible - coinsurance
    return found


def _written_payment(
    case: Case, no: int, deductible: int, coinsurance: int, paid: int
) -> dict[str, Word]:
    return {
        "deductible": money.plain(deductible),
        "coinsurance": money.plain(coinsurance),
        **_sequestered(case, no, paid),
    }


def _sequestered(case: Case, no: int, paid: int) -> dict[str, Word]:
    written: dict[str, Word] = {"payer_paid_before_sequestration": money.plain(paid)}
    held = 0
    if case.claim.payer.kind is PayerKind.MEDICARE:
        line = next(one for one in case.claim.lines if one.line_no == no)
        held = money.half_up(paid * _sequestration(line.service_from or case.day))
        written["sequestration"] = money.plain(held)
    written["payer_paid"] = money.plain(paid - held)
    return written


def _sequestration(day: date | None) -> Fraction:
    for first, share in _SEQUESTRATION:
        if day is not None and day >= first:
            return share
    return Fraction(0)


def _add_secondary(
    case: Case, allowed: Mapping[int, int], found: dict[int, dict[str, Word]]
) -> None:
    """What a later payer adds, by its method; nothing where an earlier one has not decided."""
    method = case.policy.text("cob_method") or "standard"
    normal = _medicare_payments(case, allowed)
    for line in case.claim.lines:
        if line.line_no not in allowed or not line.adjudications:
            continue
        before = sum(one.paid_cents for one in line.adjudications)
        own = normal[line.line_no][2] if line.line_no in normal else None
        if method == "standard":
            owed = _patient_owes(line)
            most = min(allowed[line.line_no] - before, owed, *(() if own is None else (own,)))
        elif own is not None:
            most = own - before
        else:
            continue
        found[line.line_no] |= _sequestered(case, line.line_no, max(0, most))


def _patient_owes(line: ServiceLine) -> int:
    """What the last payer before left to the patient (group PR)."""
    return sum(one.amount_cents for one in line.adjudications[-1].adjustments if one.group == "PR")


def as_tenths(units: Decimal) -> str:
    """Time units with their one decimal."""
    return f"{units:.1f}"
