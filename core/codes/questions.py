"""Questions about the loaded tables, as JSON lines, and their answers.

One class a table that can be asked; ``tables`` gives what answers for a kind, None where nothing
of it is loaded. Outside what is loaded, every answer is null: no opinion.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Literal

import msgspec

from core.codes.diagnoses import Diagnosis, without_point

# What answers for a kind of table.
Tables = Callable[[str], Any]


class Question(msgspec.Struct, frozen=True, kw_only=True, tag_field="table"):
    """What every question has: an id that is given back unchanged, and the day of service."""

    id: str | int
    on: date

    def answer(self, tables: Tables) -> msgspec.Struct:
        """The answer, from what is loaded."""
        raise NotImplementedError


class PairAnswer(msgspec.Struct, frozen=True):
    """Whether two codes make an edit, and which; nulls without a release that speaks."""

    id: str | int
    edit: bool | None
    column1: str | None
    column2: str | None
    modifier_indicator: str | None
    release: str | None


class PairQuestion(Question, frozen=True, kw_only=True, tag="ncci_ptp"):
    """Is there an NCCI edit between ``a`` and ``b``, in either order?"""

    a: str
    b: str
    setting: Literal["practitioner", "outpatient"] = "practitioner"

    def answer(self, tables: Tables) -> PairAnswer:
        """The edit in force that day."""
        table = tables(f"ncci-ptp-{self.setting}")
        release = None if table is None else table.release(self.on)
        if release is None:
            return PairAnswer(self.id, None, None, None, None, None)
        pair = table.pair(self.a, self.b, self.on)
        if pair is None:
            return PairAnswer(self.id, False, None, None, None, release)
        return PairAnswer(self.id, True, pair.column1, pair.column2, pair.indicator, release)


class LimitAnswer(msgspec.Struct, frozen=True):
    """The units limit of a code, and how it is judged; nulls where there is none."""

    id: str | int
    value: int | None
    mai: int | None
    release: str | None


class LimitQuestion(Question, frozen=True, kw_only=True, tag="mue"):
    """How many units of ``code`` are likely in one day?"""

    code: str
    setting: Literal["practitioner", "outpatient", "dme"] = "practitioner"

    def answer(self, tables: Tables) -> LimitAnswer:
        """The limit in force that day."""
        table = tables(f"mue-{self.setting}")
        release = None if table is None else table.release(self.on)
        limit = None if release is None else table.limit(self.code, self.on)
        if limit is None:
            return LimitAnswer(self.id, None, None, release)
        return LimitAnswer(self.id, limit.units, limit.mai, release)


class DiagnosisAnswer(msgspec.Struct, frozen=True):
    """Whether a diagnosis code is listed, and may stand on a claim; nulls without an opinion."""

    id: str | int
    valid: bool | None
    billable: bool | None
    description: str | None
    release: str | None


class DiagnosisQuestion(Question, frozen=True, kw_only=True, tag="icd10cm"):
    """Is ``code`` (with or without its point) one of ICD-10-CM, and may a claim carry it?"""

    code: str

    def answer(self, tables: Tables) -> DiagnosisAnswer:
        """What the list of that day says."""
        book = tables("icd10cm")
        code = without_point(self.code)
        standing = None if book is None else book.standing(code, self.on)
        if standing is None:
            return DiagnosisAnswer(self.id, None, None, None, None)
        is_there = standing is not Diagnosis.ABSENT
        return DiagnosisAnswer(
            self.id,
            is_there,
            standing is Diagnosis.BILLABLE,
            (book.words(code, self.on) or None) if is_there else None,
            book.release(self.on),
        )


# Every table that can be asked; a further one is a class above and a word here.
ASKABLE = PairQuestion | LimitQuestion | DiagnosisQuestion

_TABLES = ", ".join(str(one.__struct_config__.tag) for one in ASKABLE.__args__)
_DECODER = msgspec.json.Decoder(ASKABLE)
_ENCODER = msgspec.json.Encoder()


class _Refused(msgspec.Struct, frozen=True):
    id: str | int | None
    error: str


def answer_line(line: bytes, tables: Tables) -> bytes:
    """The answer to one line, as one line without its end; a bad line gets an ``error``."""
    try:
        return _ENCODER.encode(_DECODER.decode(line).answer(tables))
    except msgspec.DecodeError as fault:
        return _ENCODER.encode(_refused(line, str(fault)))


def _refused(line: bytes, fault: str) -> _Refused:
    try:
        given = msgspec.json.decode(line)
    except msgspec.DecodeError:
        return _Refused(None, "this line is no JSON")
    if not isinstance(given, dict):
        return _Refused(None, "this line is no JSON object")
    number = given.get("id")
    if isinstance(number, bool) or not isinstance(number, str | int):
        return _Refused(None, "id is a text or a whole number")
    if "`$.table`" in fault or "`table`" in fault:
        return _Refused(number, f"table is one of {_TABLES}")
    return _Refused(number, fault)
