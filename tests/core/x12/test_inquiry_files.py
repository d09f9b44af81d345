"""Files by hand with all their guides have, whole and damaged: values, or a positioned refusal."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.claims.inquiry_parties import Procedure
from core.eligibility.answer import Level
from core.errors import X12SyntaxError
from core.x12.check import check
from core.x12.claim_inquiry_reader import read_276, read_277
from core.x12.claim_inquiry_writer import write_276, write_277
from core.x12.eligibility_reader import read_270, read_271
from core.x12.eligibility_writer import write_270, write_271
from core.x12.syntax import SegmentStream
from tests.campaign import rounds
from tests.core.x12.claim_values import ENVELOPE
from tests.core.x12.inquiry_samples import errors
from tests.core.x12.inquiry_texts import TEXTS
from tests.core.x12.remittance_values import without_places

READ: dict[str, Callable[[bytes], tuple[Any, ...]]] = {
    "270": read_270,
    "271": read_271,
    "276": read_276,
    "277": read_277,
}
WRITE: dict[str, Callable[..., bytes]] = {
    "270": write_270,
    "271": write_271,
    "276": write_276,
    "277": write_277,
}
KINDS = sorted(TEXTS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_with_all_its_guide_has_raises_no_alarm(kind: str) -> None:
    assert errors(TEXTS[kind]) == []


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_read_by_hand_is_written_and_read_again(kind: str) -> None:
    values = READ[kind](TEXTS[kind])
    again = READ[kind](WRITE[kind](values, ENVELOPE))
    assert without_places(again) == without_places(values)


# Segments that no value holds: military service, and the region beside a city.
UNHELD = {"270": set(), "271": {"MPI"}, "276": set(), "277": set()}


@pytest.mark.parametrize("kind", KINDS)
def test_every_segment_by_hand_comes_back_but_those_no_value_holds(kind: str) -> None:
    def ids(data: bytes) -> set[str]:
        return {elements[0] for elements in SegmentStream(data)}

    written = WRITE[kind](READ[kind](TEXTS[kind]), ENVELOPE)
    assert ids(TEXTS[kind]) - ids(written) == UNHELD[kind]


def test_a_full_answer_is_read_to_the_last_element() -> None:
    ((mother, son),) = (reply.answers for reply in read_271(TEXTS["271"]))
    assert [(each.level, each.reason) for each in son.rejections] == [
        (Level.REQUEST, "42"),
        (Level.PAYER, "80"),
        (Level.PROVIDER, "43"),
        (Level.SUBSCRIBER, "71"),
        (Level.DEPENDENT, "67"),
    ]
    assert [each.reason for each in son.all_rejections] == ["42", "80", "43", "71", "67", "E8"]
    assert [(trace.number, trace.own) for trace in mother.traces] == [("T1", False), ("P1", True)]
    assert mother.subscriber is not None
    assert mother.subscriber.number("18") == "PLAN1"
    assert mother.subscriber.numbers[0].description == "GOLD PLAN"
    limit, range_of_codes = son.benefits
    assert (limit.service_types, limit.percent, limit.quantity) == (
        ("MH", "A6"), Decimal("0.5"), 20,
    )  # fmt: skip
    assert (limit.authorization, limit.in_network, limit.pointers) == ("Y", "W", (1,))
    assert [each.period for each in limit.deliveries] == ["34", "27"]
    assert (limit.deliveries[0].every, limit.deliveries[0].periods) == (1, 3)
    assert [each.text or each.code for each in limit.circumstances] == ["11", "LEFT HAND"]
    assert [party.name.last for party in son.other_payers] == []
    assert [party.name.last for party in son.primary_care] == ["WELBY"]
    assert range_of_codes.procedure == Procedure(code="90837", modifiers=("95",), last_code="90840")


def test_a_full_status_answer_is_read_to_the_last_element() -> None:
    whole, provider, mother, son = read_277(TEXTS["277"])[0].answers
    assert (whole.trace, whole.providers, whole.codes[0].entity) == ("R1", (), "41")
    assert (provider.trace, provider.subscriber, provider.codes[0].status) == ("0", None, "26")
    assert [(c.category, c.status, c.list) for c in mother.codes] == [
        ("F1", "65", ""), ("F1", "107", ""), ("F1", "75", "RX"), ("F3", "101", ""),
    ]  # fmt: skip
    assert (mother.voucher, mother.prescription_number, mother.type_of_bill) == ("V1", "RX1", "131")
    assert (mother.lines[0].revenue_code, mother.lines[0].units) == ("0510", 1)
    assert son.patient is not None
    assert (son.patient.name.first, son.is_finished) == ("BEN", False)


def read_or_refuse(kind: str, data: bytes) -> None:
    check(data)
    try:
        READ[kind](data)
    except X12SyntaxError:
        return


DAMAGE = ("lost", "doubled", "swapped", "emptied", "mangled")


@pytest.mark.campaign
@settings(max_examples=rounds(500), deadline=None)
@given(
    st.sampled_from(KINDS),
    st.lists(
        st.tuples(st.integers(0, 999), st.integers(0, 999), st.sampled_from(DAMAGE)), max_size=6
    ),
)
def test_damaged_segments_never_crash_the_reader(
    kind: str, damage: list[tuple[int, int, str]]
) -> None:
    head, body = TEXTS[kind][:106], TEXTS[kind][106:].decode().split("~")
    for one, other, what in damage:
        at, with_ = one % len(body), other % len(body)
        if what == "lost" and len(body) > 1:
            del body[at]
        elif what == "doubled":
            body.insert(with_, body[at])
        elif what == "swapped":
            body[at], body[with_] = body[with_], body[at]
        else:
            elements = body[at].split("*")
            elements[other % len(elements)] = ":^" if what == "mangled" else ""
            body[at] = "*".join(elements)
    read_or_refuse(kind, head + "~".join(body).encode())


@pytest.mark.campaign
@settings(max_examples=rounds(500), deadline=None)
@given(
    st.sampled_from(KINDS),
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=8),
)
def test_flipped_bytes_never_crash_the_reader(kind: str, flips: list[tuple[int, int]]) -> None:
    data = bytearray(TEXTS[kind])
    for place, byte in flips:
        data[place % len(data)] = byte
    read_or_refuse(kind, bytes(data))
