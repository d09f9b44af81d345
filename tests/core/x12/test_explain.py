"""Answers in plain sentences, whatever kinds a file holds."""

from __future__ import annotations

import re

import pytest

from core.errors import X12SyntaxError
from core.money import dollars
from core.remittance.values import ClaimPayment
from core.x12.claim_status import read_277ca
from core.x12.explain import explain
from core.x12.remittance_reader import stream_remittance
from tests.core.x12.authorization_values import ANSWER, REFUSAL, REQUEST, as_file
from tests.core.x12.inquiry_texts import ANSWER as COVERAGE
from tests.core.x12.inquiry_texts import INQUIRY
from tests.core.x12.inquiry_texts import STATUS_ANSWER as STATUS
from tests.core.x12.x12_samples import EXAMPLES, examples, made, needs_shared

TA1 = (
    b"ISA*00*          *00*          *ZZ*OTHER          *ZZ*US             *261121*1200*^*00501"
    b"*000000009*0*P*:~TA1*000000042*261120*1100*R*025~IEA*0*000000009~"
)


def sentences(data: bytes) -> list[str]:
    return [text for one in explain(lambda: [data]) for text in one.sentences]


def test_a_ta1_says_why_and_what_to_do() -> None:
    (text,) = sentences(TA1)
    assert text == (
        "Interchange 000000042 was rejected. Reason 025: this interchange control number was used"
        " before; send it with a new one."
    )


def test_a_code_that_is_not_known_is_named_by_its_number() -> None:
    assert "code 099, which we do not know" in sentences(TA1.replace(b"*025~", b"*099~"))[0]


@needs_shared
def test_every_answer_of_a_file_with_several_kinds_is_explained() -> None:
    data = TA1 + made("999", 2) + made("277CA", 3)
    answers = list(explain(lambda: [data]))
    assert [one.kind for one in answers] == ["TA1", "999", "277CA"]
    assert [one.segment for one in answers] == sorted(one.segment for one in answers)


@needs_shared
def test_only_claims_that_ask_for_something_are_named() -> None:
    data = made("277CA", 40)
    told = sentences(data)
    (report,) = read_277ca(data)
    refused = [claim for claim in report.claims if not claim.accepted]
    assert told[0].endswith(f"{40 - len(refused)} of 40 claims taken in.")
    named = {text.split()[1] for text in told[1:] if text.startswith("Claim ")}
    assert named == {claim.claim_number for claim in refused}


@needs_shared
def test_no_name_of_a_person_is_repeated() -> None:
    for path in examples():
        data = path.read_bytes()
        try:
            told = " ".join(sentences(data)).upper()
            people = [claim.patient for report in read_277ca(data) for claim in report.claims]
        except X12SyntaxError:
            continue
        for person in people:
            if person is not None and len(person.last) > 3:
                assert person.last.upper() not in told, path.name


@needs_shared
def test_published_answers_are_explained() -> None:
    (rejected,) = explain(lambda: [(EXAMPLES / "imsweb" / "x12_999_rejected.txt").read_bytes()])
    assert (rejected.kind, rejected.sentences[0]) == (
        "999", "Group 28 was rejected: 0 of 1 transactions accepted.",
    )  # fmt: skip


@pytest.mark.parametrize("data", [b"", b"hello", INQUIRY, as_file(*REQUEST)])
def test_what_is_no_answer_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(X12SyntaxError):
        sentences(data)


def coverage(*benefits: str) -> list[str]:
    """What is said of a patient of whom the payer makes these statements."""
    before, _, _ = COVERAGE.partition(b"~EB*1**30*PR*GOLD")
    refusals = (b"~AAA*Y**42*P", b"~AAA*Y**80*R", b"~AAA*N**43*C", b"~AAA*N**71*C")
    for refusal in refusals:
        before = before.replace(refusal, b"")
    body = before + "".join(f"~{each}" for each in benefits).encode()
    return sentences(body + b"~SE*1*0001~GE*1*1~IEA*1*000000001~")


def test_an_answer_on_coverage_says_whether_and_since_when_and_what_the_patient_pays() -> None:
    told = coverage(
        "EB*1**30*PR*GOLD",
        "EB*1**98^33",
        "EB*C*IND*30***23*900****Y*Y",
        "EB*C*IND*30***29*4****Y*Y",
        "EB*B**98***27*25*****Y",
        "EB*A**98*****.2***Y*N",
        "EB*I**35",
    )
    assert told == [
        "Inquiry T1: the patient is covered (GOLD) since 2026-01-01.",
        "Covered: office visit, chiropractic.",
        "Deductible, the whole plan, individual, in network: $900.00 a calendar year; $4.00 left.",
        "Copayment, office visit, in network: $25.00 a visit.",
        "Coinsurance, office visit, out of network: 20 %.",
        "Not covered, dental.",
        "An authorization is needed for the whole plan, office visit. Get it before the visit.",
    ]


@pytest.mark.parametrize(
    ("benefit", "verdict"),
    [
        ("EB*6**30", "the patient is not covered. Ask the patient for other insurance."),
        ("EB*1**98", "the payer answers for single services only."),
        ("EB*D**30", "the payer does not say whether the patient is covered. Ask the payer."),
    ],
)
def test_what_is_not_said_of_coverage_is_not_assumed(benefit: str, verdict: str) -> None:
    assert coverage(benefit)[0] == f"Inquiry T1: {verdict}"


def test_an_inquiry_that_was_turned_away_says_why_and_what_to_do() -> None:
    answers = list(explain(lambda: [COVERAGE]))
    assert [one.kind for one in answers] == ["271", "271"]
    assert (
        "No answer for the subscriber: the payer has another date of birth. Correct the date of"
        " birth as on the card. Put it right and send it again."
    ) in answers[0].sentences


def test_a_status_answer_says_what_became_of_each_claim_and_what_was_paid() -> None:
    told = sentences(STATUS)
    assert told[0] == "Answer A1 on 2 claims: 1 decided."
    assert "Claim C1 is finished and paid: status code 65." in told
    assert (
        "Claim C1: $90.50 of $125.00 paid, decided on 2026-01-19, check or transfer CHK77 of"
        " 2026-01-21."
    ) in told
    assert any(
        text.startswith("The claim of inquiry C3-1 is waiting for information") for text in told
    )
    assert any(text.startswith("The request of one provider could not be") for text in told)


def test_a_review_says_the_decision_the_number_and_its_days() -> None:
    told = sentences(as_file(*ANSWER))
    assert told[0].startswith("The request is certified with changes: ")
    assert "Authorization number AUTH-3301, good from 2026-03-09 to 2026-04-30." in told
    assert (
        "Service 1: authorization number AUTH-3301-1, good from 2026-03-09 to 2026-04-15." in told
    )
    assert told[-1] == "This answer is not the last: a decision is still to come."


def test_of_a_review_that_was_refused_only_the_reason_is_told() -> None:
    (text,) = sentences(as_file(*REFUSAL))
    assert text.startswith("The request was refused: the subscriber is not found.")


def test_answers_of_payers_name_nobody_and_repeat_no_message() -> None:
    told = " ".join(
        text
        for data in (COVERAGE, STATUS, as_file(*ANSWER), as_file(*REFUSAL))
        for text in sentences(data)
    ).upper()
    for secret in (
        "SMITH", "WELBY", "JONES", "MARSH", "TOBY", "OKAFOR", "W1000", "HH9001", "ASK FIRST",
        "1980-02-29",
    ):  # fmt: skip
        assert secret not in told


@needs_shared
def test_a_payment_is_told_with_its_claims_its_adjustments_and_its_balance() -> None:
    data = made("835", 60)
    payments = [part for part in stream_remittance(data) if isinstance(part, ClaimPayment)]
    denied = sum(payment.status == "4" for payment in payments)
    told = sentences(data)
    assert re.match(
        r"Payment TRACE0000001 from ACME HEALTH PLAN: \$[\d,.]+ by bank transfer", told[0]
    )
    assert told[1].startswith("60 claims: ")
    assert f", {denied} denied." in told[1]
    charged = sum(payment.charge_cents for payment in payments)
    assert told[2].startswith(f"Charged {dollars(charged)}, paid ")
    assert told[3] == (
        "Provider adjustment WO, an overpayment recovered: $25.00 taken from the payment."
    )
    assert told[4].startswith("It balances")


@needs_shared
def test_a_payment_that_does_not_balance_says_where_and_not_to_post_it() -> None:
    data = re.sub(rb"BPR\*I\*([\d.]+)", rb"BPR*I*9\1", made("835", 60), count=1)
    told = sentences(data)
    assert told[-2].startswith("It does not balance (1 sum wrong): do not post it;")
    assert told[-1].startswith("Segment ")
    assert "but its claims less its provider-level adjustments add up to" in told[-1]


@needs_shared
def test_of_a_hopeless_payment_a_few_sums_are_told_and_the_rest_counted() -> None:
    data = re.sub(rb"(CLP\*\w+\*1\*)", rb"\g<1>7", made("835", 60))
    told = sentences(data)
    assert re.match(r"There are [1-9]\d* more; ", told[-1])
    assert sum(text.startswith("Segment ") for text in told) == 5
