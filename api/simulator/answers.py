"""The files the simulator sends: TA1, 999, 277CA, 835."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from functools import partial

import msgspec

from api.simulator.intake import Arrival, ArrivedClaim, Plan
from api.simulator.reception import Interchange, Set
from api.simulator.records import Account
from api.simulator.script import Rejection
from core.claims.parties import Address
from core.errors import InputError
from core.remittance.values import Remittance
from core.x12.acknowledgements import write_999, write_ta1
from core.x12.claim_status import write_277ca
from core.x12.claim_status_values import (
    ClaimStatus,
    ClaimStatusReport,
    ProviderStatus,
    Status,
    StatusCode,
)
from core.x12.envelope import Envelope
from core.x12.remittance_writer import BankTransfer, PayerOffice, write_remittances
from core.x12.report import FileReport, InterchangeReport, TransactionReport, X12Error
from core.x12.report import Status as Verdict
from core.x12.syntax import STANDARD

_TAKEN_IN = StatusCode(category="A2", status="20", entity="PR")
_BATCH_TAKEN_IN = StatusCode(category="A1", status="19", entity="PR")
_ADDRESS = Address(line1="1 PAYMENT PLAZA", city="HARTFORD", state="CT", postal_code="061030001")
_OFFICE = PayerOffice(
    address=_ADDRESS,
    contact_name="PROVIDER SERVICES",
    phone="8005550100",
    bank=BankTransfer(
        payer_routing="999999992",
        payer_account="1000200030",
        payee_routing="999988880",
        payee_account="4000500060",
    ),
)
_GROUP_OF_ACKNOWLEDGEMENTS = "FA"
_NOBODY = "UNKNOWN"


class Answer(msgspec.Struct, frozen=True):
    """A file to send: its kind (TA1, 999, 277CA, 835) and its bytes."""

    kind: str
    data: bytes


class Post:
    """Gives each answer its envelope: addresses turned round, control numbers one up each time."""

    def __init__(self, *, now: datetime, number: int, files: int) -> None:
        self.now = now
        self._first = number * 100_000
        self._files = files

    def write(self, parties: Interchange | Account, make: Callable[[Envelope], bytes]) -> bytes:
        """One file: ``make`` under the next envelope back to the sender of ``parties``.

        Where a value of an interchange holds one of our delimiters, its own are used.
        """
        control = self._first + self._files % 100_000
        envelope = Envelope(
            sender_qualifier=parties.receiver_qualifier,
            sender_id=parties.receiver_id or _NOBODY,
            receiver_qualifier=parties.sender_qualifier,
            receiver_id=parties.sender_id or _NOBODY,
            application_sender=_application(parties.receiver_id),
            application_receiver=_application(parties.sender_id),
            created=self.now,
            interchange_control=control,
            group_control=control,
            usage="T" if parties.usage == "T" else "P",
        )
        try:
            data = make(envelope)
        except InputError:
            if isinstance(parties, Account) or parties.delimiters == STANDARD:
                raise
            data = make(msgspec.structs.replace(envelope, delimiters=parties.delimiters))
        self._files += 1
        return data


def _application(interchange_id: str) -> str:
    """GS02 and GS03 have two characters at least."""
    return "" if len(interchange_id) > 1 else _NOBODY


def acknowledgements(arrival: Arrival, plan: Plan, post: Post) -> Iterator[Answer]:
    """TA1 and 999 of every interchange of a file.

    A TA1 goes out when the envelope is broken, and then alone; else only when it was asked for.
    """
    reception = arrival.reception
    judged = zip(reception.interchanges, reception.report.interchanges, strict=False)
    for interchange, report in judged:
        if not interchange.is_sound or report.acknowledgement_requested:
            of_one = FileReport(interchanges=(report,))
            yield Answer("TA1", post.write(interchange, partial(write_ta1, of_one)))
        if interchange.is_sound and any(
            group.functional_id != _GROUP_OF_ACKNOWLEDGEMENTS for group in report.groups
        ):
            final = FileReport(interchanges=(_with_rejections(report, arrival, plan),))
            yield Answer("999", post.write(interchange, partial(write_999, final)))


def _with_rejections(report: InterchangeReport, arrival: Arrival, plan: Plan) -> InterchangeReport:
    """``report`` with the sets rejected that the script or an unreadable claim turns away."""
    groups = tuple(
        msgspec.structs.replace(
            group,
            transactions=tuple(_final(one, arrival, plan) for one in group.transactions),
        )
        for group in report.groups
    )
    return msgspec.structs.replace(report, groups=groups)


def _final(report: TransactionReport, arrival: Arrival, plan: Plan) -> TransactionReport:
    place = arrival.reception.set_at(report.segment)
    if place is None or report.status is Verdict.REJECTED:
        return report
    found = place[2]
    errors = tuple(found.errors)
    if not errors and plan.rejects(arrival, found):
        errors = (_scripted_fault(found),)
    if not errors:
        return report
    return msgspec.structs.replace(report, status=Verdict.REJECTED, errors=errors)


def _scripted_fault(found: Set) -> X12Error:
    """The place of service of one claim of the set, said to be none of the list."""
    return X12Error(
        snip=2,
        segment=found.claims[len(found.claims) // 2],
        segment_id="CLM",
        loop="2300",
        element=5,
        component=1,
        code="code-value",
        message="the place of service is none that we know",
    )


class Acknowledged:
    """The claims of one interchange as the 277CA answers them: by set, payer and provider."""

    def __init__(self) -> None:
        self._claims: dict[tuple[int, str], dict[str, list[ClaimStatus]]] = {}
        self._sets: dict[int, tuple[Set, str]] = {}
        self._accounts: dict[str, Account] = {}

    def __bool__(self) -> bool:
        return bool(self._claims)

    def add(
        self,
        read: ArrivedClaim,
        found: Set,
        account: Account,
        number: str,
        rejection: Rejection | None,
        day: date,
    ) -> None:
        """Notes the answer to one claim; ``number`` is the payer's, when it was taken in."""
        claim = read.claim
        last = claim.service_to
        code = _TAKEN_IN if rejection is None else _code(rejection)
        status = Status(
            codes=(code,),
            effective_on=day,
            action="WQ" if rejection is None else "U",
            charge_cents=claim.charge_cents,
        )
        self._sets[found.first] = found, read.submitter
        self._accounts[account.key] = account
        by_provider = self._claims.setdefault((found.first, claim.payer.payer_id), {})
        by_provider.setdefault(account.key, []).append(
            ClaimStatus(
                claim_number=claim.claim_number,
                statuses=(status,),
                payer_claim_number=number,
                patient=claim.patient.name,
                member_id=claim.subscriber.member_id,
                service_from=claim.service_from,
                service_to=last if last != claim.service_from else None,
            )
        )

    def reports(self, now: datetime, control: int) -> list[ClaimStatusReport]:
        """One report a set and payer, numbered on from ``control``."""
        found: list[ClaimStatusReport] = []
        for place, by_provider in sorted(self._claims.items()):
            source = self._accounts[next(iter(by_provider))].payer
            one, submitter = self._sets[place[0]]
            found.append(
                ClaimStatusReport(
                    control_number=f"{len(found) + 1:04d}",
                    reference=f"{control}{len(found) + 1:04d}",
                    created=now,
                    source_name=source.name,
                    source_id=source.payer_id,
                    receipt_trace=f"R{control}{len(found) + 1:04d}",
                    received_on=now.date(),
                    processed_on=now.date(),
                    submitter_name=submitter,
                    submitter_id=submitter,
                    batch_reference=one.reference,
                    statuses=(
                        _received([c for each in by_provider.values() for c in each], now.date()),
                    ),
                    providers=tuple(
                        self._provider(key, each) for key, each in sorted(by_provider.items())
                    ),
                )
            )
        return found

    def _provider(self, key: str, claims: list[ClaimStatus]) -> ProviderStatus:
        payee = self._accounts[key].payee
        return ProviderStatus(
            name=payee.name,
            entity=payee.entity,
            id=payee.npi or payee.tax_id,
            id_qualifier="XX" if payee.npi else "FI",
            statuses=(_received(claims, None),),
            claims=tuple(claims),
        )


def _received(claims: Sequence[ClaimStatus], day: date | None) -> Status:
    """That these claims have arrived, with the sum of their charges.

    The guide wants a day for the batch and none for a provider.
    """
    return Status(
        codes=(_BATCH_TAKEN_IN,),
        effective_on=day,
        action="WQ",
        charge_cents=sum(claim.charge_cents or 0 for claim in claims),
    )


def _code(rejection: Rejection) -> StatusCode:
    return StatusCode(category=rejection.category, status=rejection.status, entity=rejection.entity)


def claim_status_file(interchange: Interchange, acknowledged: Acknowledged, post: Post) -> bytes:
    """The 277CA on one interchange."""
    return post.write(
        interchange,
        lambda to: write_277ca(acknowledged.reports(post.now, to.interchange_control), to),
    )


def remittance_file(paid: Sequence[tuple[Account, Remittance]], post: Post) -> bytes:
    """The 835 of one payer: one ST a payee."""
    return post.write(
        paid[0][0],
        lambda to: write_remittances([one for _, one in paid], to, office=_OFFICE),
    )
