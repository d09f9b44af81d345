"""How a plugin stands follows from its steps alone, in whatever order they are read."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from plugins.standing import Act, Mode, PluginStep, State, before, standing, standings

_NO = UUID(int=0)
_ACTS = st.sampled_from(
    [
        (Act.ENABLED, Mode.LIVE, State.ON),
        (Act.PROMOTED, Mode.LIVE, State.ON),
        (Act.SETTINGS, Mode.LIVE, State.ON),
        (Act.DISABLED, Mode.LIVE, State.OFF),
        (Act.STOPPED, Mode.LIVE, State.STOPPED),
        (Act.SHADOWED, Mode.SHADOW, State.ON),
        (Act.UNSHADOWED, Mode.SHADOW, State.OFF),
    ]
)


def steps_of(given_acts: list[tuple[tuple[Act, Mode, State], str]]) -> list[PluginStep]:
    return [
        PluginStep(
            id=_NO, plugin="sight", place=place, act=act, mode=mode, state=state, version=version
        )
        for place, ((act, mode, state), version) in enumerate(given_acts, 1)
    ]


def on(*versions: str) -> list[PluginStep]:
    return steps_of([((Act.PROMOTED, Mode.LIVE, State.ON), version) for version in versions])


@given(st.lists(st.tuples(_ACTS, st.sampled_from("123")), min_size=1, max_size=12), st.randoms())
def test_the_newest_step_of_each_lane_counts(
    acts: list[tuple[tuple[Act, Mode, State], str]], chance: object
) -> None:
    steps = steps_of(acts)
    shuffled = list(steps)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    now = standing(shuffled, "sight")
    assert standings(shuffled) == (now,)
    assert now.last_place == len(steps)
    for mode, found in ((Mode.LIVE, now.live), (Mode.SHADOW, now.shadow)):
        own = [one for one in steps if one.mode is mode]
        assert found == (own[-1] if own and own[-1].state is not State.OFF else None)


@given(st.lists(st.sampled_from("1234"), min_size=1, max_size=8))
def test_rolling_back_walks_through_the_versions_in_the_order_they_worked(
    versions: list[str],
) -> None:
    steps = on(*versions)
    # What worked twice in a row is one stretch.
    stretches = [one for at, one in enumerate(versions) if at == 0 or versions[at - 1] != one]
    walked = []
    while (earlier := before(steps, "sight")) is not None:
        walked.append(earlier.version)
        steps.append(
            PluginStep(
                id=_NO, plugin="sight", place=len(steps) + 1, act=Act.ROLLED_BACK,
                version=earlier.version,
            )
        )  # fmt: skip
    assert walked == stretches[-2::-1]


def test_what_was_never_on_has_no_standing_and_no_version_before() -> None:
    assert standing((), "sight").live is None
    assert before((), "sight") is None
    assert before(on("1"), "sight") is None
    assert before(on("1", "2"), "dental") is None
