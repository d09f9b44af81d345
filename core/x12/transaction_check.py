"""Checking one transaction against its guide: the walk, each segment, the balances."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import date

import msgspec

from core.x12.balance import ClaimBalance, RemittanceBalance, Watch
from core.x12.check_options import CheckOptions, observers, unwatched
from core.x12.check_plan import (
    CLAIM_LOOPS,
    NO_MATCHES,
    PARTY_LOOPS,
    Closers,
    marked_loops,
    matches_of,
    openers,
)
from core.x12.envelope import ENVELOPE_SEGMENTS
from core.x12.error_list import Allowance, ErrorList
from core.x12.guides import Guide, guide_for
from core.x12.guides.segments import SEGMENTS
from core.x12.kinds import kind_of
from core.x12.observers import Observer, Scene
from core.x12.report import Header, Severity, Status, TransactionReport, X12Error
from core.x12.rows import Fault, faults
from core.x12.syntax import Delimiters
from core.x12.walk import COMPOSITE_QUALIFIED, Frame, Slot, Step, Walker, told_by, tree

NO_OPTIONS = CheckOptions()
# What observers are shown of one loop: so many segments of its own, none longer than this. No real
# loop has more, and one that has must not fill the memory.
LOOP_SEGMENTS_MAX = 2_000
SEGMENT_LENGTH_MAX = 2_000
_MISSING = {True: "loop-missing", False: "segment-missing"}
_ASTRAY = {
    "segment-order": "this segment stands too late in its loop",
    "segment-unexpected": "this segment does not belong here",
}


class TransactionCheck:
    """One ST to SE. ``run`` is given what stands between them, some texts at a time.

    ``prepared`` False does without patterns: making them for ever new delimiters costs too much.
    """

    def __init__(
        self,
        segment: int,
        values: list[str],
        group_version: str,
        delimiters: Delimiters,
        allowance: Allowance,
        prepared: bool = True,
        created: date | None = None,
        options: CheckOptions = NO_OPTIONS,
    ) -> None:
        self.segment = segment
        self.transaction = values[1] if len(values) > 1 else ""
        self.control = values[2] if len(values) > 2 else ""
        own = values[3] if len(values) > 3 else ""
        # The group's own text where it is the same: a file may hold very many transactions.
        self.version = group_version if own in ("", group_version) else own
        self.count = 1
        self.claims = 0
        self.errors = ErrorList(allowance)
        self.header = Header()
        # Where the last claims began and ended: a balance is told when its claim is already over.
        self._claim_marks: deque[tuple[int, str]] = deque([(0, "")], maxlen=4)
        self._claim_numbers: dict[int, str] = {}
        self._broken: set[tuple[int, int, int]] = set()
        self.guide = guide_for(self.transaction, self.version)
        self._kind = self.guide.kind if self.guide else kind_of(self.transaction, self.version)
        self._profile = options.profile
        self._delimiters = delimiters
        self._prepared = prepared
        self._levels = 0
        self._lost = False
        self._skipping = False
        self._watches: dict[str, Watch] = {}
        self._balance: ClaimBalance | RemittanceBalance | None = None
        self._observers: list[Observer] = []
        self._not_checked = unwatched(self._kind, options)
        if self.guide is not None:
            self._open(self.guide, values, group_version)
            scene = Scene(
                guide=self.guide,
                delimiters=delimiters,
                report=self.report,
                created=created,
            )
            self._observers = observers(scene, options)
            self._closers = Closers(self._observers)

    def _open(self, guide: Guide, values: list[str], group_version: str) -> None:
        root = tree(guide)
        self._walker = Walker(root)
        self._told_by = told_by(root)
        self._openers = openers(root)
        self._marked = marked_loops(root, self._kind)
        self._matches = matches_of(guide, self._delimiters) if self._prepared else NO_MATCHES
        opener = guide.body.opener
        for fault in faults(opener, values, self._delimiters):
            # GS08 names the guide as well, and senders who leave ST03 out are understood.
            lenient = (fault.element, fault.code) == (3, "element-missing")
            self._add(self.segment, "ST", "", fault, "warning" if lenient else "error")
        if guide_for(self.transaction, group_version) is not guide:
            self.say(2, self.segment, "ST", "version-differs", "GS08 names another guide", 3)
        if guide.transaction == "837":
            self._balance = ClaimBalance(self.report)
        elif guide.transaction == "835":
            self._balance = RemittanceBalance(self.report)
        if self._balance is not None:
            self._watches = self._balance.watches
        if guide.transaction == "837":
            self._watches = {**self._watches, "BHT": self._on_header}

    def report(self, error: X12Error) -> None:
        """Note an error, unless the partner's profile lets it pass."""
        if self._profile is not None:
            relaxed = self._profile.relaxed(error)
            if relaxed is None:
                return
            error = relaxed
        place = (error.segment, error.element, error.component)
        if error.snip > 3:
            # What cannot be read is named once, not judged for what it says; nor is a code whose
            # kind, the first component, is wrong.
            kind = 1 if error.snip == 5 else 0
            if not self._broken.isdisjoint((place, (*place[:2], 0), (*place[:2], kind))):
                return
        if not self.errors.add(error):
            return
        if error.element and error.snip < 3 and error.severity == "error":
            self._broken.add(place)
        if error.loop:
            marks = reversed(self._claim_marks)
            number = next((mark for start, mark in marks if start <= error.segment), "")
            if number:
                self._claim_numbers[error.segment] = number

    def say(
        self,
        snip: int,
        segment: int,
        segment_id: str,
        code: str,
        message: str,
        element: int = 0,
        loop: str = "",
        severity: Severity = "error",
    ) -> None:
        """Note an error given by its parts."""
        self.report(
            X12Error(
                snip=snip,
                severity=severity,
                segment=segment,
                segment_id=segment_id,
                loop=loop,
                element=element,
                code=code,
                message=message,
            )
        )

    def _add(
        self,
        segment: int,
        segment_id: str,
        loop: str,
        fault: Fault,
        severity: Severity = "error",
    ) -> None:
        self.report(
            X12Error(
                snip=fault.snip,
                severity=severity,
                segment=segment,
                segment_id=segment_id,
                loop=loop,
                element=fault.element,
                component=fault.component,
                code=fault.code,
                message=fault.message,
            )
        )

    def run(self, texts: list[str], at: int, segment: int) -> int:
        """Check the segments from ``texts[at]`` on, the first being number ``segment`` of the file.

        Returns where it stopped: at a segment of the envelope, or at the end of the texts.
        """
        if self.guide is None:
            return self._run_without_guide(texts, at, segment)
        separator = self._delimiters.element
        stack, matches, watches = self._walker.stack, self._matches, self._watches
        watched = bool(self._observers)
        begin = at
        for text in texts[at:] if at else texts:
            values = text.split(separator)
            segment_id = values[0]
            if segment_id in ENVELOPE_SEGMENTS:
                break
            frame = stack[-1]
            step = frame.place.moves.get(segment_id)
            if step.__class__ is dict:
                step = step.get(values[1]) if len(values) > 1 else None
            if step is None or self._skipping or (step.passed and _lacks(stack, step)):
                step = self._step(segment, values)
                if step is None:
                    at += 1
                    segment += 1
                    continue
            self._lost = False
            slot = step.slot
            if step.pops:
                if watched:
                    self._close_loops(step.pops)
                else:
                    del stack[-step.pops :]
                frame = stack[-1]
            frame.counts[slot.number] = count = frame.counts[slot.number] + 1
            frame.place = step.place
            if slot.child is not None:
                parent, frame = frame, Frame(slot.child)
                stack.append(frame)
                if slot.child in self._marked:
                    self._enter(segment, values, count)
                if slot.limit and count > slot.limit:
                    self._too_often(segment, slot, parent, count)
            elif count > (slot.limit or LOOP_SEGMENTS_MAX):
                self._too_often(segment, slot, frame, count)
            if not matches[slot](text):
                self._explain(segment, slot, values)
            if watched and (count <= (slot.limit or LOOP_SEGMENTS_MAX) or slot.child is not None):
                segments = frame.segments
                if len(segments) < LOOP_SEGMENTS_MAX and len(text) <= SEGMENT_LENGTH_MAX:
                    segments.append((segment, values))
            watch = watches.get(segment_id)
            if watch is not None:
                watch(segment, values, frame.node.loop.id)
            at += 1
            segment += 1
        self.count += at - begin
        return at

    def _step(self, segment: int, values: list[str]) -> Step | None:
        """The step that no move names yet, or that is astray; what it passes by is told."""
        segment_id = values[0]
        place = self._told_by.get(segment_id, 0)
        value = values[place] if 0 < place < len(values) else ""
        if segment_id in COMPOSITE_QUALIFIED:
            value = value.partition(self._delimiters.component)[0]
        walker = self._walker
        step = walker.find(segment_id, value)
        if self._skipping and (step is None or step.slot.child is None):
            return None
        if step is None:
            step = self._astray(segment, values, value)
            if step is None:
                return None
        elif step.passed and (missing := walker.missing(step)):
            self._passed(segment, missing)
        self._skipping = False
        return step

    def _explain(self, segment: int, slot: Slot, values: list[str]) -> None:
        """The faults of a segment that its pattern does not take."""
        for fault in faults(slot.row, values, self._delimiters):
            severity: Severity = "warning" if _is_harmless(fault) else "error"
            self._add(segment, values[0], self._walker.loop, fault, severity)

    def _run_without_guide(self, texts: list[str], at: int, segment: int) -> int:
        separator = self._delimiters.element
        begin = at
        for text in texts[at:]:
            values = text.split(separator)
            if values[0] in ENVELOPE_SEGMENTS:
                break
            self._syntax_only(segment, text, values)
            at += 1
            segment += 1
        self.count += at - begin
        return at

    def _close_loops(self, pops: int) -> None:
        """Leave loops, the innermost first, and tell the observers that care for them."""
        stack, closers = self._walker.stack, self._closers
        for _ in range(pops):
            frame = stack.pop()
            for closed in closers[frame.node]:
                closed(frame, stack)

    def _enter(self, segment: int, values: list[str], count: int) -> None:
        """A loop has begun: its HL numbers, its line number, one more claim."""
        opened = self._walker.stack[-1]
        loop = opened.node.loop
        segment_id = values[0]
        if segment_id == "HL" or loop.id == "2000":
            self._claim_marks.append((segment, ""))
        if segment_id == "HL":
            self._level(segment, values, opened)
        elif loop.id == "2400" and values[1:2] != [str(count)]:
            # Hospitals' systems often keep the line numbers of the account; readers cope.
            severity: Severity = "warning" if self._kind == "837I" else "error"
            message = "line numbers count from 1"
            self.say(2, segment, "LX", "line-number", message, 1, loop.id, severity)
        elif segment_id == "NM1" and loop.id in PARTY_LOOPS:
            self._party(loop.id, values)
        if loop.id in CLAIM_LOOPS.get(self._kind, ()):
            self.claims += 1
            place = CLAIM_NUMBER_PLACES[segment_id]
            self._claim_marks.append((segment, values[place] if len(values) > place else ""))

    def _on_header(self, _: int, values: list[str], __: str) -> None:
        reference = values[3] if len(values) > 3 else ""
        self.header = msgspec.structs.replace(self.header, reference=reference)

    def _party(self, loop: str, values: list[str]) -> None:
        padded = values + [""] * 10
        party = PARTY_LOOPS[loop]
        self.header = msgspec.structs.replace(
            self.header, **{f"{party}_name": padded[3], f"{party}_id": padded[9]}
        )

    def _level(self, segment: int, values: list[str], opened: Frame) -> None:
        self._levels += 1
        opened.level = values[1] if len(values) > 1 else ""
        loop = opened.node.loop.id
        if opened.level != str(self._levels):
            self.say(2, segment, "HL", "level-number", "levels count from 1 in steps of 1", 1, loop)
            if opened.level.isdecimal() and len(opened.level) < 10:
                self._levels = int(opened.level)
        above = [frame.level for frame in self._walker.stack[:-1] if frame.level]
        named = values[2] if len(values) > 2 else ""
        if named and named != (above[-1] if above else ""):
            # Some senders name a level further up; where the segment stands says what is meant. Not
            # for an event (278): the level named may be that of another patient.
            lenient = named in above and values[3:4] != ["EV"]
            severity: Severity = "warning" if lenient else "error"
            message = "this is not the level above"
            self.say(2, segment, "HL", "level-parent", message, 2, loop, severity)

    def _too_often(self, segment: int, slot: Slot, frame: Frame, count: int) -> None:
        if not slot.limit or count <= slot.limit + (slot.number == frame.guessed):
            return
        loop = self._walker.loop
        if slot.child is not None:
            message = f"this loop may come {_times(slot.limit)}"
            self.say(2, segment, slot.row.id, "loop-repeats", message, loop=loop)
        else:
            message = f"this segment may come {_times(slot.limit)}"
            self.say(2, segment, slot.row.id, "segment-repeats", message, loop=loop)

    def _passed(self, segment: int, missing: list[tuple[Frame, Slot]]) -> None:
        for frame, slot in missing:
            child = slot.child
            loop = child.loop.id if child is not None else frame.node.loop.id
            name = (child.loop.name if child is not None else "") or slot.row.name or slot.row.id
            kind = "loop" if child is not None else "segment"
            self.say(
                2,
                segment,
                slot.row.id,
                _MISSING[child is not None],
                f"the {kind} {name} ({slot.row.id}) is required before this place",
                loop=loop,
            )

    def _astray(self, segment: int, values: list[str], value: str) -> Step | None:
        """A segment without a place: name the fault once, go on where it most likely belongs."""
        segment_id, loop = values[0], self._walker.loop
        if segment_id not in SEGMENTS:
            message = "there is no such segment"
            self.say(1, segment, segment_id[:3], "segment-unknown", message, loop=loop)
            return None
        step, code = self._walker.astray(segment_id, value)
        if code == "code-value":
            # One candidate, or one that is awaited: its own check names the qualifier. Several:
            # name it here.
            frame = self._walker.stack[-1 - step.pops] if step else self._walker.stack[-1]
            awaited = step and step.slot.required and not frame.counts[step.slot.number]
            if step is None or (len(frame.node.by_id[segment_id]) > 1 and not awaited):
                message = "a segment of this kind is not used here"
                place = self._told_by.get(segment_id, 1)
                self.say(2, segment, segment_id, code, message, place, loop)
                return None
            if awaited:
                frame.guessed = step.slot.number
            return step
        if not self._lost:
            self.say(2, segment, segment_id, code, _ASTRAY[code], loop=loop)
        # What follows would only repeat the complaint; the rest of a loop that could not be
        # opened is passed over until another loop begins.
        self._lost = step is None
        self._skipping = step is None and segment_id in self._openers
        return step

    def _syntax_only(self, segment: int, text: str, values: list[str]) -> None:
        segment_id = values[0]
        if not (2 <= len(segment_id) <= 3 and segment_id.isalnum() and segment_id.isupper()):
            message = "this is no segment id"
            self.say(1, segment, segment_id[:3], "segment-unknown", message)
        elif len(values) > 1 and not values[-1]:
            message = "an empty element at the end"
            self.say(1, segment, segment_id, "trailing-separator", message, len(values) - 1)
        elif not text.isprintable() or not text.isascii():
            place = next(n for n, v in enumerate(values) if not (v.isprintable() and v.isascii()))
            message = "characters that are not allowed"
            self.say(1, segment, segment_id, "bad-characters", message, place)

    def close(self, segment: int) -> None:
        """The transaction ends at ``segment``: what was required and never came, and the sums."""
        if self.guide is not None:
            self._passed(segment, self._walker.unfinished())
            if self._observers:
                self._close_loops(len(self._walker.stack))
                open_points = [point for each in self._observers for point in each.finish()]
                self._not_checked = tuple(dict.fromkeys((*self._not_checked, *open_points)))
        if self._balance is not None:
            self._balance.finish()
        if self._profile is not None:
            faults = self._profile.transaction_faults(self._kind, self.version, self.claims)
            for element, code, message in faults:
                self.say(7, self.segment, "ST", code, message, element)

    def result(self) -> TransactionReport:
        """The report on this transaction."""
        open_points, errors = self._not_checked, self.errors.all()
        if self.guide is None:
            open_points = (f"SNIP 2 to 7: there is no table for {self.version[:12] or 'this'} yet",)
        return TransactionReport(
            type=self._kind,
            version=self.version,
            control=self.control,
            status=status_of(errors),
            claims=self.claims,
            not_checked=open_points,
            errors=errors,
            transaction=self.transaction,
            segment=self.segment,
            segment_end=self.segment + self.count,
            claim_numbers=self._claim_numbers,
            header=self.header,
        )


def _is_harmless(fault: Fault) -> bool:
    """What is against the standard, and yet is read in one way only by everybody."""
    return fault.code == "only-blanks" or (
        fault.code == "trailing-separator" and fault.component > 0
    )


# The segment that opens a claim's loop, and where it names the claim.
CLAIM_NUMBER_PLACES = {"CLM": 1, "CLP": 1, "TRN": 2}


def _lacks(stack: list[Frame], step: Step) -> bool:
    """Whether a required slot that the step passes by has not come."""
    # No generator: this is asked at two of five segments.
    for level, slot in step.passed:  # noqa: SIM110
        if not stack[-1 - level].counts[slot.number]:
            return True
    return False


def _times(limit: int) -> str:
    return "once" if limit == 1 else f"{limit} times"


def status_of(errors: Sequence[X12Error]) -> Status:
    """The verdict that ``report.Status`` defines."""
    serious = [error.snip for error in errors if error.severity == "error"]
    if any(snip <= 2 for snip in serious):
        return Status.REJECTED
    return Status.ACCEPTED_WITH_ERRORS if serious else Status.ACCEPTED
