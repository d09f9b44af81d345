"""Reading loops 2400 to 2430: service lines, their drugs and what earlier payers decided."""

from __future__ import annotations

from core.claims.claim import (
    Drug,
    Form,
    LineAdjudication,
    Note,
    QualifiedDate,
    ServiceLine,
    Tooth,
)
from core.claims.parties import Provider, Reference
from core.errors import InputError
from core.x12.cas import read_cas
from core.x12.claims_loops import LINE_ROLES
from core.x12.claims_read_parties import lost_party, provider
from core.x12.claims_state import Elements, Fields, NotCarried, ReadState, append
from core.x12.elements import read_cents, read_day, read_number, read_span


def lx(state: ReadState, elements: Elements) -> None:
    """Begin a line; its number is its place in the claim, whatever LX says."""
    finish_line(state)
    _begin_line(state)


def _begin_line(state: ReadState) -> None:
    state.enter("2400", "2400")
    state.line = {"line_no": len(state.lines) + 1}
    state.line_segment = state.number
    state.line_has_service = False
    state.line_providers = {}
    state.adjudications = []
    state.adjudication = None


def _service(state: ReadState) -> Fields:
    """The line a SV segment belongs to; a file that leaves LX out begins one here."""
    if state.line is None or state.line_has_service:
        finish_line(state)
        _begin_line(state)
    state.line_has_service = True
    assert state.line is not None, "a line was just begun"
    return state.line


def _procedure(state: ReadState, fields: Fields, elements: Elements, place: int) -> None:
    element = elements[place]
    if not element:
        return
    parts = element.split(state.component)
    qualifier = parts[0]
    fields["code_qualifier"] = qualifier
    count = len(parts)
    if count > 1:
        fields["code"] = parts[1]
    if count > 2:
        modifiers = tuple([modifier for modifier in parts[2:6] if modifier])
        if modifiers:
            fields["modifiers"] = modifiers
        if count > 6 and parts[6]:
            fields["description"] = parts[6]
        if count > 7 and any(parts[7:]):
            state.lose(elements, place)


def _pointers(state: ReadState, element: str) -> tuple[int, ...]:
    try:
        return tuple([int(part) for part in element.split(state.component) if part])
    except ValueError:
        raise InputError("a diagnosis pointer is not a number") from None


def _place(state: ReadState, line: Fields, place: str) -> None:
    """A place of service of the line's own; one that repeats the claim's says nothing."""
    if place and place != state.claim.get("place_of_service"):
        line["place_of_service"] = place


def sv1(state: ReadState, elements: Elements) -> None:
    """A professional service."""
    line = _service(state)
    _procedure(state, line, elements, 1)
    line["charge_cents"] = read_cents(elements[2])
    line["unit_basis"] = elements[3]
    line["units"] = read_number(elements[4])
    _place(state, line, elements[5])
    if elements[7]:
        line["pointers"] = _pointers(state, elements[7])
    if elements[9] == "Y":
        line["emergency"] = True
    if elements[6] or elements[8] or any(elements[10:22]):
        state.lose_where(elements, 6, 8, *range(10, 22))


def sv2(state: ReadState, elements: Elements) -> None:
    """An institutional service."""
    line = _service(state)
    line["revenue_code"] = elements[1]
    _procedure(state, line, elements, 2)
    line["charge_cents"] = read_cents(elements[3])
    line["unit_basis"] = elements[4]
    line["units"] = read_number(elements[5])
    if elements[7]:
        line["noncovered_cents"] = read_cents(elements[7])
    if elements[6] or elements[8] or elements[9] or elements[10]:
        state.lose_where(elements, 6, 8, 9, 10)


def sv3(state: ReadState, elements: Elements) -> None:
    """A dental service."""
    line = _service(state)
    _procedure(state, line, elements, 1)
    line["charge_cents"] = read_cents(elements[2])
    _place(state, line, elements[3])
    if elements[4]:
        areas = elements[4].split(state.component)
        line["oral_cavity"] = tuple([area for area in areas if area])
    line["prosthesis"] = elements[5]
    if elements[6]:
        line["units"] = read_number(elements[6])
    if elements[11]:
        line["pointers"] = _pointers(state, elements[11])
    if any(elements[7:11]):
        state.lose_where(elements, 7, 8, 9, 10)


def too(state: ReadState, elements: Elements) -> None:
    """A tooth and its surfaces."""
    surfaces = elements[3].replace(state.component, "")
    append(_line(state), "teeth", Tooth(number=elements[2], surfaces=surfaces))
    if elements[1] != "JP":
        state.lose(elements, 1)


def _line(state: ReadState) -> Fields:
    assert state.line is not None, "a 2400 segment outside its loop"
    return state.line


def dtp(state: ReadState, elements: Elements) -> None:
    """A date of the line."""
    line = _line(state)
    qualifier = elements[1]
    first, last = read_span(elements[2], elements[3])
    if qualifier == "472" and "service_from" not in line:
        line["service_from"] = first
        line["service_to"] = last
    elif qualifier == "441" and state.form is Form.DENTAL and last is None:
        line["prosthesis_prior_on"] = first
    else:
        append(line, "dates", QualifiedDate(qualifier=qualifier, first=first, last=last))


def ref(state: ReadState, elements: Elements) -> None:
    """A number of the line."""
    line = _line(state)
    qualifier = elements[1]
    if elements[4]:
        # A number of another payer: the value cannot say whose it is.
        state.lose(elements)
    elif qualifier == "6R" and "control_number" not in line:
        line["control_number"] = elements[2]
    elif qualifier == "G1" and "auth_number" not in line:
        line["auth_number"] = elements[2]
    else:
        append(line, "references", Reference(qualifier=qualifier, value=elements[2]))


def nte(state: ReadState, elements: Elements) -> None:
    """A note of the line."""
    append(_line(state), "notes", Note(qualifier=elements[1], text=elements[2]))


def lin(state: ReadState, elements: Elements) -> None:
    """The drug behind the line."""
    line = _line(state)
    if elements[2] != "N4" or "drug" in line:
        state.lose(elements)
        state.enter("2410 lost", "2410")
        return
    state.enter("2410", "2410")
    line["drug"] = Drug(ndc=elements[3])


def ctp(state: ReadState, elements: Elements) -> None:
    """The drug's quantity and unit."""
    line = _line(state)
    unit, *rest = elements[5].split(state.component)
    line["drug"] = Drug(
        ndc=line["drug"].ndc,
        unit=unit,
        quantity=read_number(elements[4]) if elements[4] else None,
    )
    if elements[2] or elements[3] or any(rest):
        state.lose_where(elements, 2, 3)


def nm1(state: ReadState, elements: Elements) -> None:
    """A provider of the line."""
    loop, field = LINE_ROLES[state.form].get(elements[1], ("2420", ""))
    if not field or field in state.line_providers:
        lost_party(state, elements, "2420 lost", loop)
        return
    state.line_providers[field] = provider(state, elements)
    if field == "ordering":
        state.ordering_segment = state.number
    state.enter("2420", loop)


def svd(state: ReadState, elements: Elements) -> None:
    """Begin what an earlier payer decided on the line."""
    _finish_adjudication(state)
    state.enter("2430", "2430")
    fields: Fields = {"payer_id": elements[1], "revenue_code": elements[4]}
    state.adjudication = fields
    fields["paid_cents"] = read_cents(elements[2])
    _procedure(state, fields, elements, 3)
    if fields.pop("description", ""):
        state.lose(elements, 3)
    if elements[5]:
        fields["paid_units"] = read_number(elements[5])
    if elements[6]:
        state.lose(elements, 6)


def _decided(state: ReadState) -> Fields:
    assert state.adjudication is not None, "a 2430 segment outside its loop"
    return state.adjudication


def svd_cas(state: ReadState, elements: Elements) -> None:
    """An earlier payer's adjustments of the line."""
    fields = _decided(state)
    fields["adjustments"] = (*fields.get("adjustments", ()), *read_cas(elements))


def svd_dtp(state: ReadState, elements: Elements) -> None:
    """The day of that decision."""
    if elements[1] == "573" and elements[2] == "D8":
        _decided(state)["adjudicated_on"] = read_day(elements[3])
    else:
        state.lose(elements)


def _finish_adjudication(state: ReadState) -> None:
    if state.adjudication is not None and state.claim_level.fault is None:
        state.adjudications.append(LineAdjudication(**state.adjudication))
    state.adjudication = None


def finish_line(state: ReadState) -> None:
    """When a line is open, make its value and put it with the claim's lines."""
    line = state.line
    if line is None:
        return
    state.line = None
    if not state.line_has_service:
        state.fail("a line (LX) has no service segment", state.line_segment)
    if state.claim_level.fault is not None:
        # The claim is unreadable already; what was gathered may be in pieces.
        return
    _finish_adjudication(state)
    if state.adjudications:
        line["adjudications"] = tuple(state.adjudications)
    for field, fields in state.line_providers.items():
        if field == "ordering":
            _ordering(state, fields)
        else:
            line[field] = Provider(**fields)
    state.lines.append(ServiceLine(**line))


def _ordering(state: ReadState, fields: Fields) -> None:
    """The guide names who ordered on each line, our value once for the claim."""
    ordering = Provider(**fields)
    if state.ordering is None:
        state.ordering = ordering
    elif state.ordering != ordering:
        lost = NotCarried(state.ordering_segment, "NM1", "2420E")
        state.claim_level.lost.append(lost)
