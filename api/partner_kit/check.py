"""``plugin check``: everything the contract asks, in processes of its own, with places.

The plugin is loaded twice, with different seeds of Python's hash: once timed, once with every call
watched. Both must state and answer the same. Where the operating system can fence a process in, it
is asked a third time as a practice would run it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import msgspec

from api.partner_kit.asked import SECONDS_MAX, Asked, Child
from api.partner_kit.fenced import fenced_faults
from api.partner_kit.locate import Located
from api.partner_kit.package import package_faults
from plugins.conformance.contract import Contract
from plugins.conformance.fault import Fault, worst_first

_SEEDS = (0, 4711)


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome. ``is_fenced``: it was also asked in a fenced process; ``note`` says why not."""

    name: str
    version: str
    rules: int
    sees: tuple[str, ...]
    faults: tuple[Fault, ...]
    is_fenced: bool
    note: str
    seconds: float

    @property
    def is_fit(self) -> bool:
        """Whether nothing but warnings was found."""
        return all(one.is_warning for one in self.faults)


def check(plugin: Located, *, is_fenced: bool = True, seconds: float = SECONDS_MAX) -> Checked:
    """Judge ``plugin``, for so many ``seconds`` at most."""
    began = time.monotonic()
    asked = Asked(what="contract", module="", seconds=seconds)
    timed = Child(plugin, asked, hash_seed=_SEEDS[0])
    watched = Child(plugin, msgspec.structs.replace(asked, is_watched=True), hash_seed=_SEEDS[1])
    first, second = (one.answer().contract or Contract() for one in (timed, watched))
    faults = [*first.faults, *_of_second(second, first), *_differing(first, second)]
    faults += package_faults(plugin, first)
    note = "it comes with the product" if plugin.is_built_in else "it was not asked for"
    if is_fenced and not plugin.is_built_in:
        more, note = fenced_faults(plugin) if first.rules else ([], "it cannot be loaded")
        faults += more
    return Checked(
        name=first.name or plugin.name,
        version=first.version or plugin.version,
        rules=first.rule_count,
        sees=first.sees,
        faults=worst_first(faults),
        is_fenced=not note,
        note=note,
        seconds=round(time.monotonic() - began, 1),
    )


def _of_second(second: Contract, first: Contract) -> Iterator[Fault]:
    """What only watching shows; its findings are the first's, but for the clock."""
    known = {(one.check, one.where, one.rule) for one in first.faults}
    yield from (one for one in second.faults if (one.check, one.where, one.rule) not in known)


def _differing(first: Contract, second: Contract) -> Iterator[Fault]:
    if not first.rules or not second.rules:
        return
    if first.rules != second.rules:
        said = "states other rules in another process; the order of a set is no order"
        yield Fault(check="determinism", message=said)
    for key in sorted(first.answers):
        rule = key.rpartition("/")[0]
        if first.answers[key] != second.answers.get(key):
            yield Fault(
                check="determinism",
                rule=rule,
                message=f"rule {rule} answers otherwise in another process; sort what comes from a "
                "set, and leave out what the moment decides",
            )
