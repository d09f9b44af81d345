"""Reading 837P, 837I and 837D as claims, streamed: one claim in memory at a time.

The guide's table says which loop a segment lies in (``loops``); the modules ``claims_read_*`` make
values of whole loops. Whatever a value has no place for is reported with the claim as not carried.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from core.claims.claim import Form
from core.claims.parties import Provider
from core.errors import InputError, X12SyntaxError
from core.x12.claims_read_claim import ClaimParts
from core.x12.claims_read_levels import (
    Insured,
    UnreadableLevelError,
    billing_of,
    dependent_of,
    insured_of,
)
from core.x12.claims_read_other_payers import sequence
from core.x12.claims_reading import Fields, NotCarried, ReadClaim, Reading, UnreadableClaim
from core.x12.loops import Loop, LoopStream, Part, TransactionLoops, Wanted

__all__ = ["NotCarried", "ReadClaim", "UnreadableClaim", "read_claims"]

_WANTED = Wanted(
    kinds=frozenset(form.value for form in Form),
    unit="2300",
    fatal=frozenset(("HL", "CLM")),
    refusal="a level or claim stands where the guide has none for it; what follows could be taken"
    " for another patient's",
)
_NO_CLAIM = "it holds no claim transaction (837)"


def read_claims(data: bytes | Iterable[bytes]) -> Iterator[ReadClaim | UnreadableClaim]:
    """The claims of a file of 837s (005010 X222, X223, X224), in file order.

    A claim with a fault in it comes as ``UnreadableClaim`` in its place and the reading goes on.
    Raises ``X12SyntaxError``, positioned, for what cannot be read past: no X12, a file that breaks
    off, another version, no claim transaction at all. Claims before that place were given by then.
    """
    stream = _Claims(data, _WANTED)
    for part in stream:
        if part.unit is not None:
            yield _read(part, part.unit)
    if not stream.transactions:
        raise X12SyntaxError(_NO_CLAIM)


class _Claims(LoopStream):
    def refuse_version(self, version: str) -> None:
        """A claim file of a version without a table cannot be passed over."""
        # A version is free text until it is known.
        shown = version if version.isalnum() and len(version) <= 12 else "of an unknown form"
        raise X12SyntaxError(
            f"a claim file of version {shown} is not supported; ask the sender for 005010"
            " (X222A1, X223A2 or X224A2)",
            segment=self.number,
            element=3,
        )


class _Heading(msgspec.Struct, frozen=True):
    """Loops 1000A and 1000B: who sent the transaction to whom, and what else stood there."""

    submitter: str
    receiver: str
    lost: tuple[NotCarried, ...]


def _heading(transaction: TransactionLoops, form: Form) -> _Heading:
    body = transaction.body
    if not isinstance(body.made, _Heading):
        reading = Reading(form, transaction.delimiters.component)
        names = {"1000A": "", "1000B": ""}
        for reading.number, elements in zip(body.numbers, body.segments, strict=True):
            if elements[0] not in ("ST", "BHT", "REF"):
                reading.lose(elements)
        for loop in body.loops:
            if loop.id in names and not names[loop.id]:
                names[loop.id] = loop.value("NM1", 9)
            else:
                reading.lose_loop(loop, "1000A")
        body.made = _Heading(names["1000A"], names["1000B"], tuple(reading.lost))
    made: _Heading = body.made
    return made


def _read(part: Part, unit: Loop) -> ReadClaim | UnreadableClaim:
    transaction = part.transaction
    form = Form(transaction.kind)
    reading = Reading(form, transaction.delimiters.component)
    heading = _heading(transaction, form)
    reading.number = unit.numbers[0]
    try:
        parties, above = _parties(part.above, form, reading.component)
        gathered = ClaimParts(reading, unit)
        reading.number = unit.numbers[0]
        claim = gathered.claim(parties)
    except InputError as fault:
        number = fault.segment if isinstance(fault, UnreadableLevelError) else reading.number
        return UnreadableClaim(
            segment=number,
            claim_number_present=bool(unit.value("CLM", 1)),
            reason=fault.message,
        )
    return ReadClaim(
        claim=claim,
        segment=unit.numbers[0],
        segment_end=part.last,
        transaction_control=transaction.control,
        interchange_control=transaction.interchange_control,
        submitter=heading.submitter,
        receiver=heading.receiver,
        usage=transaction.usage,
        not_carried=(*heading.lost, *above, *reading.lost),
    )


def _parties(
    above: list[Loop], form: Form, component: str
) -> tuple[Fields, tuple[NotCarried, ...]]:
    """Who stands above the claim, as fields of it, and what was lost there."""
    billing = billing_of(above[1], form, component)
    insured = insured_of(above[2], form, component)
    if insured.parent != billing.number:
        raise UnreadableLevelError(
            "the subscriber level (HL02) belongs to another billing provider level",
            above[2].number,
        )
    lost = billing.lost + insured.lost
    if billing.provider is None:
        raise InputError("the claim has no billing provider (loop 2010AA)")
    if insured.subscriber is None:
        raise InputError("the claim has no subscriber (loop 2010BA)")
    fields: Fields = {
        "billing": _with_references(billing.provider, insured),
        "sequence": sequence(insured.order),
        "payer": insured.payer,
        "subscriber": insured.subscriber,
        "patient": insured.subscriber.person,
    }
    if billing.pay_to is not None:
        fields["pay_to"] = billing.pay_to
    if len(above) > 3:
        dependent = dependent_of(above[3], form, component)
        if dependent.parent != insured.number:
            raise UnreadableLevelError(
                "the patient level (HL02) belongs to another subscriber level", above[3].number
            )
        if dependent.patient is None:
            raise InputError("the patient level has no patient (loop 2010CA)")
        lost += dependent.lost
        fields["patient"] = dependent.patient
        fields["subscriber"] = msgspec.structs.replace(
            insured.subscriber, relationship=dependent.relationship
        )
    return fields, lost


def _with_references(billing: Provider, insured: Insured) -> Provider:
    if not insured.references:
        return billing
    return msgspec.structs.replace(billing, references=billing.references + insured.references)
