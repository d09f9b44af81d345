"""Writing loops 2400 to 2430: service lines, their drugs and what earlier payers decided."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from core.claims.claim import Claim, Form, LineAdjudication, QualifiedDate, ServiceLine
from core.claims.parties import Reference
from core.x12.cas import write_cas
from core.x12.claims_write_parties import Segments, provider_loop
from core.x12.elements import write_day, write_number, write_span
from core.x12.syntax import Delimiters, amount, composite

_DRUG_REFERENCES = frozenset(("XZ", "VY"))
_MODIFIERS = 4


def service_line(
    segments: Segments, claim: Claim, line: ServiceLine, number: int, delimiters: Delimiters
) -> None:
    """One service line; ``number`` is its place in the claim from 1."""
    form = claim.form
    segments.append(["LX", str(number)])
    if form is Form.PROFESSIONAL:
        segments.append(_sv1(claim, line, delimiters))
    elif form is Form.INSTITUTIONAL:
        segments.append(_sv2(line, delimiters))
    else:
        segments.append(_sv3(claim, line, delimiters))
        _teeth(segments, line, delimiters)
    _dates(segments, line)
    _references(segments, line)
    for note in line.notes:
        segments.append(["NTE", note.qualifier, note.text])
    if line.drug is not None:
        _drug(segments, line, delimiters)
    if line.rendering is not None:
        provider_loop(segments, "82", "rendering", line.rendering, form)
    if claim.ordering is not None and form is Form.PROFESSIONAL:
        provider_loop(segments, "DK", "ordering", claim.ordering, form)
    for adjudication in line.adjudications:
        _adjudication(segments, claim, line, adjudication, delimiters)


def _procedure(
    qualifier: str,
    code: str,
    modifiers: Sequence[str],
    description: str,
    delimiters: Delimiters,
) -> str:
    if not code:
        return ""
    filled = [*modifiers, *[""] * (_MODIFIERS - len(modifiers))] if description else modifiers
    parts = [qualifier, code, *filled, description] if description else [qualifier, code, *filled]
    return composite(parts, delimiters)


def _line_procedure(line: ServiceLine, delimiters: Delimiters) -> str:
    return _procedure(line.code_qualifier, line.code, line.modifiers, line.description, delimiters)


def _pointers(line: ServiceLine, delimiters: Delimiters) -> str:
    return delimiters.component.join([str(pointer) for pointer in line.pointers])


def _own_place(claim: Claim, line: ServiceLine) -> str:
    """The line's place of service where it differs from the claim's."""
    return "" if line.place_of_service == claim.place_of_service else line.place_of_service


def _sv1(claim: Claim, line: ServiceLine, delimiters: Delimiters) -> list[str]:
    return [
        "SV1",
        _line_procedure(line, delimiters),
        amount(line.charge_cents),
        line.unit_basis,
        write_number(line.units),
        _own_place(claim, line),
        "",
        _pointers(line, delimiters),
        "",
        "Y" if line.emergency else "",
    ]


def _sv2(line: ServiceLine, delimiters: Delimiters) -> list[str]:
    return [
        "SV2",
        line.revenue_code,
        _line_procedure(line, delimiters),
        amount(line.charge_cents),
        line.unit_basis,
        write_number(line.units),
        "",
        amount(line.noncovered_cents) if line.noncovered_cents else "",
    ]


def _sv3(claim: Claim, line: ServiceLine, delimiters: Delimiters) -> list[str]:
    return [
        "SV3",
        _line_procedure(line, delimiters),
        amount(line.charge_cents),
        _own_place(claim, line),
        composite(line.oral_cavity, delimiters),
        line.prosthesis,
        write_number(line.units),
        "",
        "",
        "",
        "",
        _pointers(line, delimiters),
    ]


def _teeth(segments: Segments, line: ServiceLine, delimiters: Delimiters) -> None:
    for tooth in line.teeth:
        segments.append(["TOO", "JP", tooth.number, composite(tuple(tooth.surfaces), delimiters)])


def _dates(segments: Segments, line: ServiceLine) -> None:
    if line.service_from is not None:
        segments.append(_dtp("472", line.service_from, line.service_to))
    if line.prosthesis_prior_on is not None:
        segments.append(_dtp("441", line.prosthesis_prior_on, None))
    segments.extend(dtp(day) for day in line.dates)


def dtp(dated: QualifiedDate) -> list[str]:
    """A further date as DTP, D8 or RD8."""
    return _dtp(dated.qualifier, dated.first, dated.last)


def _dtp(qualifier: str, first: date, last: date | None) -> list[str]:
    if last is None:
        return ["DTP", qualifier, "D8", write_day(first)]
    return ["DTP", qualifier, "RD8", write_span(first, last)]


def _references(segments: Segments, line: ServiceLine) -> None:
    if line.control_number:
        segments.append(["REF", "6R", line.control_number])
    if line.auth_number:
        segments.append(["REF", "G1", line.auth_number])
    for reference in line.references:
        if not is_drug_reference(line, reference):
            segments.append(["REF", reference.qualifier, reference.value])


def is_drug_reference(line: ServiceLine, reference: Reference) -> bool:
    """Whether the number belongs to the line's drug (prescription, compound link)."""
    return line.drug is not None and reference.qualifier in _DRUG_REFERENCES


def _drug(segments: Segments, line: ServiceLine, delimiters: Delimiters) -> None:
    drug = line.drug
    assert drug is not None, "a line without a drug"
    segments.append(["LIN", "", "N4", drug.ndc])
    quantity = "" if drug.quantity is None else write_number(drug.quantity)
    segments.append(["CTP", "", "", "", quantity, composite((drug.unit,), delimiters)])
    for reference in line.references:
        if is_drug_reference(line, reference):
            segments.append(["REF", reference.qualifier, reference.value])


def _adjudication(
    segments: Segments,
    claim: Claim,
    line: ServiceLine,
    decided: LineAdjudication,
    delimiters: Delimiters,
) -> None:
    if decided.code:
        procedure = _procedure(
            decided.code_qualifier or line.code_qualifier,
            decided.code,
            decided.modifiers,
            "",
            delimiters,
        )
    else:
        procedure = _procedure(line.code_qualifier, line.code, line.modifiers, "", delimiters)
    revenue_code = ""
    if claim.form is Form.INSTITUTIONAL:
        revenue_code = decided.revenue_code or line.revenue_code
    segments.append(
        [
            "SVD",
            decided.payer_id,
            amount(decided.paid_cents),
            procedure,
            revenue_code,
            write_number(decided.paid_units),
        ]
    )
    segments.extend(write_cas(decided.adjustments))
    day = adjudicated_on(claim, decided)
    if day is not None:
        segments.append(_dtp("573", day, None))


def adjudicated_on(claim: Claim, decided: LineAdjudication) -> date | None:
    """The day of the earlier payer's decision: the line's own, else the payer's for the claim."""
    if decided.adjudicated_on is not None:
        return decided.adjudicated_on
    for other in claim.other_payers:
        if other.payer.payer_id == decided.payer_id:
            return other.adjudicated_on
    return None
