"""Reading 277CA files (005010X214)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from core.claims.parties import Entity, Name
from core.errors import InputError, X12SyntaxError
from core.x12.claim_status_values import (
    ClaimStatus,
    ClaimStatusReport,
    LineStatus,
    ProviderStatus,
    Status,
    StatusCode,
)
from core.x12.claims_reading import append
from core.x12.elements import read_cents, read_day, read_span
from core.x12.syntax import SegmentStream

Fields = dict[str, Any]
Elements = list[str]

_GUIDE = "005010X214"
_PADDING = [""] * 14
_CLAIM_NUMBERS = {
    "1K": "payer_claim_number",
    "D9": "clearinghouse_number",
    "BLT": "type_of_bill",
}
_BATCH_DAYS = {"050": "received_on", "009": "processed_on"}


class _Reading:
    """What is open at the segment at hand; ``reports`` are finished."""

    def __init__(self) -> None:
        self.reports: list[ClaimStatusReport] = []
        self.number = 0
        self.component = ":"
        self.version = ""
        self.in_transaction = False
        self.transactions = 0
        self.level = ""
        self.transaction: Fields = {}
        self.source: Fields = {}
        self.report: Fields | None = None
        self.provider: Fields | None = None
        self.person: Fields = {}
        self.claim: Fields | None = None
        self.line: Fields | None = None


def read_277ca(data: bytes | Iterable[bytes]) -> tuple[ClaimStatusReport, ...]:
    """Every claim acknowledgement of a file; other transactions in it are passed over.

    Raises a positioned ``X12SyntaxError`` for what is not X12, another kind of 277, an amount or
    date that is none, or a file without any 277CA.
    """
    stream = SegmentStream(data)
    reading = _Reading()
    for elements in stream:
        reading.number = stream.number
        reading.component = stream.delimiters.component
        handle = _HANDLERS.get(elements[0])
        if handle is None or not (reading.in_transaction or elements[0] in ("GS", "ST")):
            continue
        try:
            handle(reading, elements + _PADDING)
        except X12SyntaxError:
            raise
        except InputError as fault:
            raise X12SyntaxError(fault.message, segment=stream.number) from None
    if reading.in_transaction:
        raise X12SyntaxError("the last transaction has no end", segment=stream.number)
    if not reading.transactions:
        raise X12SyntaxError("it holds no claim acknowledgement (277CA)")
    return tuple(reading.reports)


def _gs(reading: _Reading, elements: Elements) -> None:
    reading.version = elements[8]


def _st(reading: _Reading, elements: Elements) -> None:
    if elements[1] != "277":
        return
    version = elements[3] or reading.version
    if version[:10] != _GUIDE:
        raise X12SyntaxError(
            "this 277 is not a claim acknowledgement (005010X214); it answers a status request",
            segment=reading.number,
            element=3,
        )
    reading.in_transaction = True
    reading.transactions += 1
    reading.transaction = {"control_number": elements[2], "reference": ""}
    reading.source = {"source_name": "", "source_id": ""}
    reading.level = ""


def _se(reading: _Reading, elements: Elements) -> None:
    _finish_report(reading)
    reading.in_transaction = False


def _bht(reading: _Reading, elements: Elements) -> None:
    reading.transaction["reference"] = elements[3]
    day, clock = elements[4], elements[5]
    if day:
        read_day(day)
        moment = clock[:4] if len(clock) >= 4 and clock.isdecimal() else "0000"
        try:
            reading.transaction["created"] = datetime.strptime(  # noqa: DTZ007 (local, as sent)
                day + moment, "%Y%m%d%H%M"
            )
        except ValueError:
            raise InputError("the time of day (BHT05) is not written HHMM") from None


def _hl(reading: _Reading, elements: Elements) -> None:
    level = elements[3]
    if level == "20":
        _finish_report(reading)
        reading.source = {"source_name": "", "source_id": ""}
    elif level == "21":
        _finish_report(reading)
        reading.report = {"segment": reading.number}
    elif level == "19":
        _finish_provider(reading)
        reading.provider = {"segment": reading.number, "name": Name(last="")}
    elif level == "PT":
        _finish_claim(reading)
        reading.person = {}
    else:
        raise X12SyntaxError(
            "a level of a claim acknowledgement is 20, 21, 19 or PT",
            segment=reading.number,
            element=3,
        )
    reading.level = level


def _nm1(reading: _Reading, elements: Elements) -> None:
    level = reading.level
    if level == "20":
        reading.source["source_name"] = elements[3]
        reading.source["source_id"] = elements[9]
        reading.source["source_id_qualifier"] = elements[8]
        reading.source["source_is_payer"] = elements[1] == "PR"
    elif level == "21" and reading.report is not None:
        reading.report["submitter_name"] = elements[3]
        reading.report["submitter_id"] = elements[9]
    elif level == "19" and reading.provider is not None:
        reading.provider["name"] = _name(elements)
        reading.provider["entity"] = Entity.PERSON if elements[2] == "1" else Entity.ORGANIZATION
        reading.provider["id"] = elements[9]
        reading.provider["id_qualifier"] = elements[8]
    elif level == "PT":
        reading.person = {"patient": _name(elements), "member_id": elements[9]}


def _name(elements: Elements) -> Name:
    return Name(last=elements[3], first=elements[4], middle=elements[5], suffix=elements[7])


def _trn(reading: _Reading, elements: Elements) -> None:
    level = reading.level
    if level == "20":
        reading.source["receipt_trace"] = elements[2]
    elif level == "21" and reading.report is not None:
        reading.report["batch_reference"] = elements[2]
    elif level == "19" and reading.provider is not None:
        reading.provider["trace"] = elements[2]
    elif level == "PT":
        _finish_claim(reading)
        reading.claim = {
            "segment": reading.number,
            "claim_number": elements[2],
            **reading.person,
        }


def _stc(reading: _Reading, elements: Elements) -> None:
    target = _target(reading)
    if target is None:
        return
    codes = []
    for place in (1, 10, 11):
        if elements[place]:
            parts = [*elements[place].split(reading.component), "", ""]
            codes.append(StatusCode(category=parts[0], status=parts[1], entity=parts[2]))
    status = Status(
        codes=tuple(codes),
        effective_on=read_day(elements[2]) if elements[2] else None,
        action=elements[3],
        charge_cents=read_cents(elements[4]) if elements[4] else None,
        message=elements[12],
    )
    append(target, "statuses", status)


def _target(reading: _Reading) -> Fields | None:
    """What a status at this place is about."""
    if reading.level == "PT":
        return reading.line if reading.line is not None else reading.claim
    if reading.level == "19":
        return reading.provider
    return reading.report if reading.level == "21" else None


def _ref(reading: _Reading, elements: Elements) -> None:
    if reading.level != "PT":
        return
    if reading.line is not None:
        if elements[1] == "FJ":
            reading.line["control_number"] = elements[2]
    elif reading.claim is not None and elements[1] in _CLAIM_NUMBERS:
        reading.claim[_CLAIM_NUMBERS[elements[1]]] = elements[2]


def _dtp(reading: _Reading, elements: Elements) -> None:
    if reading.level == "20" and elements[1] in _BATCH_DAYS:
        reading.source[_BATCH_DAYS[elements[1]]] = read_day(elements[3][:8])
    elif reading.level == "PT" and elements[1] == "472":
        target = reading.line if reading.line is not None else reading.claim
        if target is not None:
            first, last = read_span(elements[2], elements[3])
            target["service_from"], target["service_to"] = first, last


def _svc(reading: _Reading, elements: Elements) -> None:
    _finish_line(reading)
    if reading.claim is None:
        raise X12SyntaxError("a service line (SVC) outside any claim", segment=reading.number)
    parts = [*elements[1].split(reading.component), ""]
    reading.line = {
        "segment": reading.number,
        "code_qualifier": parts[0],
        "code": parts[1],
        "modifiers": tuple(part for part in parts[2:6] if part),
        "charge_cents": read_cents(elements[2]),
        "revenue_code": elements[4],
    }


def _finish_line(reading: _Reading) -> None:
    if reading.line is not None and reading.claim is not None:
        append(reading.claim, "lines", LineStatus(**reading.line))
    reading.line = None


def _finish_claim(reading: _Reading) -> None:
    _finish_line(reading)
    claim = reading.claim
    reading.claim = None
    if claim is None:
        return
    claim.setdefault("statuses", ())
    if reading.provider is None:
        raise X12SyntaxError("a claim outside any billing provider", segment=reading.number)
    claim["provider_id"] = reading.provider.get("id", "")
    # A list until the provider ends: a provider may have very many claims.
    reading.provider.setdefault("claims", []).append(ClaimStatus(**claim))


def _finish_provider(reading: _Reading) -> None:
    _finish_claim(reading)
    provider = reading.provider
    reading.provider = None
    if provider is None:
        return
    if reading.report is None:
        raise X12SyntaxError("a billing provider outside any batch", segment=reading.number)
    provider["claims"] = tuple(provider.get("claims", ()))
    append(reading.report, "providers", ProviderStatus(**provider))


def _finish_report(reading: _Reading) -> None:
    _finish_provider(reading)
    report = reading.report
    reading.report = None
    if report is not None:
        reading.reports.append(
            ClaimStatusReport(**{**reading.transaction, **reading.source, **report})
        )


_HANDLERS: dict[str, Callable[[_Reading, Elements], None]] = {
    "GS": _gs,
    "ST": _st,
    "SE": _se,
    "BHT": _bht,
    "HL": _hl,
    "NM1": _nm1,
    "TRN": _trn,
    "STC": _stc,
    "REF": _ref,
    "DTP": _dtp,
    "SVC": _svc,
}
