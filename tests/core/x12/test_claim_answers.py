"""The 277CA on a checked 837: every claim answered once, with a reason that fits its error."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path

import pytest

from core.claims.claim import Form
from core.x12.check import check
from core.x12.claim_answers import claim_answers
from core.x12.claim_fault_codes import status_of_error
from core.x12.claim_status import ClaimStatusReport, StatusCode, read_277ca, write_277ca
from core.x12.claim_status_words import CATEGORIES, STATUSES
from core.x12.claims_reader import read_claims
from core.x12.envelope import Envelope
from core.x12.report import X12Error
from core.x12.syntax import STANDARD
from tests.core.x12.pyx12_oracle import faults
from tests.core.x12.x12_samples import MUTANTS, made, needs_shared

DAY = date(2026, 11, 21)
ENVELOPE = Envelope(
    sender_id="RECEIVER01",
    receiver_id="SUBMITTER01",
    created=datetime(2026, 11, 21, 10, 30),  # noqa: DTZ001 - X12 writes local time, no zone
    interchange_control=5,
    group_control=6,
)


def answered(data: bytes) -> tuple[list[ClaimStatusReport], bytes]:
    """The answers to a file as values, and as the one 277CA with all of them."""
    pairs = claim_answers(check(data), read_claims(data), received_on=DAY, marks=STANDARD)
    reports = [report for _, reports in pairs for report in reports]
    return reports, write_277ca(reports, ENVELOPE)


@needs_shared
@pytest.mark.parametrize("kind", ["837P", "837I", "837D"])
def test_good_claims_are_all_taken_in_and_the_answer_is_clean(kind: str) -> None:
    data = made(kind, 12)
    (report,), written = answered(data)
    assert report.accepted
    assert [claim.claim_number for claim in report.claims] == [
        one.claim.claim_number for one in read_claims(data)
    ]
    assert all(claim.accepted for claim in report.claims)
    assert sum(claim.charge_cents or 0 for claim in report.claims) == sum(
        one.claim.charge_cents for one in read_claims(data)
    )
    assert not check(written).has_errors
    assert faults(written) == []
    assert [claim.claim_number for claim in read_277ca(written)[0].claims] == [
        claim.claim_number for claim in report.claims
    ]


@needs_shared
@pytest.mark.parametrize("path", sorted(MUTANTS.glob("837*.x12")), ids=lambda path: path.stem)
def test_the_answer_to_a_defect_is_accepted_by_the_judge(path: Path) -> None:
    data = path.read_bytes()
    if "ge-count" in path.name:
        # Its group is turned away whole by the 999.
        assert (
            list(claim_answers(check(data), read_claims(data), received_on=DAY, marks=STANDARD))
            == []
        )
        return
    _, written = answered(data)
    assert not check(written).has_errors
    assert faults(written) == []


@needs_shared
def test_a_claim_is_turned_away_by_the_error_within_it_and_the_others_are_not() -> None:
    data = (MUTANTS / "837I__03-clm-total.x12").read_bytes()
    (report,), _ = answered(data)
    assert report.accepted
    assert [claim.accepted for claim in report.claims] == [False, True, True, True]
    assert report.claims[0].codes == (StatusCode(category="A8", status="178"),)


@needs_shared
def test_no_claim_is_taken_in_while_errors_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    data = re.sub(rb"(CLM\*C0000000[1-4]\*)", rb"\g<1>9", made("837P", 6))
    (report,), _ = answered(data)
    assert [claim.accepted for claim in report.claims] == [False] * 4 + [True] * 2
    monkeypatch.setattr("core.x12.error_list.ERRORS_MAX", 2)
    (report,), _ = answered(data)
    assert not any(claim.accepted for claim in report.claims)
    assert not report.accepted


@needs_shared
def test_a_rejected_transaction_is_turned_away_whole_and_says_which_claims_are_at_fault() -> None:
    data = made("837P", 4)
    at = data.index(b"*UN*", data.index(b"CLM*C00000003*"))
    (report,), written = answered(data[:at] + b"*QQ*" + data[at + 4 :])
    assert not report.accepted
    assert not any(claim.accepted for claim in report.claims)
    codes = {claim.claim_number: claim.codes for claim in report.claims}
    assert codes["C00000003"] == (StatusCode(category="A7", status="476"),)
    assert codes["C00000004"] == (StatusCode(category="A3", status="481"),)
    assert faults(written) == []


@needs_shared
@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        # One subscriber's member number, and the provider's taxonomy that all claims share.
        (b"*MI*", b"*MX*", {"C00000001": ("164", "IL")}),
        (b"PRV*BI*PXC*", b"PRV*BI*PXX*", dict.fromkeys(
            ("C00000001", "C00000002", "C00000003"), ("145", "85"))),
    ],
)  # fmt: skip
def test_an_error_above_the_claims_lies_on_every_claim_that_shares_it(
    old: bytes, new: bytes, wanted: dict[str, tuple[str, str]]
) -> None:
    data = made("837P", 3).replace(old, new, 1)
    (report,), _ = answered(data)
    found = {
        claim.claim_number: (code.status, code.entity)
        for claim in report.claims
        for code in claim.codes
        if code.status != "481"
    }
    assert found == wanted


@needs_shared
def test_a_missing_segment_told_at_the_next_claim_lies_on_the_claim_before() -> None:
    data = made("837P", 3)
    start = data.index(b"SV1*", data.index(b"CLM*C00000002*"))
    last = data.rindex(b"LX*", 0, data.index(b"CLM*C00000003*"))
    start = data.index(b"SV1*", last)
    end = data.index(b"HL*", start)
    (report,), _ = answered(data[:start] + data[end:])
    assert [claim.claim_number for claim in report.claims] == ["C00000001", "C00000003"]
    # The claim without its service cannot be read, so that the whole batch is turned away.
    assert not report.accepted


@needs_shared
def test_values_that_no_answer_can_carry_do_not_stop_it() -> None:
    data = made("837P", 2, "--delims", "|'>!").replace(b"|WRIGHT|", b"|WR~I:G^HT*|", 1)
    _, written = answered(data)
    assert not check(written).has_errors
    assert read_277ca(written)[0].claims[0].patient is not None


@needs_shared
def test_what_the_ta1_turns_away_gets_no_answer_to_its_claims() -> None:
    data = made("837P", 2)
    broken = data.replace(b"IEA*1*000000001", b"IEA*1*000000002")
    pairs = claim_answers(
        check(broken + data.replace(b"*000000001*0*", b"*000000003*0*").replace(
            b"IEA*1*000000001", b"IEA*1*000000003")),
        read_claims(broken + data), received_on=DAY, marks=STANDARD,
    )  # fmt: skip
    [(interchange, reports)] = pairs
    assert interchange.control == "000000003"
    assert len(reports[0].claims) == 2


def fault(**fields: object) -> X12Error:
    given: dict[str, object] = {"snip": 5, "segment": 9, "code": "code-value", "message": "wrong"}
    return X12Error(**(given | fields))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "form", "code"),
    [
        (fault(segment_id="NM1", loop="2310B", element=9, code="npi"), Form.PROFESSIONAL,
         ("A7", "562", "82")),
        (fault(segment_id="NM1", loop="2310A", element=9, code="npi"), Form.INSTITUTIONAL,
         ("A7", "562", "71")),
        (fault(segment_id="NM1", loop="2010BA", element=9, code="element-missing", snip=2),
         Form.PROFESSIONAL, ("A6", "164", "IL")),
        (fault(segment_id="HI", loop="2300", element=1, component=2), Form.PROFESSIONAL,
         ("A7", "254", "")),
        (fault(segment_id="HI", loop="2300", element=2, component=2), Form.PROFESSIONAL,
         ("A7", "255", "")),
        (fault(segment_id="SV1", loop="2400", element=1, component=2), Form.PROFESSIONAL,
         ("A7", "454", "")),
        (fault(segment_id="SV2", loop="2400", element=2, component=3), Form.INSTITUTIONAL,
         ("A7", "453", "")),
        (fault(segment_id="SV2", loop="2400", element=1), Form.INSTITUTIONAL, ("A7", "455", "")),
        (fault(segment_id="SV1", loop="2400", element=7), Form.PROFESSIONAL, ("A7", "477", "")),
        (fault(segment_id="CLM", loop="2300", element=5, component=1), Form.PROFESSIONAL,
         ("A7", "249", "")),
        (fault(segment_id="CLM", loop="2300", element=5, component=1), Form.INSTITUTIONAL,
         ("A7", "228", "")),
        (fault(segment_id="CLM", loop="2300", element=5, component=3), Form.DENTAL,
         ("A7", "535", "")),
        (fault(segment_id="CLM", loop="2300", element=2, code="claim-total", snip=3), Form.DENTAL,
         ("A8", "178", "")),
        (fault(segment_id="SVD", loop="2430", element=2, code="line-decision", snip=3),
         Form.PROFESSIONAL, ("A8", "400", "")),
        (fault(segment_id="DMG", loop="2010BA", element=2, code="birth-after-service", snip=4),
         Form.PROFESSIONAL, ("A7", "158", "IL")),
        (fault(segment_id="K3", loop="2300"), Form.PROFESSIONAL, ("A7", "21", "")),
        (fault(segment_id="", loop="", code="of-another-kind", snip=7), Form.DENTAL,
         ("A7", "21", "")),
    ],
)  # fmt: skip
def test_an_error_has_the_claim_status_that_fits_it(
    error: X12Error, form: Form, code: tuple[str, str, str]
) -> None:
    found = status_of_error(error, form)
    assert (found.category, found.status, found.entity) == code
    assert found.category in CATEGORIES
    assert found.status in STATUSES
