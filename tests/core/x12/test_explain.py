"""Answers in plain sentences, whatever kinds a file holds."""

from __future__ import annotations

import pytest

from core.errors import X12SyntaxError
from core.x12.claim_status import read_277ca
from core.x12.explain import explain
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


@needs_shared
@pytest.mark.parametrize("data", [b"", b"hello", made("835", 1)])
def test_what_is_no_answer_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(X12SyntaxError):
        sentences(data)
