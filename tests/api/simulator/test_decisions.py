from __future__ import annotations

import random
from collections import Counter

import msgspec
import pytest

from api.simulator import DEFAULT, Outcome, Script, Share
from api.simulator.decide import (
    Candidate,
    Identity,
    claim_cause,
    draw,
    outcomes,
    rejected_sets,
)
from api.simulator.script import DRAWN
from core.claims.claim import Form
from core.errors import InputError


def identity(number: int, **changes: str) -> Identity:
    one = Identity(f"CW{number}", "60054", "P", "1", f"{number * 7919:024x}")
    return msgspec.structs.replace(one, **changes)


def candidates(count: int) -> list[Candidate]:
    return [Candidate(identity(number), frozenset(DRAWN)) for number in range(count)]


def test_outcomes_do_not_depend_on_the_order_of_claims() -> None:
    ordered = candidates(200)
    mixed = random.Random(4).sample(ordered, len(ordered))
    assert outcomes(ordered, 1, DEFAULT) == outcomes(mixed, 1, DEFAULT)


def test_another_seed_decides_otherwise() -> None:
    assert outcomes(candidates(200), 1, DEFAULT) != outcomes(candidates(200), 2, DEFAULT)


@pytest.mark.parametrize("change", ["claim_number", "payer_id", "sequence", "frequency", "digest"])
def test_every_part_of_a_claims_identity_counts(change: str) -> None:
    assert draw(1, identity(1), "x") != draw(1, identity(1, **{change: "9"}), "x")


@pytest.mark.parametrize("seed", range(20))
def test_forty_claims_meet_every_drawn_outcome(seed: int) -> None:
    assert set(outcomes(candidates(40), seed, DEFAULT).values()) >= set(DRAWN)


def test_fewer_claims_than_the_guarantee_asks_for_are_left_to_the_shares() -> None:
    script = Script(shares=())
    assert set(outcomes(candidates(39), 1, script).values()) == {Outcome.PAY}
    completed = Counter(outcomes(candidates(40), 1, script).values())
    assert completed == {Outcome.PAY: 40 - len(DRAWN), **dict.fromkeys(DRAWN, 1)}


def test_a_guaranteed_outcome_only_goes_to_a_claim_that_can_meet_it() -> None:
    able = Candidate(identity(5), frozenset({Outcome.PARTIAL}))
    others = [Candidate(identity(100 + n), frozenset()) for n in range(60)]
    drawn = outcomes([*others, able], 3, Script(shares=()))
    assert drawn.pop(able.identity) is Outcome.PARTIAL
    assert set(drawn.values()) == {Outcome.PAY}


def test_shares_hold_over_many_claims() -> None:
    counts = Counter(outcomes(candidates(20_000), 1, DEFAULT).values())
    for share in DEFAULT.shares:
        assert counts[share.outcome] == pytest.approx(20 * share.per_mille, rel=0.2)


def test_a_cause_for_another_form_is_not_named() -> None:
    professional = {
        claim_cause(1, identity(n), Form.PROFESSIONAL, DEFAULT).code for n in range(300)
    }
    dental = {claim_cause(1, identity(n), Form.DENTAL, DEFAULT).code for n in range(300)}
    assert dental - professional == {"119"}


def test_the_smallest_of_several_sets_is_rejected_when_none_was_drawn() -> None:
    sets = [tuple(identity(n) for n in range(a, b)) for a, b in ((0, 30), (30, 35), (35, 60))]
    script = Script(reject_999_per_mille=1)
    assert rejected_sets(sets, set(), 1, script) == {1}
    assert 1 not in rejected_sets(sets, {1}, 1, script)
    assert rejected_sets(sets[:1], set(), 1, script) == set()


def test_a_set_is_judged_by_its_claims_not_by_their_order() -> None:
    script = Script(reject_999_per_mille=500, guarantee_from=0)
    claims = [identity(n) for n in range(100)]
    sets = [tuple(claims[n : n + 5]) for n in range(0, 100, 5)]
    turned = [tuple(reversed(one)) for one in sets]
    chosen = rejected_sets(sets, set(), 1, script)
    assert 0 < len(chosen) < len(sets)
    assert rejected_sets(turned, set(), 1, script) == chosen


@pytest.mark.parametrize(
    "bad",
    [
        {"shares": (Share(outcome=Outcome.DENY, per_mille=1001),)},
        {"shares": (Share(outcome=Outcome.DENY, per_mille=-1),)},
        {"shares": (Share(outcome=Outcome.VOID, per_mille=1),)},
        {"reject_999_per_mille": 1001},
        {"recouped_percent": 101},
        {"rejections": ()},
    ],
)
def test_a_script_that_cannot_be_played_is_refused(bad: dict[str, object]) -> None:
    with pytest.raises(InputError):
        msgspec.structs.replace(DEFAULT, **bad)
