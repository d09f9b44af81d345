"""Reading an 835 above and below its claims: check, payer, payee, PLB."""

from __future__ import annotations

from collections.abc import Iterator

from core.claims.parties import Reference
from core.errors import X12SyntaxError
from core.remittance.values import ProviderAdjustment, RemittanceHeader
from core.x12.claims_reading import Elements, Fields, append, padded
from core.x12.loops import Loop, TransactionLoops
from core.x12.remittance_reading import RemittanceReading

# BPR05 to BPR15: the accounts the money moved between.
_BANK = range(5, 16)
_PAIRS = range(3, 14, 2)
_HEADER = "header"


def read_header(
    reading: RemittanceReading, transaction: TransactionLoops, segment: int
) -> RemittanceHeader:
    """The check and its parties; ``segment`` is where the header ends.

    Refuses a remittance without amount or trace.
    """
    body = transaction.body
    fields: Fields = {"control_number": transaction.control, "segment": transaction.segment}
    reading.loop = _HEADER
    for reading.number, elements in zip(body.numbers, body.segments, strict=True):
        _own(reading, elements, fields)
    seen: set[str] = set()
    for loop in body.loops:
        if loop.id in ("1000A", "1000B") and loop.id not in seen:
            seen.add(loop.id)
            _party(reading, loop, fields)
        else:
            reading.lose_loop(loop, _HEADER)
    for field, segment_id in (("payment_cents", "BPR"), ("trace_number", "TRN")):
        if field not in fields:
            raise X12SyntaxError(
                f"the remittance has no {segment_id} segment before its claims", segment=segment
            )
    return RemittanceHeader(**fields)


def _own(reading: RemittanceReading, elements: Elements, fields: Fields) -> None:
    segment_id = elements[0]
    if segment_id == "BPR":
        _bpr(reading, padded(elements, 16), fields)
    elif segment_id == "TRN" and "trace_number" not in fields:
        elements = padded(elements, 4)
        fields["trace_number"] = elements[2]
        fields["payer_identifier"] = elements[3]
        reading.lose_where(elements, 4)
    elif segment_id == "REF":
        elements = padded(elements, 2)
        append(fields, "references", Reference(qualifier=elements[1], value=elements[2]))
    elif segment_id == "DTM" and elements[1:2] == ["405"]:
        reading.day(padded(elements, 2), 2, fields, "produced_on")
    elif segment_id not in ("ST", "PLB"):
        reading.lose(elements)


def _bpr(reading: RemittanceReading, elements: Elements, fields: Fields) -> None:
    """The payment: amount, direction, method, day."""
    if "payment_cents" in fields:
        raise X12SyntaxError("a second BPR in one remittance", segment=reading.number)
    fields["payment_cents"] = reading.cents(elements, 2)
    fields["credit_or_debit"] = elements[3]
    fields["method"] = elements[4]
    if elements[16]:
        reading.day(elements, 16, fields, "paid_on")
    reading.lose_where(elements, 1, *_BANK)


def _party(reading: RemittanceReading, loop: Loop, fields: Fields) -> None:
    """Payer (1000A) or payee (1000B): name, identifiers, further numbers."""
    reading.loop = loop.id
    at_payer = loop.id == "1000A"
    for reading.number, elements in zip(loop.numbers, loop.segments, strict=True):
        if elements[0] == "N1":
            elements = padded(elements, 4)
            if at_payer:
                fields["payer_name"] = elements[2]
                fields["payer_id"] = elements[4]
            else:
                _payee(reading, elements, fields)
        elif elements[0] == "REF":
            elements = padded(elements, 2)
            field = "payer_id" if at_payer else "payee_tax_id"
            if elements[1] == ("2U" if at_payer else "TJ") and not fields.get(field):
                fields[field] = elements[2]
            else:
                append(fields, "references", Reference(qualifier=elements[1], value=elements[2]))
        else:
            reading.lose(elements)
    for inner in loop.loops:
        reading.lose_loop(inner, loop.id)


def _payee(reading: RemittanceReading, elements: Elements, fields: Fields) -> None:
    fields["payee_name"] = elements[2]
    if elements[3] == "XX":
        fields["payee_npi"] = elements[4]
    elif elements[3] == "FI":
        fields["payee_tax_id"] = elements[4]
    elif elements[4]:
        reading.lose(elements, 4)


def read_rest(
    reading: RemittanceReading, transaction: TransactionLoops, headed: int, loops_headed: int
) -> Iterator[ProviderAdjustment]:
    """What stands in the transaction after its header was made: PLB, and what is out of place.

    ``headed`` and ``loops_headed`` count the segments and loops that the header has taken.
    """
    body = transaction.body
    for place, elements in enumerate(body.segments):
        reading.number, reading.loop = body.numbers[place], _HEADER
        if elements[0] == "PLB":
            yield from _plb(reading, padded(elements, 14))
        elif elements[0] == "BPR" and place >= headed:
            raise X12SyntaxError("a second BPR in one remittance", segment=reading.number)
        elif place >= headed:
            reading.lose(elements)
    for loop in body.loops[loops_headed:]:
        reading.lose_loop(loop, _HEADER)


def _plb(reading: RemittanceReading, elements: Elements) -> Iterator[ProviderAdjustment]:
    common: Fields = {"segment": reading.number, "provider_id": elements[1]}
    if elements[2]:
        reading.day(elements, 2, common, "fiscal_period_end")
    for place in _PAIRS:
        if elements[place] or elements[place + 1]:
            reason, _, reference = elements[place].partition(reading.component)
            yield ProviderAdjustment(
                **common,
                reason=reason,
                reference=reference,
                amount_cents=reading.cents(elements, place + 1),
            )
