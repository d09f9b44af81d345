"""Checking files: no false alarm on good ones, each defect at its segment, no crash ever."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.x12_options import x12_options
from core.x12.check import FileReport, Status, X12Error, check
from core.x12.envelope import TRANSACTION_OF_GROUP
from core.x12.error_list import ERRORS_MAX, FILE_ERRORS_MAX
from tests.core.x12.pyx12_oracle import judge
from tests.core.x12.x12_samples import MUTANTS, examples, made, needs_shared

ALL = x12_options()
KINDS = ["837P", "837I", "837D", "835", "277CA", "999"]
SMALL_999 = (
    "ISA*00*          *00*          *ZZ*S              *ZZ*R              *261121*1200*^*00501"
    "*000000001*0*P*:~GS*FA*SS*RR*20261121*1200*1*X*005010X231A1~ST*999*0001*005010X231A1~"
    "AK1*HC*7*005010X222A1~AK2*837*0001*005010X222A1~IK5*A~AK9*A*1*1*1~SE*6*0001~GE*1*1~"
    "IEA*1*000000001~"
)


def every(report: FileReport) -> list[X12Error]:
    return [*report.errors, *(e for t in report.transactions for e in t.errors)]


def found(report: FileReport) -> list[tuple[int, int, str, int, str]]:
    return [(e.snip, e.segment, e.segment_id, e.element, e.code) for e in every(report)]


@needs_shared
@pytest.mark.parametrize("kind", KINDS)
def test_a_generated_file_is_accepted_and_its_claims_are_counted(kind: str) -> None:
    report = check(made(kind, 40))
    assert every(report) == []
    (transaction,) = report.transactions
    assert (transaction.type, transaction.status) == (kind, Status.ACCEPTED)
    assert transaction.claims == (0 if kind == "999" else 40)
    assert "SNIP 5: code sets" in transaction.not_checked


@needs_shared
def test_other_separators_and_line_breaks_change_nothing() -> None:
    marks = ("--delims", "|'>!", "--crlf")
    assert every(check(made("837P", 20, *marks))) == []
    assert every(check(made("835", 20, *marks))) == []


@needs_shared
@pytest.mark.parametrize("base", sorted(MUTANTS.glob("*00-base.x12")), ids=lambda path: path.stem)
def test_a_good_base_raises_no_alarm(base: Path) -> None:
    assert every(check(base.read_bytes())) == []


@needs_shared
@pytest.mark.parametrize("path", examples(), ids=lambda path: path.name)
def test_every_published_file_gets_a_report_and_positioned_errors(path: Path) -> None:
    data = path.read_bytes()
    report = check(data)
    body = json.loads(report.to_json(path.name))
    assert set(body) == {"file", "interchanges", "transactions", "errors"}
    segments_max = data.count(b"\n") + data.count(b"~") + data.count(b"'") + 2
    for error in every(report):
        assert 0 <= error.segment <= segments_max
        assert error.message


# By the judge: the guides it has, under the addendum it knows.
JUDGED = (b"005010X222", b"005010X223", b"005010X221", b"005010X214", b"005010X231")


def judged() -> list[Path]:
    """Small examples of those guides; of imsweb's many copies of one claim, the good ones."""
    return [
        path
        for path in examples()
        if path.stat().st_size < 20_000
        and (path.parent.name != "imsweb" or "_277CA" in path.name or "_999" in path.name)
        and any(version in path.read_bytes() for version in JUDGED)
        and b"*00401*" not in path.read_bytes()[:110]
    ]


@needs_shared
@pytest.mark.parametrize("path", judged(), ids=lambda path: path.name)
def test_the_judge_and_we_agree_on_published_files(path: Path) -> None:
    data = path.read_bytes()
    plain = data.replace(b"X222A2", b"X222A1").replace(b"X223A3", b"X223A2")
    serious = [e for e in every(check(data, ALL)) if e.severity == "error"]
    good = judge(plain)[0]
    assert (not any(error.snip <= 2 for error in serious)) == good
    if good:
        # Some examples make up the numbers and specialties of their providers.
        places = {(error.snip, error.segment_id, error.element) for error in serious}
        assert places <= {(5, "NM1", 9), (5, "PRV", 3)}


def test_the_json_has_exactly_the_agreed_names() -> None:
    body = json.loads(check(SMALL_999.replace("IK5*A~", "IK5*Q~").encode()).to_json("a.x12"))
    assert body["file"] == "a.x12"
    assert body["interchanges"] == 1
    (transaction,) = body["transactions"]
    assert set(transaction) == {
        "type", "version", "control", "status", "claims", "not_checked", "errors",
    }  # fmt: skip
    (error,) = transaction["errors"]
    assert error == {
        "snip": 2,
        "severity": "error",
        "segment": 6,
        "segment_id": "IK5",
        "loop": "2000",
        "element": 1,
        "component": 0,
        "code": "code-value",
        "message": "verdict is none of A, E, M, R, W, X",
    }
    assert transaction["status"] == "rejected"


@pytest.mark.attack("S-42")
@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("IEA*1*", "IEA*2*", [(1, 10, "IEA", 1, "group-count")]),
        ("IEA*1*000000001", "IEA*1*000000002", [(1, 10, "IEA", 2, "interchange-control")]),
        ("GE*1*1", "GE*1*2", [(1, 9, "GE", 2, "group-control")]),
        ("SE*6*0001", "SE*6*0002", [(1, 8, "SE", 2, "transaction-control")]),
        ("GE*1*1~", "", [(1, 9, "IEA", 0, "group-unclosed")]),
        ("SE*6*0001~", "", [(1, 8, "SE", 0, "transaction-unclosed")]),
        ("*00501*", "*0050X*", [(1, 1, "ISA", 12, "isa-element")]),
        ("*P*:", "*X*:", [(1, 1, "ISA", 15, "isa-element")]),
        ("*261121*", "*261331*", [(1, 1, "ISA", 9, "isa-element")]),
        ("*ZZ*R ", "*Z1*R ", [(1, 1, "ISA", 7, "isa-element")]),
        ("GS*FA", "GS*HC", [(1, 3, "ST", 1, "wrong-group")]),
        ("ST*999*0001*005010X231A1", "ST*999*0001*005010X231", []),
        ("AK9*A*1*1*1", "AK9*A*1*1", [(2, 7, "AK9", 4, "element-missing")]),
        (
            "IK5*A~",
            "IK5*A~ZZ9*1~",
            [(1, 7, "ZZ9", 0, "segment-unknown"), (1, 9, "SE", 1, "segment-count")],
        ),
        (
            "IK5*A~",
            "IK5*A~CLM*1~",
            [(2, 7, "CLM", 0, "segment-unexpected"), (1, 9, "SE", 1, "segment-count")],
        ),
        ("IK5*A~", "", [(2, 6, "IK5", 0, "segment-missing"), (1, 7, "SE", 1, "segment-count")]),
        ("IEA*1*000000001~", "IEA*1*000000001", [(1, 10, "IEA", 0, "unterminated")]),
    ],
)
def test_each_envelope_fault_is_named_at_its_place(
    old: str, new: str, expected: list[tuple[int, int, str, int, str]]
) -> None:
    assert old in SMALL_999
    assert found(check(SMALL_999.replace(old, new).encode())) == expected


def test_a_missing_st03_is_only_a_warning_since_gs08_names_the_guide() -> None:
    report = check(SMALL_999.replace("*0001*005010X231A1", "*0001").encode())
    assert [(e.severity, e.code) for e in every(report)] == [("warning", "element-missing")]
    assert report.transactions[0].status is Status.ACCEPTED
    assert not report.has_errors


@pytest.mark.attack("S-42")
def test_a_control_number_used_twice_is_told() -> None:
    start = SMALL_999.index("ST*")
    end = SMALL_999.index("GE*")
    data = SMALL_999[:end] + SMALL_999[start:end] + "GE*2" + SMALL_999[end + 4 :]
    assert found(check(data.encode())) == [(1, 9, "ST", 2, "control-repeated")]


@pytest.mark.control("R32")
@needs_shared
@pytest.mark.parametrize(
    ("kind", "old", "new", "expected"),
    [
        ("837P", b"SV1*HC:80053*", b"SV1*HC:80053*9", (3, "CLM", 2, "claim-total")),
        ("837I", b"SVD*11122*", b"SVD*11122*9", (3, "SVD", 2, "line-decision")),
        ("837P", b"SVD*11122*", b"SVD*11123*", (2, "SVD", 1, "payer-unknown")),
        ("837P", b"AMT*D*", b"AMT*D*9", (3, "AMT", 2, "payer-paid-total")),
        ("835", b"CAS*CO*45*", b"CAS*CO*45*9", (3, "SVC", 3, "line-balance")),
        ("835", b"CAS*CO*45*", b"CAS*CO*45*9", (3, "CLP", 4, "claim-balance")),
        ("835", b"*WO:ICN000000001*", b"*WO:ICN000000001*9", (3, "BPR", 2, "payment-total")),
        ("835", b"CAS*PR*", b"CAS*OA*", (3, "CLP", 5, "patient-share")),
    ],
)  # fmt: skip
def test_each_sum_that_does_not_hold_is_named(
    kind: str, old: bytes, new: bytes, expected: tuple[int, str, int, str]
) -> None:
    data = made(kind, 30)
    assert old in data
    report = check(data.replace(old, new, 1))
    assert expected in [(e.snip, e.segment_id, e.element, e.code) for e in every(report)]


def test_a_transaction_without_a_table_says_so() -> None:
    data = SMALL_999.replace("GS*FA", "GS*BE").replace("999*", "834*")
    data = data.replace("005010X231A1", "005010X220A1")
    (transaction,) = check(data.encode()).transactions
    assert transaction.status is Status.ACCEPTED
    assert transaction.not_checked == ("SNIP 2 to 7: there is no table for 005010X220A1 yet",)


@pytest.mark.parametrize(
    ("data", "segment", "code"),
    [
        (b"", 0, "not-x12"),
        (b"\x00\xff" * 50, 0, "not-x12"),
        (b"{}", 0, "not-x12"),
        (SMALL_999[:140].encode(), 2, "unreadable"),
    ],
)
def test_what_cannot_be_read_is_an_envelope_error_with_its_place(
    data: bytes, segment: int, code: str
) -> None:
    report = check(data)
    assert (segment, code) in [(e.segment, e.code) for e in report.errors]
    assert report.has_errors


@pytest.mark.attack("S-40")
@needs_shared
@pytest.mark.parametrize("kind", ["837P", "835"])
def test_a_file_cut_at_any_byte_is_never_accepted_and_never_crashes(kind: str) -> None:
    data = made(kind, 2)
    for cut in range(len(data) - 1):
        assert check(data[:cut]).has_errors


@pytest.mark.attack("S-44")
@needs_shared
@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from(KINDS),
    flips=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=8),
)
def test_flipped_bytes_never_crash_the_check(kind: str, flips: list[tuple[int, int]]) -> None:
    data = bytearray(made(kind, 3))
    for place, byte in flips:
        data[place % len(data)] = byte
    check(bytes(data)).to_json("flipped")


words = st.sampled_from(
    [*TRANSACTION_OF_GROUP, "ISA", "GS", "ST", "SE", "GE", "IEA", "HL", "NM1", "CLM", "85", "IL",
     "20", "22", "LX", "SV1", "SBR", "CAS", "CLP", "SVC", "PLB", "BPR", "1", "-", "", "837", "835"]
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(words, min_size=1, max_size=6), max_size=30), st.sampled_from("HFX"))
def test_segments_in_any_order_never_crash_the_check(segments: list[list[str]], group: str) -> None:
    version = {"H": "005010X222A1", "F": "005010X231A1", "X": "005010X221A1"}[group]
    kind = {"H": "837", "F": "999", "X": "835"}[group]
    head = SMALL_999[: SMALL_999.index("ST*")]
    body = "".join("*".join(segment) + "~" for segment in segments)
    check(f"{head}ST*{kind}*0001*{version}~{body}SE*2*0001~GE*1*1~IEA*1*000000001~".encode())


@pytest.mark.attack("S-40")
@needs_shared
def test_errors_do_not_fill_the_memory() -> None:
    data = made("837P", 1500).replace(b"*UN*", b"*QQ*")
    (transaction,) = check(data).transactions
    assert len(transaction.errors) == ERRORS_MAX + 1
    last = transaction.errors[-1]
    assert (last.code, last.severity, last.snip) == ("more-errors", "error", 2)


def blocks_of(head: bytes, part: bytes, times: int) -> Iterator[bytes]:
    yield head
    for _ in range(times):
        yield part


@needs_shared
def test_what_is_left_out_still_counts_for_the_verdict() -> None:
    warned = made("837I", ERRORS_MAX + 200).replace(b"LX*1~", b"LX*7~")
    (transaction,) = check(warned).transactions
    assert {error.severity for error in transaction.errors} == {"warning"}
    assert transaction.status == Status.ACCEPTED
    at = warned.rindex(b"CLM*")
    late = warned[:at] + warned[at:].replace(b"*A*", b"*Q*", 1)
    (transaction,) = check(late).transactions
    assert transaction.errors[-1].severity == "error"
    assert transaction.status == Status.REJECTED


def test_a_file_keeps_only_so_many_errors_over_all_its_transactions() -> None:
    head = SMALL_999[: SMALL_999.index("ST*")].encode()
    bad = b"ST*999*0001*005010X231A1~" + b"QQQ*1~" * 500 + b"SE*502*0001~"
    report = check(blocks_of(head, bad, 60))
    kept = every(report)
    assert FILE_ERRORS_MAX <= len(kept) <= FILE_ERRORS_MAX + 70
    assert all(t.status == Status.REJECTED for t in report.transactions)
    assert report.transactions[-1].errors[-1].code == "more-errors"


@pytest.mark.attack("S-40")
@pytest.mark.attack("S-42")
@pytest.mark.parametrize(
    "part",
    [
        b"ST*999*1~SE*2*1~",
        b"ST*999*1~" + b"QQQ*1~" * 300 + b"SE*302*1~",
        b"GS*FA~",
        SMALL_999[:106].encode(),
    ],
)
def test_a_file_of_ever_more_envelopes_ends_in_one_error(
    part: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.x12.check.ENVELOPES_MAX", 50)
    head = SMALL_999[: SMALL_999.index("ST*")].encode()
    report = check(blocks_of(head, part, 100_000))
    assert [e.code for e in every(report)].count("too-many-envelopes") == 1
    assert len(report.transactions) <= 50
    assert report.has_errors


@needs_shared
def test_interchanges_with_ever_new_delimiters_are_checked_alike() -> None:
    marks = ["!~:^", "|~:^", "%~:^", "$~:^", "*'>^", "*~>^", "*~:!", ";~:^", "+~:^", "=~:^"]
    data = b"".join(made("837P", 1, "--delims", mark) for mark in marks)
    report = check(data)
    assert len(report.interchanges) == len(marks)
    repeated = len(marks) - 1
    assert [e.code for e in every(report)] == ["interchange-repeated"] * repeated
    wrong = check(data.replace(b"BI", b"BX"))
    assert [e.code for t in wrong.transactions for e in t.errors].count("code-value") == len(marks)


def test_thousands_of_broken_transactions_are_read_to_the_end() -> None:
    head = SMALL_999[: SMALL_999.index("ST*")]

    def blocks() -> Iterator[bytes]:
        yield head.encode()
        for number in range(3000):
            yield f"ST*999*{number:04d}*005010X231A1~AK1*HC*7*X~".encode()
            yield b"CLM*1~" * 20

    report = check(blocks())
    assert len(report.transactions) == 3000
    assert report.has_errors
