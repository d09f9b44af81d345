"""What a blind index gives away stays within the rule; practices share nothing."""

from __future__ import annotations

import random
from collections import Counter, defaultdict

import pytest

from core.crypto import BlindIndex, Normaliser
from tenants.store.index_lengths import NAME_BITS_MAX, name_bits
from tests.campaign import SOAK

SIZES = (1_000, 10_000, 100_000)


def surnames(count: int, seed: int) -> Counter[str]:
    """Invented surnames with the long tail real ones have: the n-th is as common as 1/n."""
    chance = random.Random(seed)
    different = count // 6
    weights = [1 / place for place in range(1, different + 1)]
    return Counter(f"name{one}" for one in chance.choices(range(different), weights, k=count))


@pytest.mark.attack("S-18")
@pytest.mark.campaign
@pytest.mark.parametrize("size", SIZES if SOAK else SIZES[:2])
def test_the_index_of_names_keeps_to_the_rule_and_hides_almost_every_name(size: int) -> None:
    length = name_bits(size)
    index = BlindIndex(bytes(range(32)), 1)
    names_of: dict[bytes, set[str]] = defaultdict(set)
    names = surnames(size, seed=size)
    for name in names:
        value = index.blind("patient", "name", Normaliser.NAME, name, length.bits)
        names_of[value].add(name)
    candidates = size / 2**length.bits
    assert candidates >= 2, "C >= 2: equal values do not prove equal patients"
    lone = sum(len(found) == 1 for found in names_of.values())
    assert lone / len(names) < 0.05, "hardly a surname has a value alone"
    assert candidates <= 64, "a search opens some dozens of names, not the practice"


@pytest.mark.attack("S-18")
def test_the_same_people_in_two_practices_share_no_value() -> None:
    values = []
    for key in (bytes(32), bytes(range(32))):
        index = BlindIndex(key, 1)
        values.append(
            {
                index.blind("patient", "number", Normaliser.IDENTIFIER, f"MRN{number}", 128)
                for number in range(2_000)
            }
        )
    assert len(values[0]) == len(values[1]) == 2_000
    assert not values[0] & values[1]


@pytest.mark.attack("S-18")
def test_equal_names_of_two_practices_meet_no_more_often_than_by_chance() -> None:
    one, two = (BlindIndex(key, 1) for key in (bytes(32), bytes(range(32))))
    met = sum(
        one.blind("patient", "name", Normaliser.NAME, f"name{number}", NAME_BITS_MAX)
        == two.blind("patient", "name", Normaliser.NAME, f"name{number}", NAME_BITS_MAX)
        for number in range(5_000)
    )
    expected = 5_000 / 2**NAME_BITS_MAX
    assert met < expected + 6 * expected**0.5


@pytest.mark.parametrize(
    ("rows", "bits"), [(0, 4), (1_000, 4), (4_000, 6), (100_000, 11), (10**7, 12)]
)
def test_the_length_is_chosen_from_the_size_of_the_practice(rows: int, bits: int) -> None:
    assert name_bits(rows).bits == bits
