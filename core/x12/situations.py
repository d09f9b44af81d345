"""SNIP 4: what guides demand only in certain situations, as rows, and the engine that judges them.

A row is judged when its loop closes. Its notation is parsed once into closures:

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
from functools import cache, lru_cache
from operator import not_
from typing import TYPE_CHECKING

import msgspec

from core.dates import parse_day
from core.errors import InputError
from core.x12.guides import Guide, Row, elements_of, standard
from core.x12.report import Severity, X12Error
from core.x12.walk import Frame, Node, tree

if TYPE_CHECKING:
    from core.x12.observers import Scene

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
}
# A file must not fill the memory; no sound claim has more loops of a kind.
KEPT_MAX = 1000
MEMO_MAX = 4096
# Plans look into components of files that divide them by one of these.
USUAL_COMPONENTS = frozenset(":><|^\\")
_PATIENT = "patient"


class Situation(msgspec.Struct, frozen=True, kw_only=True):
    """One row: in loops ``loop`` (``A|B``, ``*`` for all), for each place ``at``: if ``when`` then
    ``need``; or, where that must be computed, whatever ``judge`` blames.

    ``only`` is a quick test of the blamed element that must be true first. ``code`` is stable;
    ``message`` is our plain sentence.
    """

    code: str
    loop: str
    at: str
    when: str = ""
    need: str = ""
    judge: Judge | None = None
    only: Callable[[str], bool] | None = None
    message: str
    severity: Severity = "error"


class View:
    """What a row sees: the loop that closes, the loops around it, and those kept."""

    __slots__ = ("_kept", "claim", "component", "frame", "outer", "scene_day", "tallies")

    def __init__(self, component: str, scene_day: str) -> None:
        self.component = component
        self.scene_day = scene_day
        self.frame: Frame
        self.outer: Sequence[Frame] = ()
        self._kept: dict[Frame, dict[str, list[Frame]]] = {}
        self.tallies: dict[Frame, dict[str, int]] = {}
        # The claim whose diagnoses were counted last, and their number.
        self.claim: tuple[Frame | None, int] = (None, 0)

    def keep(self, keeper: Frame, loop: str) -> None:
        """Hold on to the loop at hand until ``keeper`` closes."""
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


_Frames = Callable[[View], Sequence[Frame]]
_Test = Callable[[View, list[str]], bool]

_TERM = re.compile(
    r"(!?)(?:(\w+)/)?(?:(\d{4}[A-Z]{0,2})"
    r"|([A-Z][A-Z0-9]{1,2})(?:\*([A-Z0-9|]+))?(?:\.?(\d\d))?(?:-(\d{1,2}))?(?:=(\S+))?)"
)


class _Place(msgspec.Struct, frozen=True):
    """A parsed term without its ``!``."""

    loop: str
    child: str
    segment_id: str
    kinds: frozenset[str]
    element: int
    component: int
    values: frozenset[str]


def _parse(text: str) -> tuple[bool, _Place]:
    match = _TERM.fullmatch(text)
    if match is None:
        raise InputError(f"this is no condition: {text}")
    no, loop, child, segment_id, kinds, element, component, values = match.groups()
    if segment_id and int(element or 0) > len(standard(segment_id)[0]):
        raise InputError(f"there is no such segment or element: {text}")
    if segment_id and not standard(segment_id)[0]:
        raise InputError(f"there is no such segment: {text}")
    return bool(no), _Place(
        loop or "",
        child or "",
        segment_id or "",
        frozenset(kinds.split("|")) if kinds else frozenset(),
        int(element or 0),
        int(component or 0),
        frozenset(values.split("|")) if values else frozenset(),
    )


def _value_test(place: _Place) -> _Test:
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


def _frames(node: Node, loop: str) -> _Frames:
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


def _count_test(node: Node, place: _Place) -> _Test | None:
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
    find = _frames(node, place.loop)
    return lambda view, _: any(frame.counts[n] for frame in find(view) for n in numbers)


def _scan(node: Node, place: _Place) -> _Test:
    """Whether any segment of the loop is what ``place`` says."""
    fits = _value_test(place)
    find, segment_id = _frames(node, place.loop), place.segment_id

    def test(view: View, _: list[str]) -> bool:
        for frame in find(view):
            for _number, segment in frame.segments:
                if segment[0] == segment_id and fits(view, segment):
                    return True
        return False

    return test


def _term(node: Node, at: _Place, parsed: tuple[bool, _Place]) -> _Test:
    denied, place = parsed
    same = (place.loop, place.segment_id) == (at.loop, at.segment_id)
    if same and place.element and (not place.kinds or place.kinds == at.kinds):
        test = _value_test(place)
    else:
        test = _count_test(node, place) or _scan(node, place)
    return (lambda view, segment: not test(view, segment)) if denied else test


def condition(node: Node, at: _Place, text: str) -> _Test:
    """The closure of a whole condition, for rows blamed at ``at`` when ``node`` closes."""
    choices = [[_term(node, at, term) for term in terms] for terms in _choices(text)]
    if len(choices) > 1:
        return lambda view, segment: any(
            all(test(view, segment) for test in tests) for tests in choices
        )
    (tests,) = choices
    if len(tests) == 1:
        return tests[0]
    return lambda view, segment: all(test(view, segment) for test in tests)


_Guard = Callable[[str], object]


_Rules = list[tuple[int, _Guard, Judge, Situation]]


class _Plan(msgspec.Struct):
    """What happens when a node closes: rows by the segment they blame, rows that blame elsewhere,
    and at which depth the frame is kept (-1: it is not)."""

    here: dict[str, _Rules]
    elsewhere: list[tuple[_Frames, str, _Rules]]
    keep_depth: int = -1
    keeps: bool = False


class _Memo(dict[str, bool]):
    """The answers to a test of texts, of which the same few stand in a file over and over."""

    def __init__(self, test: Callable[[str], bool]) -> None:
        super().__init__()
        self._test = test

    def __missing__(self, text: str) -> bool:
        if len(self) >= MEMO_MAX:
            self.clear()
        answer = self[text] = self._test(text)
        return answer


def _choices(text: str) -> list[list[tuple[bool, _Place]]]:
    return [[_parse(term) for term in choice.split()] for choice in text.split(" or ")]


def _is_own(place: _Place, at: _Place, element: int) -> bool:
    """Whether a term speaks of just this element of the very segment that is blamed."""
    same = (place.loop, place.segment_id, place.child) == (at.loop, at.segment_id, "")
    return same and place.element == element and not place.kinds


def _text_test(denied: bool, place: _Place, component: str) -> Callable[[str], bool]:
    """A term about one element as a test of that element's text."""

    def test(text: str) -> bool:
        if place.component and text:
            parts = text.split(component)
            text = parts[place.component - 1] if place.component <= len(parts) else ""
        return (text in place.values if place.values else text != "") is not denied

    return test


def _any_of(choices: list[list[Callable[[str], bool]]]) -> Callable[[str], bool]:
    return lambda text: any(all(test(text) for test in tests) for tests in choices)


def _when_guard(row: Situation, at: _Place, component: str) -> tuple[int, _Guard] | None:
    """An element of which every choice of ``when`` says something: none of it, no finding."""
    choices = _choices(row.when)
    for element in dict.fromkeys(place.element for _, place in choices[0]):
        own = [[t for t in choice if _is_own(t[1], at, element)] for choice in choices]
        if not element or not all(own):
            continue
        if any(place.component for terms in own for _, place in terms) and not component:
            continue
        tests = [[_text_test(*term, component) for term in terms] for terms in own]
        return element, _Memo(_any_of(tests)).__getitem__
    return None


def _need_guard(row: Situation, at: _Place, component: str) -> tuple[int, _Guard] | None:
    """An element that alone can fulfil ``need``: where it does, no finding."""
    for terms in _choices(row.need):
        (denied, place), *more = terms
        if more or not place.element or not _is_own(place, at, place.element):
            continue
        if not place.component and not place.values:
            return place.element, bool if denied else not_
        if component or not place.component:
            test = _text_test(not denied, place, component)
            return place.element, _Memo(test).__getitem__
    return None


def _guard(row: Situation, at: _Place, component: str) -> tuple[int, _Guard]:
    """A quick test of one element that most segments fail: then the row has nothing to say."""
    if row.only is not None:
        return at.element, _Memo(row.only).__getitem__
    guards = [
        _need_guard(row, at, component) if row.need else None,
        _when_guard(row, at, component) if row.when else None,
        (1, at.kinds.__contains__) if at.kinds and at.segment_id != "HI" else None,
    ]
    found = [guard for guard in guards if guard is not None]
    # Most elements are not there: better a guard that stops at an empty one.
    return min(found, key=lambda guard: bool(guard[1](""))) if found else (0, bool)


def _compiled(node: Node, row: Situation, at: _Place, guarded: int) -> Judge:
    """The whole row as one judge; ``guarded`` is the element its guard has seen."""
    tests = []
    if at.kinds and (guarded != 1 or at.segment_id == "HI"):
        tests.append(_value_test(_Place("", "", at.segment_id, at.kinds, 0, 0, frozenset())))
    if row.when:
        tests.append(condition(node, at, row.when))
    blame: Blames = ((at.element, at.component),)
    if row.need:
        # First, as it is mostly fulfilled.
        need = condition(node, at, row.need)
        tests.insert(0, lambda view, segment: not need(view, segment))
    judge = row.judge or (lambda view, segment: blame)
    if not tests:
        return judge
    first, *more = tests
    if not more:
        return lambda view, segment: judge(view, segment) if first(view, segment) else ()
    if len(more) == 1:
        (second,) = more
        return lambda view, segment: (
            judge(view, segment) if first(view, segment) and second(view, segment) else ()
        )
    return lambda view, segment: (
        judge(view, segment) if all(test(view, segment) for test in tests) else ()
    )


def _keep_depth(node: Node) -> int:
    """How deep the loop lies at which ``node`` is kept, -1 when it is not kept."""
    keeper, depth = node.parent, -1
    while keeper is not None and keeper.loop.id != KEPT.get(node.loop.id):
        keeper = keeper.parent
    while keeper is not None:
        keeper, depth = keeper.parent, depth + 1
    return depth


def _may_fire(node: Node, row: Situation, at: _Place) -> bool:
    """Whether the loop has a segment the row speaks of, with a value that ``when`` asks for."""
    slots = [s for s in node.slots if s.child is None and s.row.id == at.segment_id]
    choices = _choices(row.when) if row.when else []
    if len(choices) == 1:
        for denied, place in choices[0]:
            if place.values and not denied and _is_own(place, at, place.element):
                slots = [s for s in slots if _allows(s.row, place.element, place.values)]
    return bool(slots)


def _allows(row: Row, element: int, values: frozenset[str]) -> bool:
    used = elements_of(row)[element - 1]
    return used.usage != "N" and not (used.codes and values.isdisjoint(used.codes))


def _plan(node: Node, rows: tuple[Situation, ...], component: str) -> _Plan | None:
    """What happens when ``node`` closes; None when nothing does."""
    plan = _Plan({}, [], _keep_depth(node), node.loop.id in KEPT.values())
    for row in rows:
        _, at = _parse(row.at)
        if row.loop == "*":
            wanted = not at.loop and _may_fire(node, row, at)
        else:
            wanted = node.loop.id in row.loop.split("|")
        if not wanted:
            continue
        element, fits = _guard(row, at, component)
        rule = (element, fits, _compiled(node, row, at, element), row)
        if at.loop:
            plan.elsewhere.append((_frames(node, at.loop), at.segment_id, [rule]))
        else:
            plan.here.setdefault(at.segment_id, []).append(rule)
    busy = plan.here or plan.elsewhere or plan.keeps or plan.keep_depth >= 0
    return plan if busy else None


@lru_cache(maxsize=64)
def _plans(guide: Guide, rows: tuple[Situation, ...], component: str) -> dict[Node, _Plan]:
    """The plans of a guide, made once: only nodes that something happens at."""
    plans: dict[Node, _Plan] = {}
    nodes = [tree(guide)]
    while nodes:
        node = nodes.pop()
        nodes += [slot.child for slot in node.slots if slot.child is not None]
        plan = _plan(node, rows, component)
        if plan is not None:
            plans[node] = plan
    named = {loop for row in rows for loop in row.loop.split("|") if loop != "*"}
    if unknown := named - loops_of(guide):
        raise InputError(f"guide {guide.kind} has no loop {min(unknown)}")
    return plans


@cache
def loops_of(guide: Guide) -> frozenset[str]:
    """The ids of all loops of a guide."""
    nodes, ids = [tree(guide)], set()
    while nodes:
        node = nodes.pop()
        ids.add(node.loop.id)
        nodes += [slot.child for slot in node.slots if slot.child is not None]
    return frozenset(ids)


def refuse_bad_rows(guide: Guide, rows: tuple[Situation, ...]) -> None:
    """Raises ``InputError`` where a row has a wrong notation or names a loop the guide lacks."""
    _plans(guide, rows, ":")


class Situations:
    """The observer that judges ``rows`` in one transaction, as findings of level ``snip``."""

    def __init__(
        self,
        scene: Scene,
        rows: tuple[Situation, ...],
        snip: int = 4,
        not_checked: tuple[str, ...] = (),
    ) -> None:
        day = scene.created.strftime("%Y%m%d") if scene.created is not None else ""
        self._view = View(scene.delimiters.component, day)
        component = scene.delimiters.component
        usual = component if component in USUAL_COMPONENTS else ""
        self._plans = _plans(scene.guide, rows, usual)
        self._report = scene.report
        self._snip = snip
        self._not_checked = not_checked
        self._told: set[tuple[str, int, int, int]] = set()
        self._begun = False

    def closed(self, frame: Frame, outer: Sequence[Frame]) -> None:
        """Judge the loop that closes, keep it where rows of an outer loop look at it."""
        plan = self._plans.get(frame.node)
        if plan is None:
            return
        view = self._view
        view.frame, view.outer = frame, outer
        if not self._begun:
            self._begin(outer[0] if outer else frame)
        rules_of = plan.here
        if rules_of:
            for number, segment in frame.segments:
                rules = rules_of.get(segment[0])
                if rules is None:
                    continue
                size = len(segment)
                for element, fits, judge, row in rules:
                    if fits(segment[element] if element < size else ""):
                        blames = judge(view, segment)
                        if blames:
                            self._tell(number, segment[0], frame.node.loop.id, row, blames)
        for find, segment_id, rules in plan.elsewhere:
            for each in find(view):
                self._judge(segment_id, rules, each)
        if plan.keep_depth >= 0:
            view.keep(outer[plan.keep_depth], frame.node.loop.id)
        elif plan.keeps:
            view.forget(frame)

    def _judge(self, segment_id: str, rules: _Rules, frame: Frame) -> None:
        """Rows of the loop at hand that blame a segment of another one."""
        view = self._view
        for number, segment in frame.segments:
            if segment[0] != segment_id:
                continue
            for element, fits, judge, row in rules:
                if fits(segment[element] if element < len(segment) else ""):
                    blames = judge(view, segment)
                    if blames:
                        self._tell(number, segment[0], frame.node.loop.id, row, blames)

    def _begin(self, top: Frame) -> None:
        """The file's own day: the later one of GS04 and BHT04."""
        self._begun = True
        for _, segment in top.segments:
            if segment[0] == "BHT" and len(segment) > 4:
                try:
                    parse_day(segment[4])
                except InputError:
                    continue
                self._view.scene_day = max(self._view.scene_day, segment[4])

    def _tell(
        self, number: int, segment_id: str, loop: str, row: Situation, blames: Blames
    ) -> None:
        for element, component in blames:
            place = (row.severity, number, element, component)
            # What several claims or rows blame at one place is told once, by the first of them.
            if place in self._told:
                continue
            if len(self._told) >= KEPT_MAX:
                self._told.clear()
            self._told.add(place)
            self._report(
                X12Error(
                    snip=self._snip,
                    severity=row.severity,
                    segment=number,
                    segment_id=segment_id,
                    loop=loop,
                    element=element,
                    component=component,
                    code=row.code,
                    message=row.message,
                )
            )

    def finish(self) -> tuple[str, ...]:
        """What no row covers."""
        return self._not_checked
