"""Claim acknowledgements (277CA): read, written, and put in words."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import msgspec
import pytest

from core.claims.parties import Name
from core.errors import InputError, X12SyntaxError
from core.x12.claim_status import (
    ClaimStatus,
    ClaimStatusReport,
    LineStatus,
    ProviderStatus,
    Status,
    StatusCode,
    read_277ca,
    sentence,
    write_277ca,
)
from core.x12.claim_status_words import CATEGORIES, STATUSES
from tests.core.x12.claim_values import ENVELOPE
from tests.core.x12.pyx12_oracle import faults
from tests.core.x12.remittance_values import without_places

SHARED = Path(__file__).parents[4] / "shared" / "data" / "x12"


def status(category: str, code: str, entity: str, action: str, cents: int) -> Status:
    return Status(
        codes=(StatusCode(category=category, status=code, entity=entity),),
        effective_on=date(2026, 1, 15),
        action=action,
        charge_cents=cents,
    )


def report(control: str = "0001") -> ClaimStatusReport:
    taken = ClaimStatus(
        claim_number="C1",
        statuses=(status("A2", "20", "PR", "WQ", 12500),),
        payer_claim_number="ICN1",
        clearinghouse_number="T1",
        patient=Name(last="SMITH", first="ANN"),
        member_id="W100000001",
        provider_id="1234567893",
        service_from=date(2026, 1, 5),
    )
    turned = ClaimStatus(
        claim_number="C2",
        statuses=(
            status("A7", "562", "82", "U", 300),
            status("A3", "21", "85", "U", 300),
        ),
        type_of_bill="0329",
        patient=Name(last="JONES", first="BEN"),
        member_id="W100000002",
        provider_id="1234567893",
        service_from=date(2026, 1, 5),
        service_to=date(2026, 1, 9),
        lines=(
            LineStatus(
                code="99213",
                modifiers=("25",),
                charge_cents=300,
                control_number="L1",
                service_from=date(2026, 1, 5),
                statuses=(
                    Status(
                        codes=(
                            StatusCode(category="A7", status="454"),
                            StatusCode(category="A7", status="453"),
                        ),
                        effective_on=date(2026, 1, 15),
                        action="U",
                    ),
                ),
            ),
        ),
    )
    provider = ProviderStatus(
        name=Name(last="CENTRAL CLINIC"),
        id="1234567893",
        statuses=(
            Status(
                codes=(StatusCode(category="A1", status="19"),), action="WQ", charge_cents=12800
            ),
        ),
        claims=(taken, turned),
    )
    return ClaimStatusReport(
        control_number=control,
        reference="277CA0000001",
        created=datetime(2026, 1, 15, 13, 0),  # noqa: DTZ001 (local, as X12 has it)
        source_name="ACME HEALTH PLAN",
        source_id="60054",
        receipt_trace="RCPT1",
        received_on=date(2026, 1, 15),
        processed_on=date(2026, 1, 16),
        submitter_name="CENTRAL BILLING",
        submitter_id="SUB01",
        batch_reference="B0000001",
        statuses=(status("A1", "19", "PR", "WQ", 12800),),
        providers=(provider,),
    )


def test_write_then_read_gives_the_same_report() -> None:
    reports = (report("0001"), report("0002"))
    assert without_places(read_277ca(write_277ca(reports, ENVELOPE))) == reports


def test_pyx12_takes_what_is_written() -> None:
    assert faults(write_277ca([report()], ENVELOPE)) == []


def test_a_batch_turned_away_whole_has_no_claims() -> None:
    turned = msgspec.structs.replace(
        report(), statuses=(status("A8", "496", "41", "U", 12800),), providers=()
    )
    (read,) = read_277ca(write_277ca([turned], ENVELOPE))
    assert (read.accepted, read.claims, read.batch_reference) == (False, (), "B0000001")


def test_each_claim_has_its_verdict_codes_and_place() -> None:
    (read,) = read_277ca(write_277ca([report()], ENVELOPE))
    taken, turned = read.claims
    assert (taken.accepted, turned.accepted) == (True, False)
    assert [(code.category, code.status) for code in turned.codes] == [
        ("A7", "562"),
        ("A3", "21"),
        ("A7", "454"),
        ("A7", "453"),
    ]
    assert (taken.charge_cents, taken.effective_on) == (12500, date(2026, 1, 15))
    assert taken.segment < turned.segment < turned.lines[0].segment


@pytest.mark.parametrize(
    ("category", "action", "accepted"),
    [
        ("A2", "WQ", True),
        ("A2", "", True),
        ("A1", "U", False),
        ("A3", "", False),
        ("A6", "", False),
        ("A7", "", False),
        ("A8", "", False),
        ("A4", "", False),
    ],
)
def test_the_verdict_is_the_action_else_the_category(
    category: str, action: str, accepted: bool
) -> None:
    one = Status(codes=(StatusCode(category=category, status="20"),), action=action)
    assert one.accepted is accepted


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="the published examples are not beside us")
def test_a_published_acknowledgement_is_read() -> None:
    (read,) = read_277ca((SHARED / "imsweb" / "x12_277CA_accepted.txt").read_bytes())
    (claim,) = read.claims
    assert (read.batch_reference, claim.claim_number, claim.accepted) == ("000000674", "5781", True)
    assert claim.charge_cents == 12500


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="the published examples are not beside us")
def test_an_answer_to_a_status_request_is_not_an_acknowledgement() -> None:
    with pytest.raises(X12SyntaxError, match="segment 3") as caught:
        read_277ca((SHARED / "imsweb" / "x12_277_x212.txt").read_bytes())
    assert "status request" in caught.value.message


@pytest.mark.parametrize(
    ("old", "new", "segment"),
    [
        (b"DTP*472*D8*20260105", b"DTP*472*D8*20261305", 32),
        (b"*WQ*125~", b"*WQ*12x5~", 29),
        (b"*3*PT~", b"*3*XX~", 26),
        (b"HL*3*2*19*", b"HL*3*2*20*", 33),
        (b"BHT*0085*08*277CA0000001*20260115*1300", b"BHT*0085*08*1*20260115*9900", 4),
    ],
)
def test_a_damaged_acknowledgement_is_refused_at_its_place(
    old: bytes, new: bytes, segment: int
) -> None:
    data = write_277ca([report()], ENVELOPE)
    assert old in data
    with pytest.raises(X12SyntaxError) as caught:
        read_277ca(data.replace(old, new))
    assert caught.value.segment == segment


def test_an_acknowledgement_that_breaks_off_is_refused() -> None:
    data = write_277ca([report()], ENVELOPE)
    with pytest.raises(X12SyntaxError):
        read_277ca(data[: data.index(b"SE*")])


def test_sums_and_days_are_filled_in_when_not_given() -> None:
    bare = Status(codes=(StatusCode(category="A1", status="19"),), action="WQ")
    whole = report()
    provider = msgspec.structs.replace(whole.providers[0], statuses=(bare,))
    data = write_277ca(
        [msgspec.structs.replace(whole, statuses=(bare,), providers=(provider,))], ENVELOPE
    )
    (read,) = read_277ca(data)
    assert read.statuses[0].charge_cents == read.providers[0].statuses[0].charge_cents == 12800
    assert faults(data) == []


@pytest.mark.parametrize(
    "changes",
    [{"received_on": None}, {"receipt_trace": ""}, {"statuses": ()}, {"control_number": "1"}],
)
def test_a_report_without_what_the_guide_requires_is_not_written(
    changes: dict[str, object],
) -> None:
    with pytest.raises(InputError):
        write_277ca([msgspec.structs.replace(report(), **changes)], ENVELOPE)


def test_a_rejection_says_what_is_wrong_with_whom_and_what_to_do() -> None:
    text = sentence(StatusCode(category="A7", status="562", entity="82"))
    assert "rendering provider's NPI" in text
    assert "turned away" in text
    assert text.endswith("Correct the NPI; it must be known to this payer.")


def test_good_news_asks_for_nothing() -> None:
    text = sentence(StatusCode(category="A2", status="20", entity="PR"))
    assert text.count(".") == 1


def test_an_unknown_code_is_named_by_number_and_free_text_is_not_repeated() -> None:
    assert "status code 9999" in sentence(StatusCode(category="A3", status="9999"))
    hidden = sentence(StatusCode(category="JOHN SMITH", status="1900-01-01", entity="W12345"))
    assert "SMITH" not in hidden
    assert "1900" not in hidden
    assert "W12345" not in hidden


@pytest.mark.parametrize("code", sorted(STATUSES))
def test_every_status_makes_a_whole_sentence_with_each_verdict(code: str) -> None:
    for category in CATEGORIES:
        for entity in ("", "85"):
            text = sentence(StatusCode(category=category, status=code, entity=entity))
            assert text.startswith("The claim ")
            assert text.endswith(".")
            assert "the entity" not in text
