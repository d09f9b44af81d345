"""SNIP 4: each row fires where it must and is quiet one step beside; good files raise no alarm."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InputError
from core.x12.check import X12Error, check
from core.x12.guides import guide_for, guides
from core.x12.guides.situations import SITUATIONS
from core.x12.situation_notation import Blames, Situation
from core.x12.situations import Situations, refuse_bad_rows
from tests.core.x12.pyx12_oracle import judge
from tests.core.x12.situation_cases import BODIES, CASES, Case, Edits, file_of
from tests.core.x12.situation_cases_inquiries import DECISIONS
from tests.core.x12.x12_samples import MUTANTS, examples, made, needs_shared


def named(row: Situation) -> str:
    """Code, loop and place; what else is needed where two rows share them."""
    name = f"{row.code} {row.loop} {row.at}"
    if row.code == "payment-of-nothing":
        name += f" {row.severity}"
    if row.code == "status-against-action":
        name += f" {row.when[8:10]}"
    return name


def situations_of(data: bytes) -> list[X12Error]:
    return [e for t in check(data).transactions for e in t.errors if e.snip == 4]


def fired(data: bytes, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names of the rows that told of something."""
    told: set[str] = set()
    tell = Situations._tell

    def spy(
        self: Situations, number: int, segment_id: str, loop: str, row: Situation, blames: Blames
    ) -> None:
        told.add(named(row))
        tell(self, number, segment_id, loop, row, blames)

    with monkeypatch.context() as patched:
        patched.setattr(Situations, "_tell", spy)
        check(data)
    return told


@pytest.mark.parametrize("kind", BODIES)
def test_the_small_good_files_are_good(kind: str) -> None:
    report = check(file_of(kind))
    assert [(e.code, e.segment_id) for t in report.transactions for e in t.errors] == []
    assert report.errors == ()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.kind} {case.row}")
def test_a_row_fires_and_one_step_beside_it_is_quiet(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert case.row in fired(file_of(case.kind, case.fires), monkeypatch)
    assert case.row not in fired(file_of(case.kind, case.quiet), monkeypatch)


def test_every_row_has_a_case() -> None:
    # "claim-counted" only counts: the rows of "claim-count" show that it does.
    rows = {named(row) for rows in SITUATIONS.values() for row in rows} - {
        "claim-counted 2200D STC"
    }
    assert rows == {case.row for case in CASES}


def test_every_row_says_something_a_person_can_act_on() -> None:
    for rows in SITUATIONS.values():
        for row in rows:
            assert len(row.message) > 12
            assert not row.message.endswith(".")
            assert row.when or row.need or row.judge or row.only, row.code


@needs_shared
@pytest.mark.parametrize(
    ("name", "segment", "segment_id", "element"),
    [
        ("837P__32-replacement-no-f8", 24, "CLM", 5),
        ("837P__33-birth-after-service", 20, "DMG", 2),
    ],
)
def test_a_planted_defect_is_the_only_thing_told(
    name: str, segment: int, segment_id: str, element: int
) -> None:
    report = check((MUTANTS / f"{name}.x12").read_bytes())
    (error,) = (e for t in report.transactions for e in t.errors)
    assert (error.snip, error.severity) == (4, "error")
    assert (error.segment, error.segment_id, error.element) == (segment, segment_id, element)


@needs_shared
@pytest.mark.parametrize("seed", ["1", "2", "3"])
@pytest.mark.parametrize("kind", ["837P", "837I", "837D", "835", "277CA", "999"])
def test_no_generated_file_raises_an_alarm(kind: str, seed: str) -> None:
    assert situations_of(made(kind, 60, "--seed", seed)) == []


@needs_shared
@pytest.mark.parametrize("base", sorted(MUTANTS.glob("*00-base.x12")), ids=lambda path: path.stem)
def test_a_good_base_raises_no_alarm(base: object) -> None:
    assert situations_of(base.read_bytes()) == []  # type: ignore[attr-defined]


@needs_shared
@pytest.mark.parametrize(
    "path",
    [p for p in examples() if any(k in p.as_posix() for k in ("X222", "X223", "X221", "imsweb"))],
    ids=lambda path: path.name,
)
def test_published_files_the_judge_takes_get_no_error(path: object) -> None:
    data = path.read_bytes()  # type: ignore[attr-defined]
    if (
        not data.startswith(b"ISA")
        or len(data) > 20_000
        or b"*00401*" in data[:110]
        or b"005010X22" not in data
    ):
        pytest.skip("no small file of these guides")
    if not judge(data.replace(b"X222A2", b"X222A1").replace(b"X223A3", b"X223A2"))[0]:
        pytest.skip("the judge refuses it too")
    assert [e for e in situations_of(data) if e.severity == "error"] == []


INQUIRIES = [p for p in examples() if any(k in p.as_posix() for k in ("X279", "X212", "x212"))]


@needs_shared
@pytest.mark.parametrize("path", INQUIRIES, ids=lambda path: path.name)
def test_published_inquiries_and_answers_raise_no_alarm(path: Path) -> None:
    assert situations_of(path.read_bytes()) == []


def test_a_claim_is_not_blamed_for_the_claims_beside_it() -> None:
    first = BODIES["837P"][3].partition("CLM*")[2]
    two = file_of("837P", (("20260102~", f"20260102~CLM*{first.replace('11:B:1', '11:B:7')}"),))
    (error,) = situations_of(two)
    assert (error.code, error.segment) == ("claim-number-missing", 27)


def test_a_segment_of_another_loop_is_blamed_once_for_all_claims() -> None:
    first = BODIES["837P"][3].partition("CLM*")[2]
    two = file_of("837P", (("SBR*P", "SBR*S"), ("20260102~", f"20260102~CLM*{first}")))
    assert [e.code for e in situations_of(two)] == ["other-payer-missing"]


def test_other_separators_change_nothing() -> None:
    data = file_of("837P", (("11:B:1", "11:B:7"), ("1:2~", "1:3~")))
    other = data.replace(b":", b"|").replace(b"*", b"'")
    assert situations_of(data) == situations_of(other) != []


def test_a_file_without_a_day_knows_no_future() -> None:
    late = file_of("837P", (("20260102", "20300102"), ("*20260115*", "*20261399*")))
    assert situations_of(late.replace(b"*20260115*1200", b"*20261399*1200")) == []


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (Situation(code="a", loop="2300", at="clm", message="m"), "no condition"),
        (Situation(code="a", loop="2300", at="CLM", when="CLM5", message="m"), "no condition"),
        (Situation(code="a", loop="9999", at="CLM", message="m"), "no loop 9999"),
        (Situation(code="a", loop="2300", at="2400/SV1", message="m"), "neither around"),
    ],
)
def test_a_wrong_row_is_refused_in_plain_words(row: Situation, told: str) -> None:
    guide = guide_for("837", "005010X222A1")
    assert guide is not None
    with pytest.raises(InputError, match=told):
        refuse_bad_rows(guide, (row,))


def test_the_rows_of_every_guide_can_be_used() -> None:
    for guide in guides():
        refuse_bad_rows(guide, SITUATIONS.get(guide.kind, ()))


SEGMENTS = [segment for _, _, _, text in BODIES.values() for segment in text.split("~") if segment]


@given(st.sampled_from(sorted(BODIES)), st.lists(st.sampled_from(SEGMENTS), max_size=12), st.data())
@settings(max_examples=80, deadline=None)
def test_whatever_stands_in_a_file_the_rows_do_not_break(
    kind: str, pieces: list[str], data: st.DataObject
) -> None:
    cut = [
        piece[: data.draw(st.integers(2, len(piece)))] if data.draw(st.booleans()) else piece
        for piece in pieces
    ]
    first = BODIES[kind][3].split("~")
    at = data.draw(st.integers(0, len(first) - 1))
    text = "~".join([*first[:at], *cut, *first[at:]])
    for error in situations_of(file_of(kind, ((BODIES[kind][3], text),))):
        assert error.segment > 0
        assert error.message


@pytest.mark.parametrize(("settled", "quiet"), DECISIONS)
def test_an_answer_to_a_review_is_settled_by_a_decision_or_a_refusal_of_anyone_above(
    settled: Edits, quiet: bool
) -> None:
    taken = {old for old, _ in settled}
    bare = tuple((each, "") for each in ("HCR*A1*AUTH1~", "HCR*A1*AUTH2~") if each not in taken)
    told = [error.code for error in situations_of(file_of("278 answered", (*settled, *bare)))]
    assert ("decision-missing" not in told) == quiet
