"""Rejections in words: what is wrong, what to do, and never a value of the file."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core.eligibility.answer import ACTIVE, INACTIVE, Benefit, Level, Rejection
from core.eligibility.words import (
    ACTIONS,
    INFORMATION,
    REASONS,
    SERVICE_TYPES,
    benefit_sentence,
    rejection_sentence,
)
from core.x12.guides import Loop, Row, elements_of, guide_for


def rejected(reason: str, action: str = "C", level: Level = Level.SUBSCRIBER) -> str:
    return rejection_sentence(Rejection(level=level, reason=reason, action=action))


@pytest.mark.parametrize(
    ("reason", "action", "level", "text"),
    [
        (
            "72",
            "C",
            Level.SUBSCRIBER,
            (
                "No answer for the subscriber: the payer does not know the member number."
                " Correct the member number as on the card. Put it right and send it again."
            ),
        ),
        (
            "42",
            "R",
            Level.PAYER,
            (
                "No answer for this payer: the payer cannot answer now. Send it again later."
                " It may be sent again."
            ),
        ),
        (
            "50",
            "N",
            Level.PROVIDER,
            (
                "No answer for this provider: the payer does not let this provider ask."
                " Enrol the provider for inquiries at the payer. Do not send it again."
            ),
        ),
        (
            "67",
            "C",
            Level.DEPENDENT,
            (
                "No answer for the dependent: the payer did not find the patient."
                " Compare name, birth date and number with the card."
                " Put it right and send it again."
            ),
        ),
    ],
)
def test_a_rejection_says_what_is_wrong_and_what_to_do(
    reason: str, action: str, level: Level, text: str
) -> None:
    assert rejected(reason, action, level) == text


@pytest.mark.parametrize(
    ("benefit", "text"),
    [
        (
            Benefit(
                information="B",
                service_types=("98", "UC"),
                period="27",
                amount_cents=2500,
                in_network="Y",
                plan="SMITH FAMILY PLAN",
                messages=("CALL MR SMITH",),
            ),
            "Copayment, office visit, urgent care, in network: $25.00 a visit.",
        ),
        (
            Benefit(information="A", service_types=("A6",), percent=Decimal("0.125"), level="FAM"),
            "Coinsurance, psychotherapy, family: 12.5 %.",
        ),
        (
            Benefit(information="C", level="IND", period="29", amount_cents=80000),
            "Deductible, individual: $800.00 left.",
        ),
        (
            Benefit(
                information="F",
                service_types=("PT",),
                quantity_kind="VS",
                quantity=Decimal("20.00"),
                period="23",
                authorization="Y",
            ),
            "Limitation, physical therapy: 20 visits a calendar year. An authorization is needed.",
        ),
        (Benefit(information="1", service_types=("30",)), "Active coverage, the whole plan."),
        (Benefit(information="ZZZ", service_types=("66",)),
         "Information of an unknown form, service type 66."),
    ],
)  # fmt: skip
def test_a_benefit_is_one_line_without_names_of_the_payer(benefit: Benefit, text: str) -> None:
    assert benefit_sentence(benefit) == text


def test_a_reason_without_words_is_named_by_code_and_free_text_is_not_repeated() -> None:
    assert "reject reason Q9" in rejected("Q9")
    hidden = rejected("JOHN SMITH", "W12345")
    assert "SMITH" not in hidden
    assert "W12345" not in hidden


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_every_reason_makes_whole_sentences_at_every_level(reason: str) -> None:
    for level in Level:
        for action in (*ACTIONS, ""):
            text = rejected(reason, action, level)
            assert text.startswith("No answer for ")
            assert text.endswith(".")
            assert ".." not in text


def rows(loop: Loop) -> list[Row]:
    found: list[Row] = []
    for item in loop.items:
        found += [item] if isinstance(item, Row) else rows(item)
    return found


def codes(segment_id: str, place: int) -> set[str]:
    guide = guide_for("271", "005010X279A1")
    assert guide is not None
    return {
        code
        for row in rows(guide.body)
        if row.id == segment_id
        for code in elements_of(row)[place - 1].codes
    }


def test_every_code_of_the_guide_has_words() -> None:
    assert codes("AAA", 3) <= set(REASONS)
    assert codes("AAA", 4) == set(ACTIONS)
    assert codes("EB", 1) == set(INFORMATION)
    assert codes("EB", 1) >= ACTIVE | INACTIVE
    assert set(SERVICE_TYPES) <= codes("EB", 3)
