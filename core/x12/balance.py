"""SNIP 3: the sums that a claim and a remittance must keep, gathered while walking.

837: CLM02 is the sum of the line charges. A line that an earlier payer decided: its charge is that
payer's payment and adjustments. The claim of an earlier payer: what it paid (AMT*D) is the sum of
its line payments less its claim-level adjustments; and each decision on a line names a payer of
the claim. 835: SVC, CLP and BPR as the guide states.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from core.errors import InputError
from core.x12.elements import read_cents
from core.x12.report import X12Error

Watch = Callable[[int, list[str], str], None]
_CAS_AMOUNTS = range(3, 20, 3)
# The guide has ten; a file with ever more of them must not fill the memory.
_PAYERS_MAX = 100


def _cents(values: list[str], place: int) -> int | None:
    """The amount at ``place``, 0 when empty; None when it is none, which is told elsewhere."""
    if place >= len(values) or not values[place]:
        return 0
    try:
        return read_cents(values[place])
    except InputError:
        return None


def _adjusted(values: list[str]) -> int | None:
    total = 0
    for place in _CAS_AMOUNTS:
        if place >= len(values):
            break
        part = _cents(values, place)
        if part is None:
            return None
        total += part
    return total


@dataclass(slots=True)
class _Sum:
    """A running sum; ``sound`` turns False when a part of it could not be read."""

    cents: int = 0
    sound: bool = True

    def add(self, part: int | None) -> None:
        if part is None:
            self.sound = False
        else:
            self.cents += part


@dataclass(slots=True)
class _EarlierPayer:
    segment: int
    id: str = ""
    paid: int | None = None
    paid_segment: int = 0
    adjusted: _Sum = field(default_factory=_Sum)
    line_paid: _Sum = field(default_factory=_Sum)
    lines: int = 0


class ClaimBalance:
    """The sums of each claim of an 837. ``watches`` maps segment ids to what they add."""

    def __init__(self, report: Callable[[X12Error], None]) -> None:
        self._report = report
        self._claim = (0, 0)
        self._lines = _Sum()
        self._has_line = False
        self._awaits_charge = False
        self._payers: list[_EarlierPayer] = []
        self._line_charge: int | None = None
        self._decision: tuple[int, _Sum, _EarlierPayer | None] | None = None
        self.watches: dict[str, Watch] = {
            "CLM": self._on_claim,
            "HL": self._on_level,
            "LX": self._on_line,
            "SV1": self._on_charge_2,
            "SV2": self._on_charge_3,
            "SV3": self._on_charge_2,
            "SBR": self._on_insurance,
            "NM1": self._on_name,
            "AMT": self._on_amount,
            "CAS": self._on_adjustment,
            "SVD": self._on_decision,
        }

    def finish(self) -> None:
        """Close the claim at hand, at the end of the transaction."""
        self._close_line()
        segment, charge = self._claim
        if segment and self._has_line and self._lines.sound and charge != self._lines.cents:
            self._say(
                segment, "CLM", "2300", "claim-total", "the charge is not the sum of the lines"
            )
        for payer in self._payers:
            self._close_payer(payer)
        self._claim, self._payers, self._lines, self._has_line = (0, 0), [], _Sum(), False

    def _close_payer(self, payer: _EarlierPayer) -> None:
        if payer.paid is None or not payer.lines or not payer.line_paid.sound:
            return
        if payer.adjusted.sound and payer.paid != payer.line_paid.cents - payer.adjusted.cents:
            self._say(
                payer.paid_segment,
                "AMT",
                "2320",
                "payer-paid-total",
                "what the earlier payer paid is not the sum of its lines less its adjustments",
            )

    def _close_decision(self) -> None:
        if self._decision is None:
            return
        segment, total, _ = self._decision
        self._decision = None
        if total.sound and self._line_charge is not None and total.cents != self._line_charge:
            message = "the line charge is not the payment and adjustments of the earlier payer"
            self._say(segment, "SVD", "2430", "line-decision", message)

    def _say(self, segment: int, segment_id: str, loop: str, code: str, message: str) -> None:
        self._report(
            X12Error(
                snip=3,
                segment=segment,
                segment_id=segment_id,
                loop=loop,
                element=2,
                code=code,
                message=message,
            )
        )

    def _on_claim(self, segment: int, values: list[str], _: str) -> None:
        self.finish()
        charge = _cents(values, 2)
        self._claim = (segment if charge is not None else 0, charge or 0)

    def _on_level(self, _: int, __: list[str], ___: str) -> None:
        self.finish()

    def _on_line(self, _: int, __: list[str], ___: str) -> None:
        self._close_line()
        self._awaits_charge = True

    def _close_line(self) -> None:
        self._close_decision()
        self._line_charge = None
        # A line without its charge is told elsewhere; its claim cannot be added up.
        self._lines.sound = self._lines.sound and not self._awaits_charge
        self._awaits_charge = False

    def _on_charge_2(self, _: int, values: list[str], __: str) -> None:
        self._charge(_cents(values, 2))

    def _on_charge_3(self, _: int, values: list[str], __: str) -> None:
        self._charge(_cents(values, 3))

    def _charge(self, charge: int | None) -> None:
        self._has_line, self._awaits_charge = True, False
        self._line_charge = charge
        self._lines.add(charge)

    def _on_insurance(self, segment: int, _: list[str], loop: str) -> None:
        if loop == "2320" and len(self._payers) < _PAYERS_MAX:
            self._payers.append(_EarlierPayer(segment))

    def _on_name(self, _: int, values: list[str], loop: str) -> None:
        if loop == "2330B" and self._payers and len(values) > 9:
            self._payers[-1].id = values[9]

    def _on_amount(self, segment: int, values: list[str], loop: str) -> None:
        if loop == "2320" and self._payers and values[1:2] == ["D"]:
            payer = self._payers[-1]
            payer.paid, payer.paid_segment = _cents(values, 2), segment

    def _on_adjustment(self, _: int, values: list[str], loop: str) -> None:
        if loop == "2320" and self._payers:
            self._payers[-1].adjusted.add(_adjusted(values))
        elif loop == "2430" and self._decision is not None:
            self._decision[1].add(_adjusted(values))

    def _on_decision(self, segment: int, values: list[str], _: str) -> None:
        self._close_decision()
        payer = next((p for p in self._payers if values[1:2] == [p.id]), None)
        paid = _cents(values, 2)
        total = _Sum()
        total.add(paid)
        # A line that was bundled into another balances there.
        total.sound = total.sound and not (len(values) > 6 and values[6])
        self._decision = (segment, total, payer)
        # A payer whose name is missing is told elsewhere; this decision may be his.
        if payer is None and self._payers and all(each.id for each in self._payers):
            self._report(
                X12Error(
                    snip=2,
                    segment=segment,
                    segment_id="SVD",
                    loop="2430",
                    element=1,
                    code="payer-unknown",
                    message="none of the other payers of the claim has this id",
                )
            )
        if payer is not None:
            payer.lines += 1
            payer.line_paid.add(paid)


class RemittanceBalance:
    """The three balances of an 835: service line, claim, payment.

    What is left of each is one number, None where a part of it could not be read.
    """

    def __init__(self, report: Callable[[X12Error], None]) -> None:
        self._report = report
        self._payment: tuple[int, int] | None = None
        self._paid: int | None = 0
        self._claim_segment = self._line_segment = 0
        self._claim_left: int | None = 0
        self._line_left: int | None = 0
        self._share_left: int | None = 0
        self.watches: dict[str, Watch] = {
            "BPR": self._on_payment,
            "CLP": self._on_claim,
            "SVC": self._on_service,
            "CAS": self._on_adjustment,
            "PLB": self._on_provider_adjustment,
        }

    def finish(self) -> None:
        """Close line, claim and payment, at the end of the transaction."""
        self._close_claim()
        if self._payment and self._paid is not None and self._payment[1] != self._paid:
            self._say(
                self._payment[0],
                "BPR",
                "",
                "payment-total",
                "the payment is not the sum of the claims less the provider adjustments",
            )

    def _say(self, segment: int, segment_id: str, loop: str, code: str, message: str) -> None:
        self._report(
            X12Error(
                snip=3,
                segment=segment,
                segment_id=segment_id,
                loop=loop,
                element=2 if segment_id == "BPR" else 4 if segment_id == "CLP" else 3,
                code=code,
                message=message,
            )
        )

    def _close_line(self) -> None:
        if self._line_segment and self._line_left:
            message = "charge less payment is not the sum of the line's adjustments"
            self._say(self._line_segment, "SVC", "2110", "line-balance", message)
        self._line_segment = 0

    def _close_claim(self) -> None:
        self._close_line()
        if self._claim_segment:
            if self._claim_left:
                message = "charge less payment is not the sum of all adjustments"
                self._say(self._claim_segment, "CLP", "2100", "claim-balance", message)
            self._close_share(self._claim_segment)
        self._claim_segment = 0

    def _close_share(self, segment: int) -> None:
        """CLP05 against the PR adjustments: a warning, as payers differ in what they put there."""
        if self._share_left:
            message = "the patient's share is not the sum of the PR adjustments"
            self._report(
                X12Error(
                    snip=3,
                    severity="warning",
                    segment=segment,
                    segment_id="CLP",
                    loop="2100",
                    element=5,
                    code="patient-share",
                    message=message,
                )
            )

    def _on_payment(self, segment: int, values: list[str], _: str) -> None:
        paid = _cents(values, 2)
        self._payment = None if paid is None else (segment, paid)

    def _on_claim(self, segment: int, values: list[str], _: str) -> None:
        self._close_claim()
        charge, paid = _cents(values, 3), _cents(values, 4)
        self._claim_segment = segment
        self._claim_left = _less(charge, paid)
        self._paid = None if self._paid is None or paid is None else self._paid + paid
        self._share_left = _cents(values, 5)

    def _on_service(self, segment: int, values: list[str], _: str) -> None:
        self._close_line()
        self._line_segment = segment
        self._line_left = _less(_cents(values, 2), _cents(values, 3))

    def _on_adjustment(self, _: int, values: list[str], loop: str) -> None:
        total = _adjusted(values)
        self._claim_left = _less(self._claim_left, total)
        if loop == "2110":
            self._line_left = _less(self._line_left, total)
        if values[1:2] == ["PR"]:
            self._share_left = _less(self._share_left, total)

    def _on_provider_adjustment(self, _: int, values: list[str], __: str) -> None:
        for place in range(4, len(values), 2):
            self._paid = _less(self._paid, _cents(values, place))


def _less(total: int | None, part: int | None) -> int | None:
    return None if total is None or part is None else total - part
