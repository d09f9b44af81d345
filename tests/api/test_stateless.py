"""The stateless scrub: what is a document, what is none, and where the fault lies."""

from __future__ import annotations

import copy
import io
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from api.commands.scrub import _lines
from api.stateless import DOCUMENT_BYTES_MAX, StatelessScrub, open_stateless

TODAY = date(2026, 5, 21)
SCRUB = StatelessScrub(TODAY)
CLEAN: dict[str, Any] = {
    "id": "d-1",
    "plugins": [],
    "payer": {"kind": "commercial", "policy": {"timely_filing_days": 90}},
    "claim": {
        "form": "837P", "frequency_code": "1", "received_date": "2026-05-21",
        "total_charge": "150.00", "pos": "11", "dos": "2026-05-12", "signature_on_file": True,
        "accept_assignment": "A", "benefits_assigned": "Y", "release_of_info": "Y",
        "patient": {"dob": "1985-03-14", "sex": "F", "state": "TX", "member_id": "W123"},
        "billing": {
            "npi": "1333444556", "entity": "org", "tax_id": "74-1234567", "tax_id_type": "EI",
            "taxonomy": "261QM0801X",
            "address": {"line1": "1 Main St", "city": "Austin", "state": "TX", "zip": "78701-1234"},
        },
        "rendering": {"npi": "1234567893", "credential": "MD"},
        "dx": ["I10"],
        "lines": [{"no": 1, "code": "99213", "units": 1, "charge": "150.00", "ptr": [1]}],
    },
}  # fmt: skip
Change = Callable[[dict[str, Any]], object]


def changed(change: Change) -> dict[str, Any]:
    document = copy.deepcopy(CLEAN)
    change(document)
    return document


def asked(document: object) -> dict[str, Any]:
    answer = json.loads(SCRUB.line(json.dumps(document).encode()))
    assert isinstance(answer, dict)
    return answer


def rules(document: object) -> list[tuple[str, int | None]]:
    return [(one["rule"], one["line"]) for one in asked(document)["findings"]]


def test_a_right_claim_is_clean_and_unknown_keys_and_nulls_change_nothing() -> None:
    whole = {"id": "d-1", "clean": True, "findings": [], "derived": {}, "pricing": {}}
    assert asked(CLEAN) == whole
    strange = changed(lambda d: d["claim"].update({"colour": "red", "original_ref": None}))
    strange["context"] = {"history": None, "weather": {}}
    strange["payer"]["policy"]["unheard_of"] = [1]
    assert asked(strange) == whole


@pytest.mark.parametrize(
    ("data", "id", "says"),
    [
        (b"", None, "JSON"),
        (b"{", None, "JSON"),
        (b"[]", None, "a scrub document is a JSON object"),
        (b"\xff", None, ""),
        (b'{"id": 7}', 7, "id must be a text in quotes"),
        (b'{"id": ["x"]}', None, "id must be a text in quotes"),
        (b'{"id": "a"}', "a", "payer must be an object"),
        (b'{"id": "a", "id": "b"}', None, "twice"),
        (b"9" * (DOCUMENT_BYTES_MAX + 1), None, "longer than"),
        (b"[" * 100_000, None, ""),
    ],
)
def test_what_is_no_document_gets_its_error_and_its_id_where_there_is_one(
    data: bytes, id: object, says: str
) -> None:
    answer = json.loads(SCRUB.line(data))
    assert answer.keys() == {"id", "error"}
    assert answer["id"] == id
    assert says in answer["error"]["message"]


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda d: d.update(plugins=["surgery"]), "plugins names one"),
        (lambda d: d.update(as_of="21.05.2026"), "as_of must be a date"),
        (lambda d: d["payer"].update(kind="friend"), "payer.kind must be one of medicare"),
        (lambda d: d["payer"].update(state="Texas"), "payer.state must be two letters"),
        (lambda d: d["payer"]["policy"].update(timely_filing_days="x"), "payer.policy.timely_fil"),
        (lambda d: d["claim"].update(dos="2026-02-30"), "claim.dos must be a date"),
        (lambda d: d["claim"].update(total_charge=150.0), "claim.total_charge must be an amount"),
        (lambda d: d["claim"].update(dx="I10"), "claim.dx must be a list of texts"),
        (lambda d: d["claim"]["patient"].update(sex="X"), "claim.patient.sex must be one of"),
        (lambda d: d["claim"]["lines"][0].update(no=0), "claim.lines[1].no must be a number"),
        (lambda d: d["claim"]["lines"].append({"no": 1}), "claim.lines[2].no must be a number"),
        (lambda d: d["claim"]["lines"][0].update(ptr=["1"]), "claim.lines[1].ptr must be a list"),
        (lambda d: d["claim"]["lines"][0].update(start="25:00"), "claim.lines[1].start must be"),
        (lambda d: d.update(context={"auths": [{"to": "x"}]}), "context.auths[1].to must be a"),
        (
            lambda d: d.update(context={"reference": {"mue": {"99213": {"value": 1}}}}),
            "context.reference.mue.99213.mai must be a whole number",
        ),
    ],
)
def test_the_sentence_names_the_place_and_what_belongs_there(change: Change, place: str) -> None:
    answer = asked(changed(change))
    assert answer["id"] == "d-1"
    assert answer["error"]["message"].startswith(place)
    assert "Texas" not in answer["error"]["message"]


def test_findings_stand_the_claim_first_then_by_line_and_rule() -> None:
    def wrong(document: dict[str, Any]) -> None:
        claim = document["claim"]
        claim["received_date"], claim["total_charge"] = "2027-01-01", "1.00"
        claim["lines"] = [
            {**claim["lines"][0], "no": no, "code": "99213", "units": 0} for no in (1, 2)
        ]

    document = changed(wrong)
    assert rules(document) == [
        ("PS-035", None), ("PS-012", 1), ("PS-037", 1), ("PS-012", 2), ("PS-037", 2), ("PS-039", 2),
    ]  # fmt: skip
    [total, *_] = asked(document)["findings"]
    assert total["severity"] == "reject"
    assert not asked(document)["clean"]


def test_what_an_837p_lacks_is_missing_and_what_the_context_lacks_is_no_opinion() -> None:
    bare = {"id": "d-1", "payer": {"kind": "medicare"}, "claim": {"form": "837P", "lines": []}}
    found = {rule for rule, _ in rules(bare)}
    assert {"PS-001", "PS-002", "PS-003", "PS-006", "PS-007", "PS-008"} <= found
    assert not found & {"PS-013", "PS-056", "PS-038", "PS-075"}
    silent = {"id": "d-1", "payer": {"kind": "medicare"}, "claim": {"lines": []}}
    assert asked(silent)["findings"] == []


def test_a_claim_of_null_is_asked_for_what_its_context_supports_only() -> None:
    assert asked({**CLEAN, "claim": None})["clean"] is True


@pytest.mark.parametrize(
    ("knobs", "payer_order", "late"),
    [
        ({"timely_filing_days": 9}, "P", False),
        ({"timely_filing_days": 8}, "P", True),
        ({"timely_filing_days": 8}, "S", True),
        ({"timely_filing_days": 8, "secondary_filing_days": 5}, "S", False),
        ({"corrected_claim_days": 8}, "P", False),
    ],
)
def test_days_of_filing_count_from_the_service(
    knobs: dict[str, int], payer_order: str, late: bool
) -> None:
    def late_by(document: dict[str, Any]) -> None:
        document["payer"]["policy"] = knobs
        document["claim"]["payer_order"] = payer_order

    assert (("PS-012", 1) in rules(changed(late_by))) is late


def test_an_earlier_service_is_compared_by_what_is_known_of_it() -> None:
    known = {"dos": "2026-05-12", "code": "99213", "rendering_npi": "1234567893", "status": "paid"}
    for prior, fires in (
        (known, True),
        ({**known, "pos": "11"}, True),
        ({**known, "pos": "12"}, False),
        ({**known, "status": "denied"}, False),
        ({**known, "dos": None}, False),
    ):
        found = rules({**CLEAN, "context": {"history": [prior]}})
        assert (("PS-038", 1) in found) is fires, prior


def test_a_mistake_of_ours_ends_one_document_and_quotes_nothing_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("W123")

    monkeypatch.setattr("api.stateless.read_document", broken)
    answer = asked(CLEAN)
    assert answer["id"] == "d-1"
    assert "W123" not in json.dumps(answer)
    monkeypatch.undo()
    assert asked(CLEAN)["clean"]


def test_lines_are_read_one_by_one_and_of_a_giant_only_its_beginning() -> None:
    source = io.BytesIO(b"a\r\n" + b"x" * 1000 + b"\nb")
    assert [len(line) for line in _lines(source, 10)] == [1, 12, 1]


def test_icd10_is_the_one_that_ships(shipped_home: Path) -> None:
    scrub = open_stateless(shipped_home, TODAY)
    document = changed(lambda d: d["claim"].update(dx=["E11"]))
    found = json.loads(scrub.line(json.dumps(document).encode()))["findings"]
    assert [one["rule"] for one in found] == ["PS-020"]
    assert found[0]["source"]
    assert found[0]["layer"] == "platform"
