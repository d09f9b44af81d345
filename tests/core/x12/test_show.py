"""A file as a person reads it, and as a program reads it."""

from __future__ import annotations

import pytest

from core.errors import X12SyntaxError
from core.x12.kinds import kind_of, kinds
from core.x12.show import show, to_json
from tests.core.x12.x12_samples import examples, made, needs_shared


@needs_shared
def test_loops_are_indented_and_values_are_named() -> None:
    lines = list(show(made("837P", 1, "--seed", "3")))
    (claim,) = [line for line in lines if " CLM " in line]
    (loop,) = [line for line in lines if "[2300] claim" in line]
    assert "CLM claim: claim number C00000001, charge " in claim
    assert "place (place or bill type 11, kind B, frequency 1)" in claim
    assert len(claim) - len(claim[6:].lstrip()) > len(loop) - len(loop.lstrip())
    service = next(line for line in lines if " SV1 " in line)
    assert "procedure (kind HC, code " in service
    assert lines.index(loop) < lines.index(claim) < lines.index(service)


@needs_shared
@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("837P", ["charge $1,007.74", "birth date 1941-11-18", "code Z0000", "time 12:00"]),
        ("835", ["status 1 [paid as first payer]", "group PR [the patient owes it]",
                 "paid $65.45", "date 2026-01-14"]),
        ("277CA", ["category A2 [was taken in for processing]", "action WQ [taken in]",
                   "entity PR [payer]"]),
        ("999", ["verdict A [accepted]"]),
    ],
)  # fmt: skip
def test_money_days_and_codes_are_written_out(kind: str, words: list[str]) -> None:
    text = "\n".join(show(made(kind, 3)))
    for word in words:
        assert word in text


def test_a_value_that_is_no_amount_or_day_is_shown_as_it_stands() -> None:
    isa = "ISA*00*          *00*          *ZZ*S              *ZZ*R              *261321*9900*^"
    gs = "*00501*000000001*0*P*:~GS*HP*S1*R1*2026*12*1*X*005010X221A1~ST*835*0001~"
    body = "BPR*I*1,2*C*ACH~DTM*405*20260230~DTP*472*RD8*2026-1~SE*5*0001~GE*1*1~IEA*1*000000001~"
    text = "\n".join(show((isa + gs + body).encode()))
    for value in ("date 261321", "time 9900", "amount 1,2", "date 20260230", "date 2026-1"):
        assert value in text


@needs_shared
def test_json_keeps_segment_loop_way_and_parts() -> None:
    data = made("837P", 1, "--seed", "3")
    places = list(to_json(data))
    assert [place["segment"] for place in places] == list(range(1, data.count(b"~") + 1))
    claim = next(place for place in places if place["id"] == "CLM")
    assert claim["path"][:2] == ["2000A", "2000B"]
    assert claim["loop"] == "2300"
    parts = next(e for e in claim["elements"] if e["element"] == 5)["parts"]
    assert [(part["name"], part["value"]) for part in parts] == [
        ("place or bill type", "11"),
        ("kind", "B"),
        ("frequency", "1"),
    ]


@needs_shared
def test_every_value_of_every_published_file_is_shown() -> None:
    for path in examples():
        data = path.read_bytes()
        try:
            lines = list(show(data))
            places = list(to_json(data))
        except X12SyntaxError:
            continue
        shown = sum(1 for line in lines if line[:6].strip().isdigit())
        assert shown == len(places), path.name


def test_what_breaks_off_is_shown_up_to_there() -> None:
    isa = "ISA*00*          *00*          *ZZ*S              *ZZ*R              *261121*1200*^"
    data = (isa + "*00501*000000001*0*P*:~GS*HC*A").encode()
    lines = show(data)
    assert next(lines).split()[:2] == ["1", "ISA"]
    with pytest.raises(X12SyntaxError, match=r"^segment 2: "):
        next(lines)


@pytest.mark.parametrize(
    ("transaction", "version", "kind"),
    [
        ("837", "005010X222A1", "837P"),
        ("837", "005010X223A3", "837I"),
        ("837", "005010X224A2", "837D"),
        ("837", "004010X096A1", "837I"),
        ("277", "005010X214", "277CA"),
        ("277", "005010X212", "277"),
        ("835", "", "835"),
    ],
)
def test_a_transaction_has_the_name_people_use(transaction: str, version: str, kind: str) -> None:
    assert kind_of(transaction, version) == kind


@needs_shared
@pytest.mark.parametrize("kind", ["837P", "837I", "837D", "835", "277CA", "999"])
def test_the_kinds_of_a_file_are_read_from_its_headers(kind: str) -> None:
    assert kinds(made(kind, 2)) == (kind,)
    assert kinds(made(kind, 2) + made("999", 1)) == tuple(dict.fromkeys((kind, "999")))
