"""SNIP 4: what guides demand only in certain situations, judged as each loop closes.

The rows stand beside the guides (``core/x12/guides/situations_837.py`` and others), their notation
in ``situation_notation``. Each row gets a guard: a quick test of one element that most segments
fail, so that what does not apply costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from operator import methodcaller, not_

import msgspec

from core.dates import parse_day
from core.errors import InputError
from core.x12.guides import Guide, Row, elements_of
from core.x12.observers import Closed, Scene
from core.x12.report import X12Error
from core.x12.situation_notation import (
    KEPT,
    KEPT_MAX,
    Blames,
    Frames,
    Judge,
    Place,
    Situation,
    View,
    choices_of,
    condition,
    frames_of,
    parse,
    value_test,
)
from core.x12.walk import Frame, Node, tree

MEMO_MAX = 4096
# Plans look into components of files that divide them by one of these.
USUAL_COMPONENTS = frozenset(":><|^\\")

_Guard = Callable[[str], object]


_Rules = list[tuple[int, _Guard, Judge, Situation]]
# The rules of a segment id: by the first element of the segments they speak of, and for all others.
_ById = tuple[dict[str, _Rules], _Rules]


class _Plan(msgspec.Struct):
    """What happens when a node closes: rows by the segment they blame, rows that blame elsewhere,
    and at which depth the frame is kept (-1: it is not)."""

    here: dict[str, _ById]
    elsewhere: list[tuple[Callable[[View], bool] | None, Frames, str, _ById]]
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


def _is_own(place: Place, at: Place, element: int) -> bool:
    """Whether a term speaks of just this element of the very segment that is blamed."""
    same = (place.loop, place.segment_id, place.child) == (at.loop, at.segment_id, "")
    return same and place.element == element and not place.kinds


def _text_test(denied: bool, place: Place, component: str) -> Callable[[str], bool]:
    """A term about one element as a test of that element's text."""

    def test(text: str) -> bool:
        if place.component and text:
            parts = text.split(component)
            text = parts[place.component - 1] if place.component <= len(parts) else ""
        return (text in place.values if place.values else text != "") is not denied

    return test


def _any_of(choices: list[list[Callable[[str], bool]]]) -> Callable[[str], bool]:
    return lambda text: any(all(test(text) for test in tests) for tests in choices)


def _when_guard(row: Situation, at: Place, component: str) -> tuple[int, _Guard] | None:
    """An element of which every choice of ``when`` says something: none of it, no finding."""
    choices = choices_of(row.when)
    for element in dict.fromkeys(place.element for _, place in choices[0]):
        own = [[t for t in choice if _is_own(t[1], at, element)] for choice in choices]
        if not element or not all(own):
            continue
        if any(place.component for terms in own for _, place in terms) and not component:
            continue
        tests = [[_text_test(*term, component) for term in terms] for terms in own]
        return element, _Memo(_any_of(tests)).__getitem__
    return None


def _need_guard(row: Situation, at: Place, component: str) -> tuple[int, _Guard] | None:
    """An element that alone can fulfil ``need``: where it does, no finding."""
    for terms in choices_of(row.need):
        (denied, place), *more = terms
        if more or not place.element or not _is_own(place, at, place.element):
            continue
        if not place.component and not place.values:
            return place.element, bool if denied else not_
        if component or not place.component:
            test = _text_test(not denied, place, component)
            return place.element, _Memo(test).__getitem__
    return None


def _guard(row: Situation, at: Place, component: str, day: str) -> tuple[int, _Guard]:
    """A quick test of one element that most segments fail: then the row has nothing to say."""
    if row.only_after is not None and day:
        part = slice(*row.only_after)
        return at.element, _Memo(lambda text: text[part] > day).__getitem__
    if row.only is not None:
        quick = isinstance(row.only, methodcaller)
        return at.element, row.only if quick else _Memo(row.only).__getitem__
    guards = [
        _need_guard(row, at, component) if row.need else None,
        _when_guard(row, at, component) if row.when else None,
    ]
    found = [guard for guard in guards if guard is not None]
    # Most elements are not there: better a guard that stops at an empty one.
    return min(found, key=lambda guard: bool(guard[1](""))) if found else (0, bool)


def _compiled(node: Node, row: Situation, at: Place) -> Judge:
    """The whole row as one judge; the kind of its segment has been seen but for an HI."""
    tests = []
    if at.kinds and at.segment_id == "HI":
        tests.append(value_test(Place("", "", at.segment_id, at.kinds, 0, 0, frozenset())))
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


def _may_fire(node: Node, row: Situation, at: Place) -> bool:
    """Whether the loop has a segment the row speaks of, with a value that ``when`` asks for."""
    slots = [s for s in node.slots if s.child is None and s.row.id == at.segment_id]
    choices = choices_of(row.when) if row.when else []
    if len(choices) == 1:
        for denied, place in choices[0]:
            if place.values and not denied and _is_own(place, at, place.element):
                slots = [s for s in slots if _allows(s.row, place.element, place.values)]
    return bool(slots)


def _allows(row: Row, element: int, values: frozenset[str]) -> bool:
    used = elements_of(row)[element - 1]
    return used.usage != "N" and not (used.codes and values.isdisjoint(used.codes))


def _by_kind(rules: list[tuple[frozenset[str], tuple[int, _Guard, Judge, Situation]]]) -> _ById:
    """The rules of one segment id by the kinds they name; each kind with the rules for all."""
    kinds = {kind for named, _ in rules for kind in named}
    return (
        {kind: [rule for named, rule in rules if not named or kind in named] for kind in kinds},
        [rule for named, rule in rules if not named],
    )


def _plan(node: Node, rows: tuple[Situation, ...], component: str, day: str) -> _Plan | None:
    """What happens when ``node`` closes; None when nothing does."""
    here: dict[str, list[tuple[frozenset[str], tuple[int, _Guard, Judge, Situation]]]] = {}
    plan = _Plan({}, [], _keep_depth(node), node.loop.id in KEPT.values())
    for row in rows:
        _, at = parse(row.at)
        if row.loop == "*":
            wanted = not at.loop and _may_fire(node, row, at)
        else:
            wanted = node.loop.id in row.loop.split("|")
        if not wanted:
            continue
        element, fits = _guard(row, at, component, day)
        rule = (element, fits, _compiled(node, row, at), row)
        kinds = at.kinds if at.segment_id != "HI" else frozenset()
        if at.loop:
            rules = _by_kind([(kinds, rule)])
            find = frames_of(node, at.loop)
            plan.elsewhere.append((row.first, find, at.segment_id, rules))
        else:
            here.setdefault(at.segment_id, []).append((kinds, rule))
    plan.here = {segment_id: _by_kind(rules) for segment_id, rules in here.items()}
    busy = plan.here or plan.elsewhere or plan.keeps or plan.keep_depth >= 0
    return plan if busy else None


@lru_cache(maxsize=64)
def _plans(
    guide: Guide, rows: tuple[Situation, ...], component: str, day: str
) -> dict[Node, _Plan]:
    """The plans of a guide, made once for files of a day: only nodes that something happens at."""
    plans: dict[Node, _Plan] = {}
    nodes = [tree(guide)]
    while nodes:
        node = nodes.pop()
        nodes += [slot.child for slot in node.slots if slot.child is not None]
        plan = _plan(node, rows, component, day)
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
    _plans(guide, rows, ":", "")


class Situations:
    """The observer that judges ``rows`` in one transaction, as findings of level ``snip``."""

    def __init__(
        self,
        scene: Scene,
        rows: tuple[Situation, ...],
        snip: int = 4,
    ) -> None:
        day = scene.created.strftime("%Y%m%d") if scene.created is not None else ""
        self._view = View(scene.delimiters.component, day)
        component = scene.delimiters.component
        usual = component if component in USUAL_COMPONENTS else ""
        self._plans = _plans(scene.guide, rows, usual, day)
        self._report = scene.report
        self._snip = snip
        self._told: set[tuple[str, int, int, int]] = set()
        self._begun = False

    def watch(self, node: Node) -> Closed | None:
        """Judges loops that rows speak of, and keeps those that rows of outer loops look at."""
        plan = self._plans.get(node)
        if plan is None:
            return None
        view, loop, keep_depth = self._view, node.loop.id, plan.keep_depth
        rules_of, elsewhere = plan.here, plan.elsewhere

        def closed(frame: Frame, outer: Sequence[Frame]) -> None:
            view.frame, view.outer = frame, outer
            if not self._begun:
                self._begin(outer[0] if outer else frame)
            for number, segment in frame.segments:
                group = rules_of.get(segment[0])
                if group is None:
                    continue
                by_kind, rules = group
                size = len(segment)
                if by_kind and size > 1:
                    rules = by_kind.get(segment[1], rules)
                for element, fits, judge, row in rules:
                    if fits(segment[element] if element < size else ""):
                        blames = judge(view, segment)
                        if blames:
                            self._tell(number, segment[0], loop, row, blames)
            for first, find, segment_id, known in elsewhere:
                if first is None or first(view):
                    for each in find(view):
                        self._judge(segment_id, known, each)
            if keep_depth >= 0:
                view.keep(outer[keep_depth], loop)
            elif plan.keeps:
                view.forget(frame)

        return closed

    def _judge(self, segment_id: str, known: _ById, frame: Frame) -> None:
        """Rows of the loop at hand that blame a segment of another one."""
        view = self._view
        by_kind, otherwise = known
        for number, segment in frame.segments:
            if segment[0] != segment_id:
                continue
            size = len(segment)
            rules = by_kind.get(segment[1], otherwise) if by_kind and size > 1 else otherwise
            for element, fits, judge, row in rules:
                if fits(segment[element] if element < size else ""):
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
        return ()
