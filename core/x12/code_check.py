"""SNIP 5: every code of an external source in a transaction, on the day that counts for it.

What was found good is remembered by its text, so that the usual code costs one look into a set.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

from core.codes.shapes import is_npi
from core.codes.tables import CodeTables
from core.x12.code_judges import Flaw, Judges
from core.x12.guides import Row, elements_of
from core.x12.guides.code_sources import PLANS, SOURCES, WHOLE, Plan
from core.x12.observers import Closed, Scene
from core.x12.report import X12Error
from core.x12.walk import Frame, Node

# What is remembered as good must not grow with the file: so many texts of such a length.
GOOD_MAX = 20_000
GOOD_LENGTH_MAX = 80
_NAMES = frozenset(name for sources in SOURCES.values() for name in (s.codes for s in sources))
# Sources whose codes come and go with the day; of the others one memory serves all days.
_DATED = frozenset((
    "adjustment_reason", "remark", "place_of_service", "place", "facility", "health_code",
    "diagnosis",
))  # fmt: skip
_REVERSAL = "22"


class CodeCheck:
    """Watches one transaction. The day of a code is:

    in an 837, for a claim and its lines the day of service (of an institutional claim the last of
    its period); its adjustments are judged without a day, as another payer made them on some day;
    in an 835 the day of the payment, and no day in a reversal, which repeats old codes;
    elsewhere the day the file was made.
    """

    def __init__(self, scene: Scene, tables: CodeTables) -> None:
        self._report = scene.report
        self._judges = Judges(tables, scene.delimiters)
        self._period = tables.period
        self._created = scene.created.strftime("%Y%m%d") if scene.created else ""
        self._states = tables.lists["state"].windows
        self._paid = ""
        self._first_service = ""
        self._held = 0
        self._lasting: dict[str, set[str]] = {name: {""} for name in _NAMES - _DATED}
        self._good: dict[int, dict[str, set[str]]] = {}
        transaction = scene.guide.transaction
        self._days = _DAYS.get(transaction, {})
        self._usual_day = "" if transaction in _DAYS else self._created
        self._usual = self._memory(self._usual_day)

    def watch(self, node: Node) -> Closed | None:
        """Judges the codes of a loop's own segments, where the guide has any there."""
        plans = _plans_of(node)
        day_of = self._days.get(node.loop.id)
        if not plans and day_of is None:
            return None
        usual_day, usual, judge = self._usual_day, self._usual, self._judge

        def closed(frame: Frame, outer: Sequence[Frame]) -> None:
            day, good = usual_day, usual
            if day_of is not None:
                day = day_of(self, frame, outer)
                good = self._memory(day)
            for number, values in frame.segments:
                plan = plans.get(values[0])
                if plan is None:
                    continue
                by, branches, sources = plan
                size = len(values)
                if by:
                    if by == WHOLE:
                        self._address(number, values, frame)
                    elif by < size:
                        sources = branches.get(values[by], sources)
                for place, codes in sources:
                    if place >= size:
                        break
                    if values[place] not in good[codes]:
                        judge(number, values, frame, day, place, codes, good[codes])

        return closed

    def finish(self) -> tuple[str, ...]:
        """The code tables that were asked for and are not there."""
        return tuple(f"code table: {name}" for name in sorted(self._judges.missed))

    def _judge(
        self,
        number: int,
        values: list[str],
        frame: Frame,
        day: str,
        place: int,
        codes: str,
        good: set[str],
    ) -> None:
        text = values[place]
        # The commonest text that is not remembered is a good NPI that comes for the first time.
        flaws = () if codes == "npi" and is_npi(text) else self._judges.judge(codes, text, day)
        if not flaws and len(text) <= GOOD_LENGTH_MAX:
            if self._held >= GOOD_MAX:
                self._forget()
            self._held += 1
            good.add(text)
        for flaw in flaws:
            self._say(number, values[0], frame, place, flaw)

    def _address(self, number: int, values: list[str], frame: Frame) -> None:
        if len(values) == 4:
            postal = values[3]
            if values[2] in self._states and postal.isdecimal() and len(postal) in (5, 9):
                return
        for place, flaw in self._judges.address(values):
            self._say(number, "N4", frame, place, flaw)

    def _say(self, number: int, segment_id: str, frame: Frame, place: int, flaw: Flaw) -> None:
        self._report(
            X12Error(
                snip=5,
                severity=flaw.severity,
                segment=number,
                segment_id=segment_id,
                loop=frame.node.loop.id,
                element=place,
                component=flaw.component,
                code=flaw.code,
                message=flaw.message,
            )
        )

    def _memory(self, day: str) -> dict[str, set[str]]:
        """By source the texts that were found good in the period of ``day``."""
        period = self._period(day)
        found = self._good.get(period)
        if found is None:
            found = self._good[period] = {**self._lasting, **{name: {""} for name in _DATED}}
        return found

    def _forget(self) -> None:
        self._held = 0
        for memory in self._good.values():
            for good in memory.values():
                good.clear()
                good.add("")

    def _line_day(self, frame: Frame, outer: Sequence[Frame]) -> str:
        day = _dated(frame, "472")[:8]
        if day and (not self._first_service or day < self._first_service):
            self._first_service = day
        return day or _stated_day(outer[-1]) or self._created

    def _claim_day(self, frame: Frame, _: Sequence[Frame]) -> str:
        day = _stated_day(frame) or self._first_service or self._created
        self._first_service = ""
        return day

    def _payment_day(self, frame: Frame, outer: Sequence[Frame]) -> str:
        claim = frame if frame.node.loop.id == "2100" else outer[-1]
        if claim.segments[0][1][2:3] == [_REVERSAL]:
            return ""
        if not self._paid:
            self._paid = _paid_on(outer[0]) or self._created
        return self._paid


@cache
def _plans_of(node: Node) -> dict[str, Plan]:
    """By segment id the plans of what may stand in a loop: where the guide lets a code stand."""
    return {
        slot.row.id: PLANS[slot.row.id]
        for slot in node.slots
        if slot.row.id in PLANS
        and (slot.child is None or slot.number == 0)
        and _may_hold(slot.row, PLANS[slot.row.id])
    }


def _may_hold(row: Row, plan: Plan) -> bool:
    if plan.by == WHOLE or plan.otherwise:
        return True
    codes = elements_of(row)[plan.by - 1].codes
    return not codes or not plan.branches.keys().isdisjoint(codes)


# By kind of transaction the loops whose codes have a day of their own; its other loops have none.
_DAYS: dict[str, dict[str, Callable[[CodeCheck, Frame, Sequence[Frame]], str]]] = {
    "837": {"2300": CodeCheck._claim_day, "2400": CodeCheck._line_day},
    "835": {"2100": CodeCheck._payment_day, "2110": CodeCheck._payment_day},
}


def _dated(frame: Frame, kind: str) -> str:
    """The day or period of the DTP of ``kind`` in a loop; empty when there is none."""
    for _, values in frame.segments:
        if values[0] == "DTP" and len(values) > 3 and values[1] == kind:
            return values[3]
    return ""


def _stated_day(frame: Frame) -> str:
    """The last day of the statement, or the day of service of a dental claim."""
    return _dated(frame, "434")[-8:] or _dated(frame, "472")[:8]


def _paid_on(root: Frame) -> str:
    """The day of the payment (BPR16), else of the production (DTM*405)."""
    for _, values in root.segments:
        if values[0] == "BPR" and len(values) > 16:
            return values[16]
        if values[0] == "DTM" and values[1:2] == ["405"] and len(values) > 2:
            return values[2]
    return ""
