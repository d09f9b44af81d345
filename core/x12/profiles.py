"""SNIP 7: what one trading partner demands beyond the guide, and what he lets pass.

A profile is data: a TOML file (docs/x12-profiles.md) that is read once into a frozen value. Its
``require`` rows have the notation of ``core.x12.situation_notation``.
"""

from __future__ import annotations

import re
import tomllib
from datetime import date
from typing import Literal

import msgspec

from core.errors import InputError
from core.x12.guides import Guide, guides
from core.x12.guides.situations import SITUATIONS
from core.x12.report import Severity, X12Error
from core.x12.situation_notation import Situation
from core.x12.situations import loops_of, refuse_bad_rows
from core.x12.syntax import STANDARD, Delimiters

_CHARACTERS_MAX = 100_000
_LINE_MAX = 2_000

_LINE_BREAKS = {"none": "", "lf": "\n", "crlf": "\r\n"}
_POSITION = re.compile(r"\(at (line \d+, column \d+|end of document)\)")


class _Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    code: str
    loop: str
    at: str
    message: str
    when: str = ""
    need: str = ""
    transactions: tuple[str, ...] = ()
    severity: Severity = "error"

    def fits(self, loops: frozenset[str]) -> bool:
        """Whether a guide with these loops has those of the row."""
        return self.loop == "*" or loops.issuperset(self.loop.split("|"))


class Relaxation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What this partner lets pass: a finding's code, where wished only at a segment and element.

    ``severity`` is what becomes of an error: a warning, or nothing at all.
    """

    code: str
    segment: str = ""
    element: int = 0
    severity: Literal["warning", "none"] = "warning"

    def covers(self, error: X12Error) -> bool:
        """Whether the finding is one that passes."""
        return (
            self.code == error.code
            and self.segment in ("", error.segment_id)
            and self.element in (0, error.element)
        )


class _Marks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    element: str = ""
    component: str = ""
    repetition: str = ""
    segment: str = ""


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One partner. Empty or 0 means that he demands nothing there.

    ``dated`` is the day the facts were gathered, ``source`` from where. ``transactions`` are kinds
    as people say them (837P); of others only the envelope is judged.
    """

    name: str
    dated: date
    source: str
    transactions: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    usage: Literal["", "P", "T"] = ""
    claims_per_transaction: int = 0
    transactions_per_group: int = 0
    nine_digit_zip: bool = False
    line_breaks: Literal["", "none", "lf", "crlf"] = ""
    marks: _Marks = msgspec.field(default=_Marks(), name="delimiters")
    require: tuple[_Row, ...] = ()
    relax: tuple[Relaxation, ...] = ()

    @property
    def delimiters(self) -> Delimiters:
        """The separators to write with for this partner."""
        return Delimiters(
            element=self.marks.element or STANDARD.element,
            component=self.marks.component or STANDARD.component,
            repetition=self.marks.repetition or STANDARD.repetition,
            segment=self.marks.segment or STANDARD.segment,
            line_break=_LINE_BREAKS.get(self.line_breaks, ""),
        )

    def covers(self, kind: str) -> bool:
        """Whether transactions of this kind are judged by this profile."""
        return not self.transactions or kind in self.transactions

    def rows(self, guide: Guide) -> tuple[Situation, ...]:
        """The demands on the content of a transaction, as rows of situations."""
        kind, loops = guide.kind, loops_of(guide)
        if not self.covers(kind):
            return ()
        return tuple(
            Situation(
                code=row.code,
                loop=row.loop,
                at=row.at,
                when=row.when,
                need=row.need,
                message=row.message,
                severity=row.severity,
            )
            for row in self.require
            if (kind in row.transactions or not row.transactions)
            # A row for any transaction is for those that have its loops.
            and (row.transactions or self.transactions or row.fits(loops))
        ) + tuple(
            msgspec.structs.replace(row, code="nine-digit-zip", severity="error")
            for row in SITUATIONS.get(kind, ())
            if self.nine_digit_zip and row.code == "billing-zip"
        )

    def relaxed(self, error: X12Error) -> X12Error | None:
        """The finding as this partner sees it; None when he does not mind."""
        if self.nine_digit_zip and error.code == "billing-zip":
            return None  # told as a demand of the partner
        for relaxation in self.relax:
            if relaxation.covers(error):
                if relaxation.severity == "none":
                    return None
                return msgspec.structs.replace(error, severity="warning")
        return error

    def interchange_faults(self, usage: str, found: Delimiters) -> list[tuple[int, str, str]]:
        """(ISA element, code, message) for what the ISA and its separators do not fulfil."""
        faults = []
        if self.usage and usage != self.usage:
            word = "production" if self.usage == "P" else "test"
            faults.append((15, "partner-usage", f"this partner takes {word} files here"))
        wanted = (
            (0, self.marks.element, found.element, "element separator"),
            (11, self.marks.repetition, found.repetition, "repetition separator"),
            (16, self.marks.component, found.component, "component separator"),
            (0, self.marks.segment, found.segment, "segment terminator"),
        )
        for element, mark, used, name in wanted:
            if mark and mark != used:
                faults.append((element, "partner-delimiter", f"this partner's {name} is {mark}"))
        if self.line_breaks and _LINE_BREAKS[self.line_breaks] != found.line_break:
            message = f"this partner's line breaks are: {self.line_breaks}"
            faults.append((0, "partner-line-breaks", message))
        return faults

    def transaction_faults(
        self, kind: str, version: str, claims: int
    ) -> list[tuple[int, str, str]]:
        """(ST element, code, message) for what the transaction as a whole does not fulfil."""
        faults = []
        if self.transactions and kind not in self.transactions:
            message = f"this partner takes {', '.join(self.transactions)}"
            faults.append((1, "partner-transaction", message))
        elif self.versions and version not in self.versions:
            message = f"this partner takes {', '.join(self.versions)}"
            faults.append((3, "partner-version", message))
        if self.claims_per_transaction and claims > self.claims_per_transaction:
            message = f"this partner takes {self.claims_per_transaction} claims a transaction"
            faults.append((0, "partner-claims", message))
        return faults


def read_profile(text: str) -> Profile:
    """The profile of a TOML text; ``InputError`` says what is wrong and where."""
    # Before it is parsed: the parser takes the square of the time for one endless dotted name.
    if len(text) > _CHARACTERS_MAX or max(map(len, text.splitlines()), default=0) > _LINE_MAX:
        raise InputError("the profile, or a line of it, is longer than any profile needs to be")
    try:
        data = tomllib.loads(text)
    except (RecursionError, OverflowError):
        raise InputError("the profile is nested deeper than any profile needs to be") from None
    except ValueError as error:
        place = _POSITION.search(str(error))
        where = f": look at {place[1]}" if place else ""
        raise InputError(f"the profile is not written as TOML{where}") from None
    try:
        profile = msgspec.convert(data, Profile)
    except msgspec.ValidationError as error:
        raise InputError(f"the profile cannot be used: {error}") from None
    for number, row in enumerate(profile.require, 1):
        _refuse_bad_row(profile, number, row)
    try:
        assert profile.delimiters
    except InputError as error:
        raise InputError(f"the profile's delimiters cannot be used: {error.message}") from None
    return profile


def _refuse_bad_row(profile: Profile, number: int, row: _Row) -> None:
    kinds = row.transactions or profile.transactions
    place = f"require, entry {number} ({row.code})"
    chosen = [guide for guide in guides() if not kinds or guide.kind in kinds]
    if not chosen:
        raise InputError(f"{place}: there is no table for {', '.join(kinds)}")
    if not kinds and not any(row.fits(loops_of(guide)) for guide in chosen):
        raise InputError(f"{place}: no guide has a loop {row.loop}")
    for guide in chosen:
        single = msgspec.structs.replace(profile, require=(row,), nine_digit_zip=False)
        try:
            refuse_bad_rows(guide, single.rows(guide))
        except InputError as error:
            raise InputError(f"{place}: {error.message}") from None
