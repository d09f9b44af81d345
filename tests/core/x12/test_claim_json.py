"""Claims and payments as JSON: every value of the file is there, in the form of its type."""

from __future__ import annotations

import itertools
import json
import re
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest

from core.errors import X12SyntaxError
from core.x12.claim_json import claims_json
from core.x12.claims_reader import read_claims
from core.x12.claims_reading import ReadClaim
from core.x12.remittance_reader import read_remittances
from core.x12.syntax import SegmentStream
from tests.core.x12.authorization_values import ANSWER as REVIEW
from tests.core.x12.authorization_values import as_file
from tests.core.x12.inquiry_texts import TEXTS
from tests.core.x12.x12_samples import examples, made, needs_shared

KINDS = ["837P", "837I", "837D", "835"]


def told(data: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in claims_json(lambda: [data])]


def loops(tree: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A loop and all in it."""
    yield tree
    for inner in tree["loops"]:
        yield from loops(inner)


def segments(*trees: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every segment of the loops."""
    for tree in trees:
        for loop in loops(tree):
            yield from loop["segments"]


def value(tree: dict[str, Any], segment_id: str, *way: int) -> Any:
    """A value of the first such segment by element, and component."""
    segment = next(each for each in segments(tree) if each["id"] == segment_id)
    element = next(each for each in segment["elements"] if each["element"] == way[0])
    if len(way) == 1:
        return element["value"]
    return next(each["value"] for each in element["parts"] if each["component"] == way[1])


def texts(element: dict[str, Any]) -> Iterator[Any]:
    """The values of an element, whatever its form."""
    if "parts" in element:
        flat = element["parts"]
        flat = itertools.chain(*flat) if flat and isinstance(flat[0], list) else flat
        yield from (each["value"] for each in flat)
    else:
        yield from element.get("values", [element.get("value")])


def raw(data: bytes) -> dict[int, list[str]]:
    """Each segment of the file by its number: its values in their order, split all the way."""
    stream = SegmentStream([data])
    found = {}
    for elements in stream:
        marks = f"[{re.escape(stream.delimiters.component + stream.delimiters.repetition)}]"
        texts = [text for each in elements[1:] for text in re.split(marks, each) if text]
        found[stream.number] = [elements[0], *texts]
    return found


def plain(text: Any) -> str:
    """A value without what its type adds: ``170.28`` and ``00170.280`` are one amount."""
    shown = str(text)
    if re.fullmatch(r"\d{4}-\d\d-\d\d(/\d{4}-\d\d-\d\d)?", shown):
        return shown.replace("-", "").replace("/", "-")
    if re.fullmatch(r"\d\d:\d\d:\d\d(\.\d+)?", shown):
        return shown.replace(":", "").replace(".", "")[:8].rstrip("0")
    if re.fullmatch(r"-?\d*\.?\d*", shown) and any(map(str.isdigit, shown)):
        number = shown.rstrip("0").rstrip(".") if "." in shown else shown
        return number.lstrip("0") or "0"
    return shown


@needs_shared
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("options", [(), ("--delims", "|'>!", "--crlf")])
def test_every_value_of_every_claim_is_there_at_its_segment(
    kind: str, options: tuple[str, ...]
) -> None:
    data = made(kind, 12, *options)
    written = raw(data)
    seen: set[int] = set()
    for claim in told(data):
        assert claim["untyped"] == []
        for segment in segments(*claim["loops"], *filter(None, [claim["claim"]])):
            seen.add(segment["segment"])
            there = [text for element in segment["elements"] for text in texts(element)]
            expected = written[segment["segment"]]
            assert segment["id"] == expected[0]
            if segment["id"] == "BHT":  # a time of day drops its last zeros
                continue
            assert [*map(plain, there)] == [*map(plain, expected[1:])]
    envelope = {n for n, each in written.items() if each[0] in ("ISA", "GS", "SE", "GE", "IEA")}
    assert seen == written.keys() - envelope


@needs_shared
@pytest.mark.parametrize("kind", KINDS)
def test_there_is_one_object_a_claim_with_the_loops_around_it(kind: str) -> None:
    objects = [one for one in told(made(kind, 12)) if one["claim"] is not None]
    assert len(objects) == 12
    for one in objects:
        numbers = [segment["segment"] for segment in segments(one["claim"])]
        assert (one["type"], one["segment"], one["segment_end"]) == (kind, numbers[0], numbers[-1])
        names = [loop["loop"] for tree in one["loops"] for loop in loops(tree)]
        around = (
            ["1000A", "1000B", "2000"] if kind == "835" else ["1000A", "2000A", "2010AA", "2000B"]
        )
        assert set(around) < set(names)
        assert max(segment["segment"] for segment in segments(*one["loops"])) < one["segment"]
        # Other claims are never among what stands around one.
        assert not {"2300", "2100"} & set(names)


@needs_shared
def test_money_is_text_with_cents_a_quantity_text_a_day_iso_and_a_count_a_number() -> None:
    for one, read in zip(told(made("837P", 8)), read_claims(made("837P", 8)), strict=True):
        assert isinstance(read, ReadClaim)
        claim, line = one["claim"], read.claim.lines[0]
        assert value(claim, "CLM", 2) == f"{read.claim.charge_cents / 100:.2f}"
        assert value(claim, "SV1", 4) == format(line.units, "f")
        assert value(claim, "SV1", 1, 2) == line.code
        assert value(claim, "LX", 1) == 1
        assert value(claim, "DTP", 3) == str(line.service_from)


@needs_shared
def test_what_an_835_says_after_its_claims_is_told_last() -> None:
    data = made("835", 30)
    (remittance,) = read_remittances(data)
    *payments, last = told(data)
    assert len(payments) == len(remittance.claims)
    assert last["claim"] is None
    (adjustment,) = remittance.provider_adjustments
    assert value(last["loops"][0], "PLB", 3, 1) == adjustment.reason
    assert value(last["loops"][0], "PLB", 4) == f"{adjustment.amount_cents / 100:.2f}"
    assert all("PLB" not in str(one["loops"]) for one in payments)


@pytest.mark.parametrize("kind", sorted(TEXTS))
def test_another_transaction_is_one_object(kind: str) -> None:
    (one,) = told(TEXTS[kind])
    assert (one["type"], one["claim"]) == (kind, None)
    numbers = sorted(segment["segment"] for segment in segments(*one["loops"]))
    assert numbers == list(range(3, 3 + len(numbers)))
    assert one["segment_end"] == numbers[-1] + 1


def test_repeated_values_stand_apart() -> None:
    (one,) = told(TEXTS["271"])
    (element,) = [
        element
        for segment in segments(*one["loops"])
        if segment["id"] == "EB"
        for element in segment["elements"]
        if element["element"] == 3 and "values" in element
    ]
    assert element == {"element": 3, "name": "service type", "values": ["MH", "A6"]}
    (review,) = told(as_file(*REVIEW))
    values = [each for segment in segments(*review["loops"]) for each in segment["elements"]]
    assert {"element": 3, "name": "reason", "values": ["37", "E8"]} in values


@needs_shared
def test_what_is_not_of_its_type_stays_text_and_is_named() -> None:
    data = made("837P", 2)
    bad = data.replace(b"*UN*1*", b"*UN*1O*", 1).replace(b"D8*2026", b"D8*2O26", 1)
    segment = next(n for n, each in raw(bad).items() if "1O" in each)
    found = [place for one in told(bad) for place in one["untyped"]]
    assert {"segment": segment, "element": 4} in found
    assert len({place["segment"] for place in found}) == 2
    spoiled = next(one for one in told(bad) if one["segment"] < segment <= one["segment_end"])
    assert '"value":"1O"' in json.dumps(spoiled, separators=(",", ":"))


@needs_shared
def test_several_kinds_in_one_file_are_all_told() -> None:
    data = made("837P", 2) + made("835", 3) + made("999", 1)
    assert [one["type"] for one in told(data)] == ["837P", "837P", "835", "835", "835", "999"]


@needs_shared
def test_published_files_are_told_or_refused_in_words() -> None:
    kinds: set[str] = set()
    for path in examples():
        data = path.read_bytes()
        try:
            for line in claims_json(lambda data=data: [data]):  # type: ignore[misc]
                kinds.add(json.loads(line)["type"])
        except X12SyntaxError:
            continue
    assert {"837P", "837I", "835", "270", "271", "276", "277", "277CA", "999"} <= kinds


@pytest.mark.parametrize(
    ("data", "words"),
    [(b"hello", "ISA"), (TEXTS["271"].replace(b"271", b"834"), "no table")],
)
def test_what_cannot_be_told_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(X12SyntaxError, match=words):
        told(data)


@needs_shared
def test_a_transaction_that_has_no_end_is_refused_at_its_place_after_what_came_before() -> None:
    cut = re.sub(rb"SE\*\d+\*0001~", b"", made("835", 3))
    lines = claims_json(lambda: [cut])
    assert [json.loads(line)["type"] for line in itertools.islice(lines, 3)] == ["835"] * 3
    with pytest.raises(X12SyntaxError, match="has no end"):
        next(lines)


@needs_shared
@pytest.mark.parametrize("kind", ["837P", "835"])
def test_memory_does_not_grow_with_the_file(kind: str) -> None:
    peaks = []
    for count in (400, 800):
        data = made(kind, count)
        blocks = [data[at : at + 65536] for at in range(0, len(data), 65536)]
        tracemalloc.start()
        for _ in claims_json(lambda blocks=blocks: iter(blocks)):  # type: ignore[misc]
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 150_000
