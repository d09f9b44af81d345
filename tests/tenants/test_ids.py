"""Row ids: UUID version 7, ascending, and never twice."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from uuid import RFC_4122, UUID

from tenants.ids import new_id, new_ids


def test_ids_are_version_seven_and_carry_the_time() -> None:
    before = time.time_ns() // 1_000_000
    made = [new_id(), *new_ids(3)]
    after = time.time_ns() // 1_000_000
    for one in made:
        assert (one.version, one.variant) == (7, RFC_4122)
        assert before <= one.int >> 80 <= after + 1


def test_ids_ascend_within_a_batch_and_from_one_call_to_the_next() -> None:
    made: list[UUID] = []
    for count in (1, 5, 0, 1, 1, 1000, 1, 2):
        made += new_ids(count)
    made += [new_id() for _ in range(2000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_threads_never_make_the_same_id() -> None:
    with ThreadPoolExecutor(8) as pool:
        batches = list(pool.map(lambda _: list(new_ids(500)), range(40)))
    every = [one for batch in batches for one in batch]
    assert len(set(every)) == len(every)
    assert all(batch == sorted(batch) for batch in batches)


def test_an_id_does_not_tell_its_neighbour() -> None:
    gaps = {abs(new_id().int - new_id().int) for _ in range(20)}
    assert min(gaps) > 1
