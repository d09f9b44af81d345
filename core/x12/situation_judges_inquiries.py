"""Judges of the rows for 270 to 278; see ``core.x12.situation_judges``."""

from __future__ import annotations

import re

from core.x12.elements import at
from core.x12.situation_judges import FINE, first_of, span
from core.x12.situation_notation import Blames, View
from core.x12.walk import Frame

# A plan as a whole; a coverage that names only single services has its days with the plan.
_WHOLE_PLAN = "30"
_SERVICE_TYPE = re.compile(r"[A-Z0-9]+", re.ASCII)
# Where a 278 says no to somebody: the loops that are over when an event or service ends.
_REFUSING = ("2010A", "2010B", "2010C", "2010D", "2010EA", "2010FA")


def above_one(text: str) -> bool:
    """A number above 1, as it stands where a percentage was written for a share."""
    whole, _, fraction = text.partition(".")
    whole = whole.lstrip("0")
    return whole not in ("", "1") or (whole == "1" and fraction.strip("0") != "")


def coverage_undated(view: View, values: list[str]) -> Blames:
    """EB of a whole plan without any day, neither here nor at the person."""
    types = _SERVICE_TYPE.findall(at(values, 3))
    if types and _WHOLE_PLAN not in types:
        return FINE
    frames = (view.frame, *view.outer[-1:])
    dated = any(segment[0] == "DTP" for frame in frames for _, segment in frame.segments)
    return FINE if dated else ((1, 0),)


def _is_answer(view: View) -> bool:
    """Whether the 278 at hand is one that answers (BHT02)."""
    starts = (segments[0][1] for frame in view.outer[1:2] if (segments := frame.segments))
    return any(values[0] == "BHT" and at(values, 2) == "11" for values in starts)


def of_a_request(view: View, _: list[str]) -> Blames:
    """The segment as a whole, in a 278 that asks."""
    return FINE if _is_answer(view) else ((0, 0),)


def _settles(frame: Frame) -> bool:
    return any(values[0] in ("HCR", "AAA") for _, values in frame.segments)


def undecided(view: View, _: list[str]) -> Blames:
    """HL of an answered event or service that is neither decided nor refused.

    An event is decided by its services, a service by its event, and both are refused with anyone
    above them.
    """
    if not _is_answer(view) or any(map(_settles, (view.frame, *view.outer))):
        return FINE
    if view.frame.node.loop.id == "2000E" and view.kept(view.frame, "2000F"):
        return FINE
    refused = any(_settles(frame) for loop in _REFUSING for frame in view.within(loop))
    return FINE if refused else ((0, 0),)


def expires_before_issue(view: View, values: list[str]) -> Blames:
    """DTP*036, the day a certification expires, before the day it was issued (DTP*102)."""
    issued, _ = span(first_of(view.frame.segments, "DTP", "102"))
    expires, _ = span(values)
    return ((3, 0),) if expires and expires < issued else FINE
