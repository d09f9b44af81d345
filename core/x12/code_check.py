"""SNIP 5: every code of an external source in a transaction, on the day that counts for it.

What was found good is remembered by its text, so that the usual code costs one look into a set.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.codes.tables import CodeTables
from core.x12.code_judges import Flaw, Judges
from core.x12.guides.code_sources import SOURCES, Source
from core.x12.observers import Scene
from core.x12.report import X12Error
from core.x12.walk import Frame

# What is remembered as good must not grow with the file: so many texts a source, so many days.
GOOD_MAX = 20_000
DAYS_MAX = 64
_NAMES = frozenset(name for sources in SOURCES.values() for name in (s.codes for s in sources))
# Sources whose codes come and go with the day; of the others one memory serves every day.
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
        self._transaction = scene.guide.transaction
        self._created = scene.created.strftime("%Y%m%d") if scene.created else ""
        self._paid = ""
        self._first_service = ""
        self._states = tables.lists["state"].windows
        self._lasting: dict[str, set[str]] = {name: {""} for name in _NAMES - _DATED}
        self._good: dict[str, dict[str, set[str]]] = {}

    def closed(self, frame: Frame, outer: Sequence[Frame]) -> None:
        """Judge the codes of a loop's own segments."""
        day = self._day(frame, outer)
        good = self._good.get(day) or self._remember(day)
        for number, values in frame.segments:
            segment_id = values[0]
            if segment_id == "N4":
                self._address(number, values, frame)
                continue
            for source in SOURCES.get(segment_id, ()):
                elements, codes, by, named = source
                if by and (by >= len(values) or values[by] not in named):
                    continue
                if not good[codes].issuperset(values[elements]):
                    self._judge(number, values, frame, day, source)

    def finish(self) -> tuple[str, ...]:
        """The code tables that were asked for and are not there."""
        missed = sorted(self._judges.shapes_only)
        return tuple(f"code table: {name} (judged by shape)" for name in missed)

    def _judge(
        self, number: int, values: list[str], frame: Frame, day: str, source: Source
    ) -> None:
        good = self._good[day][source.codes]
        places = range(len(values))[source.elements]
        for place in places:
            text = values[place]
            if text in good:
                continue
            flaws = self._judges.judge(source.codes, text, day)
            for flaw in flaws:
                self._say(number, values[0], frame, place, flaw)
            if not flaws:
                if len(good) >= GOOD_MAX:
                    good.clear()
                    good.add("")
                good.add(text)

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

    def _remember(self, day: str) -> dict[str, set[str]]:
        if len(self._good) >= DAYS_MAX:
            self._good.clear()
        found = self._good[day] = {**self._lasting, **{name: {""} for name in _DATED}}
        return found

    def _day(self, frame: Frame, outer: Sequence[Frame]) -> str:
        if self._transaction == "837":
            return self._service_day(frame, outer)
        if self._transaction != "835":
            return self._created
        loop = frame.node.loop.id
        if loop in ("2100", "2110"):
            claim = frame if loop == "2100" else outer[-1]
            if claim.segments[0][1][2:3] == [_REVERSAL]:
                return ""
        if not self._paid:
            self._paid = _payment_day(outer[0] if outer else frame) or self._created
        return self._paid

    def _service_day(self, frame: Frame, outer: Sequence[Frame]) -> str:
        loop = frame.node.loop.id
        if loop == "2400":
            day = _dated(frame, "472")[:8]
            if day and (not self._first_service or day < self._first_service):
                self._first_service = day
            return day or _claim_day(outer[-1]) or self._created
        if loop == "2300":
            day = _claim_day(frame) or self._first_service or self._created
            self._first_service = ""
            return day
        return ""


def _dated(frame: Frame, kind: str) -> str:
    """The day or period of the DTP of ``kind`` in a loop; empty when there is none."""
    for _, values in frame.segments:
        if values[0] == "DTP" and len(values) > 3 and values[1] == kind:
            return values[3]
    return ""


def _claim_day(frame: Frame) -> str:
    """The last day of the statement, or the day of service of a dental claim."""
    return _dated(frame, "434")[-8:] or _dated(frame, "472")[:8]


def _payment_day(root: Frame) -> str:
    for _, values in root.segments:
        if values[0] == "BPR" and len(values) > 16:
            return values[16]
        if values[0] == "DTM" and values[1:2] == ["405"] and len(values) > 2:
            return values[2]
    return ""
