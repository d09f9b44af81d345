"""The notation of situations: rows, what they see, and their conditions as closures.

A row is judged when its loop closes. Its conditions are parsed once:

- ``CLM05-3=7|8``: element 5, component 3 of CLM is 7 or 8; without ``=`` it only has to be there.
- ``REF*F8``: a segment REF whose first element (or its first component) is F8;
  ``DTP*435.03`` is element 3 of such a one.
- ``2000B/SBR01=S``: the same in another loop: one still open around this one, or one of
  ``KEPT`` that has closed below it. ``patient/DMG02`` is 2010CA, or 2010BA where the subscriber is
  the patient.
- ``2320``: a loop 2320 has come in this loop; ``2000B/2000C`` in that one.
- ``!`` before any of these denies it. Blanks between them mean "and", ``or`` means "or".

Elements of the segment that is blamed speak of that very segment, all others of any in the loop.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import msgspec

from core.errors import InputError
from core.x12.guides import standard
from core.x12.report import Severity
from core.x12.walk import Frame, Node

Segment = tuple[int, list[str]]
Blames = Sequence[tuple[int, int]]
"""What a judge blames: (element, component) pairs of the segment it was given."""
Judge = Callable[["View", list[str]], Blames]

# The loops that rows of an outer loop look at after they closed: they are kept at that loop.
KEPT = {
    "2010AA": "2000A",
    "2010BA": "2000B",
    "2010CA": "2000C",
    "2320": "2300",
    "2330B": "2320",
    "2430": "2300",
    "2200B": "2000B",
    "2200C": "2000C",
    "2010A": "2000A",
    "2010B": "2000B",
    "2010C": "2000C",
    "2010D": "2000D",
    "2010EA": "2000E",
    "2010FA": "2000F",
    "2000F": "2000E",
    "2110C": "2100C",
    "2110D": "2100D",
}
# A file must not fill the memory; no sound claim has more loops of a kind.
KEPT_MAX = 1000
_PATIENT = "patient"
_PATIENTS = frozenset(("2010BA", "2010CA"))


class Situation(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    """One row: in loops ``loop`` (``A|B``, ``*`` for all), for each place ``at``: if ``when`` then
    ``need``; or, where that must be computed, whatever ``judge`` blames.

    ``only`` is a quick test of the blamed element that must be true first; ``only_after`` from
    where to where in it a day stands that must be later than the day of the file first; ``first``
    what must be true of the loop that closes before another loop is looked up. ``code`` is stable;
    ``message`` is our plain sentence.
    """

    code: str
    loop: str
    at: str
    when: str = ""
    need: str = ""
    judge: Judge | None = None
    only: Callable[[str], bool] | None = None
    only_after: tuple[int, int | None] | None = None
    first: Callable[[View], bool] | None = None
    message: str
    severity: Severity = "error"


class View:
    """What a row sees: the loop that closes, the loops around it, and those kept."""

    __slots__ = (
        "_kept",
        "birth",
        "claim",
        "component",
        "frame",
        "group_day",
        "outer",
        "scene_day",
        "tallies",
    )

    def __init__(self, component: str, scene_day: str) -> None:
        self.component = component
        self.group_day = self.scene_day = scene_day
        self.frame: Frame
        self.outer: Sequence[Frame] = ()
        self._kept: dict[Frame, dict[str, list[Frame]]] = {}
        # Of the patient whose loop closed last: a claim's own, since that stands above it.
        self.birth = ""
        self.tallies: dict[Frame, dict[str, int]] = {}
        # The claim whose diagnoses were counted last, and their number.
        self.claim: tuple[Frame | None, int] = (None, 0)

    def keep(self, keeper: Frame, loop: str) -> None:
        """Hold on to the loop at hand until ``keeper`` closes."""
        if loop in _PATIENTS:
            births = [s[2] for _, s in self.frame.segments if s[0] == "DMG" and len(s) > 2]
            self.birth = births[0] if births else ""
        loops = self._kept.get(keeper)
        if loops is None:
            loops = self._kept[keeper] = {}
        frames = loops.setdefault(loop, [])
        if len(frames) < KEPT_MAX:
            frames.append(self.frame)

    def forget(self, frame: Frame) -> None:
        """``frame`` has been judged: what it kept, and what that kept, can go."""
        if self.tallies:
            self.tallies.pop(frame, None)
        loops = self._kept.pop(frame, None)
        if loops is not None:
            for frames in loops.values():
                for each in frames:
                    self.forget(each)

    def kept(self, keeper: Frame, loop: str) -> Sequence[Frame]:
        """The loops ``loop`` that have closed within ``keeper``."""
        return self._kept.get(keeper, {}).get(loop, ())

    def around(self, loop: str) -> Frame | None:
        """The loop of this id that is at hand or open around it."""
        if self.frame.node.loop.id == loop:
            return self.frame
        return next((f for f in reversed(self.outer) if f.node.loop.id == loop), None)

    def within(self, loop: str) -> Sequence[Frame]:
        """The kept loops of this id in the loop at hand or those around it."""
        keeper = self.around(KEPT[loop])
        return () if keeper is None else self.kept(keeper, loop)

    def segments(self, loop: str) -> Sequence[Segment]:
        """The segments of that loop: at hand, around it, or the last one kept; else none."""
        frame = self.around(loop)
        if frame is None and loop in KEPT:
            frame = next(reversed(self.within(loop)), None)
        return frame.segments if frame is not None else ()

    def tally(self, loop: str, name: str, part: int) -> None:
        """Add to a number that is asked for when the loop ``loop`` closes."""
        frame = self.around(loop)
        if frame is not None:
            numbers = self.tallies.setdefault(frame, {})
            numbers[name] = numbers.get(name, 0) + part


Frames = Callable[[View], Sequence[Frame]]
Test = Callable[[View, list[str]], bool]

_TERM = re.compile(
    r"(!?)(?:(\w+)/)?(?:(\d{4}[A-Z]{0,2})"
    r"|([A-Z][A-Z0-9]{1,2})(?:\*([A-Z0-9|]+))?(?:\.?(\d\d))?(?:-(\d{1,2}))?(?:=(\S+))?)"
)


class Place(msgspec.Struct, frozen=True):
    """A parsed term without its ``!``, or the place a row blames."""

    loop: str
    child: str
    segment_id: str
    kinds: frozenset[str]
    element: int
    component: int
    values: frozenset[str]


def parse(text: str) -> tuple[bool, Place]:
    """A term, and whether it is denied; ``InputError`` when it is none."""
    match = _TERM.fullmatch(text)
    if match is None:
        raise InputError(f"this is no condition: {text}")
    no, loop, child, segment_id, kinds, element, component, values = match.groups()
    if segment_id and int(element or 0) > len(standard(segment_id)[0]):
        raise InputError(f"there is no such segment or element: {text}")
    if segment_id and not standard(segment_id)[0]:
        raise InputError(f"there is no such segment: {text}")
    return bool(no), Place(
        loop or "",
        child or "",
        segment_id or "",
        frozenset(kinds.split("|")) if kinds else frozenset(),
        int(element or 0),
        int(component or 0),
        frozenset(values.split("|")) if values else frozenset(),
    )


def value_test(place: Place) -> Test:
    """Whether one segment (already of the right id) is what ``place`` says."""
    kinds, element, component, values = (
        place.kinds,
        place.element,
        place.component - 1,
        place.values,
    )

    def test(view: View, segment: list[str]) -> bool:
        if kinds:
            kind = segment[1] if len(segment) > 1 else ""
            if kind not in kinds and kind.partition(view.component)[0] not in kinds:
                return False
        if not element:
            return True
        value = segment[element] if element < len(segment) else ""
        if component >= 0 and value:
            parts = value.split(view.component)
            value = parts[component] if component < len(parts) else ""
        return value in values if values else value != ""

    return test


def frames_of(node: Node, loop: str) -> Frames:
    """How to find the frames of ``loop`` when ``node`` closes."""
    path: list[Node] = [node]
    while path[0].parent is not None:
        path.insert(0, path[0].parent)
    ids = [each.loop.id for each in path]
    if not loop or loop == ids[-1]:
        return lambda view: (view.frame,)
    if loop == _PATIENT:
        loop = "2010CA" if "2000C" in ids else "2010BA"
    if loop == "top":
        return lambda view: view.outer[:1]
    if loop in ids:
        depth = len(ids) - 1 - ids[::-1].index(loop)
        return lambda view: view.outer[depth : depth + 1]
    if loop not in KEPT:
        raise InputError(f"loop {loop} is neither around {ids[-1]} nor kept")
    keeper = KEPT[loop]
    if keeper == ids[-1]:
        return lambda view: view.kept(view.frame, loop)
    if keeper in ids:
        depth = ids.index(keeper)
        return lambda view: view.kept(view.outer[depth], loop)
    return lambda view: ()


def _node_of(node: Node, loop: str) -> Node | None:
    """The node of ``loop``: ``node`` itself or one around it."""
    found: Node | None = node
    while found is not None and loop and found.loop.id != loop:
        found = found.parent
    return found


def _count_test(node: Node, place: Place) -> Test | None:
    """Whether a child loop, or a segment that has a slot of its own, has come, by the counts.

    None where only the segments themselves can tell.
    """
    target = _node_of(node, place.loop)
    if target is None or place.element:
        return None
    numbers = []
    for slot in target.slots:
        if place.child:
            wanted = slot.child is not None and slot.child.loop.id == place.child
        else:
            wanted = slot.child is None and slot.row.id == place.segment_id
            if wanted and place.kinds:
                wanted = bool(slot.codes & place.kinds)
                if wanted and not slot.codes <= place.kinds:
                    return None
        if wanted:
            numbers.append(slot.number)
    if target is node and len(numbers) == 1:
        (only,) = numbers
        return lambda view, _: view.frame.counts[only] > 0
    find = frames_of(node, place.loop)
    return lambda view, _: any(frame.counts[n] for frame in find(view) for n in numbers)


def _scan(node: Node, place: Place) -> Test:
    """Whether any segment of the loop is what ``place`` says."""
    fits = value_test(place)
    find, segment_id = frames_of(node, place.loop), place.segment_id

    def test(view: View, _: list[str]) -> bool:
        for frame in find(view):
            for _number, segment in frame.segments:
                if segment[0] == segment_id and fits(view, segment):
                    return True
        return False

    return test


def _term(node: Node, at: Place, parsed: tuple[bool, Place]) -> Test:
    denied, place = parsed
    same = (place.loop, place.segment_id) == (at.loop, at.segment_id)
    if same and place.element and (not place.kinds or place.kinds == at.kinds):
        test = value_test(place)
    else:
        test = _count_test(node, place) or _scan(node, place)
    return (lambda view, segment: not test(view, segment)) if denied else test


def choices_of(text: str) -> list[list[tuple[bool, Place]]]:
    """A condition as the terms of each of its choices; each term with whether it is denied."""
    return [[parse(term) for term in choice.split()] for choice in text.split(" or ")]


def condition(node: Node, at: Place, text: str) -> Test:
    """The closure of a whole condition, for rows blamed at ``at`` when ``node`` closes."""
    choices = [[_term(node, at, term) for term in terms] for terms in choices_of(text)]
    if len(choices) == 2 and all(len(tests) == 1 for tests in choices):
        (one,), (other,) = choices
        return lambda view, segment: one(view, segment) or other(view, segment)
    if len(choices) > 1:
        return lambda view, segment: any(
            all(test(view, segment) for test in tests) for tests in choices
        )
    (tests,) = choices
    if len(tests) == 1:
        return tests[0]
    return lambda view, segment: all(test(view, segment) for test in tests)
