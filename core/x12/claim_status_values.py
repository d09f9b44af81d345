"""The 277CA as values: what a payer or clearinghouse says of each claim on arrival."""

from __future__ import annotations

from datetime import date, datetime

from core.claims.parties import Entity, Name, Value

# Categories that turn a claim (or a whole batch) away; all other A categories take it in.
REJECTING = frozenset(("A3", "A4", "A6", "A7", "A8"))


class StatusCode(Value, frozen=True, kw_only=True):
    """One health care claim status: category (A1, A7 ...), status code, entity it concerns.

    ``list`` is RX where the code is one of pharmacies' own reject codes.
    """

    category: str
    status: str
    entity: str = ""
    list: str = ""


class Status(Value, frozen=True, kw_only=True):
    """STC: up to three codes, the day, the verdict and the amount it is about.

    ``action`` is STC03: WQ taken in, U turned away; empty where the sender left it out.
    """

    codes: tuple[StatusCode, ...]
    effective_on: date | None = None
    action: str = ""
    charge_cents: int | None = None
    message: str = ""

    @property
    def accepted(self) -> bool:
        """The sender's verdict; without one, what the categories mean."""
        if self.action:
            return self.action == "WQ"
        return not any(code.category in REJECTING for code in self.codes)


class LineStatus(Value, frozen=True, kw_only=True):
    """One service line of a rejected claim (loop 2220D)."""

    segment: int = 0
    code: str
    code_qualifier: str = "HC"
    modifiers: tuple[str, ...] = ()
    charge_cents: int
    revenue_code: str = ""
    control_number: str = ""
    service_from: date | None = None
    service_to: date | None = None
    statuses: tuple[Status, ...] = ()


class ClaimStatus(Value, frozen=True, kw_only=True):
    """One claim (loop 2200D). ``claim_number`` is our CLM01 (TRN02)."""

    segment: int = 0
    claim_number: str
    statuses: tuple[Status, ...]
    payer_claim_number: str = ""
    clearinghouse_number: str = ""
    type_of_bill: str = ""
    patient: Name | None = None
    member_id: str = ""
    provider_id: str = ""
    service_from: date | None = None
    service_to: date | None = None
    lines: tuple[LineStatus, ...] = ()

    @property
    def accepted(self) -> bool:
        """Taken in: no status of the claim turns it away."""
        return all(status.accepted for status in self.statuses)

    @property
    def codes(self) -> tuple[StatusCode, ...]:
        """Every status code of the claim and its lines, in order, each once."""
        found = [code for status in self.statuses for code in status.codes]
        found += [code for line in self.lines for s in line.statuses for code in s.codes]
        return tuple(dict.fromkeys(found))

    @property
    def charge_cents(self) -> int | None:
        return self.statuses[0].charge_cents if self.statuses else None

    @property
    def effective_on(self) -> date | None:
        return self.statuses[0].effective_on if self.statuses else None


class ProviderStatus(Value, frozen=True, kw_only=True):
    """The billing provider level (loop 2000C) and its claims. ``id`` is the NPI with XX."""

    segment: int = 0
    name: Name
    entity: Entity = Entity.ORGANIZATION
    id: str = ""
    id_qualifier: str = "XX"
    trace: str = "0"
    statuses: tuple[Status, ...] = ()
    claims: tuple[ClaimStatus, ...] = ()


class ClaimStatusReport(Value, frozen=True, kw_only=True):
    """One answer to one batch (levels 20 and 21 of a 277CA).

    ``reference`` is BHT03 of the answer, ``batch_reference`` (TRN02 of level 21) BHT03 of the 837
    that it answers. ``statuses`` are the verdict on the batch; a batch turned away whole may come
    without any claim.
    """

    segment: int = 0
    control_number: str
    reference: str
    created: datetime | None = None
    source_name: str
    source_id: str
    source_id_qualifier: str = "PI"
    source_is_payer: bool = True
    receipt_trace: str = ""
    received_on: date | None = None
    processed_on: date | None = None
    submitter_name: str = ""
    submitter_id: str = ""
    batch_reference: str = ""
    statuses: tuple[Status, ...] = ()
    providers: tuple[ProviderStatus, ...] = ()

    @property
    def claims(self) -> tuple[ClaimStatus, ...]:
        """The claims of all providers in file order."""
        return tuple(claim for provider in self.providers for claim in provider.claims)

    @property
    def accepted(self) -> bool:
        """Whether the batch as such was taken in; single claims may still be turned away."""
        return all(status.accepted for status in self.statuses)
