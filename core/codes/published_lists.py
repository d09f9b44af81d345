"""Lists of codes as their owners publish them: places of service, modifiers, reasons, remarks.

What they share: one code a row under a heading, perhaps with the days it may be used and words for
it. A list that has such days answers for the days before its release too. Lists of a licence (CPT,
CDT) are the customer's own file; of them the codes and days are kept, and no description.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property, partial

import msgspec

from core.codes.compact import pack, texts, texts_to_bytes, unpack
from core.codes.ncci_files import Headed, one_release
from core.codes.published import Kind, Loaded, Part, Reading, TableFileError, published_day
from core.codes.release import Timeline, days_of
from core.errors import InputError

_YEAR = re.compile(r"(?<!\d)(20[0-4]\d)(?!\d)", re.ASCII)
_NUCC = re.compile(r"taxonomy\D*?(\d\d)[._]?([01])(?!\d)", re.IGNORECASE | re.ASCII)
_MONTH_FIRST = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII).fullmatch
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[ T].*)?", re.ASCII).fullmatch
_FIRST = ("start", "start date", "date added", "effective date", "effective", "add date")
_LAST = ("stop", "stop date", "end date", "date term", "deactivation date", "termination date")


class ListForm(msgspec.Struct, frozen=True, kw_only=True):
    """How a list is written: the headings of its columns (``plain``) and the form of a code.

    ``only``: in a file of several lists, the column that names the list, and its name there.
    ``unused``: the words of a number that means nothing yet. ``repeats``: a code may stand in
    several groups of the list, each time meaning the same.
    """

    name: str
    title: str
    code: tuple[str, ...]
    shape: str
    form: str
    words: tuple[str, ...] = ()
    only: Mapping[str, str] = {}
    digits: int = 0
    unused: str = ""
    repeats: bool = False


class ListRow(msgspec.Struct, frozen=True, kw_only=True):
    """A code on a list: the days it may be used (None: open), its words, the release."""

    code: str
    first: date | None
    last: date | None
    words: str
    release: str

    def is_good_on(self, day: date) -> bool:
        """Whether it may be used on ``day``."""
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


def list_release(part: Part, given: str) -> str:
    """The stamp of a list: given beside it, or in the name of its file."""
    if given:
        try:
            days_of(given)
        except InputError as error:
            raise TableFileError(error.message, file=part.name) from None
        return given
    if found := _NUCC.search(part.name):
        return f"20{found[1]}-{'07' if found[2] == '1' else '01'}-01"
    if found := _YEAR.search(part.name):
        return found[1]
    raise TableFileError(
        "its name does not say which release it is; say it with --release, for example "
        "--release 2026 or --release 2026-07-01",
        file=part.name,
    )


def read_list(
    form: ListForm, parts: Sequence[Part], given: str, described: Mapping[str, str] = {}
) -> Reading:
    """The compact form of one release of a list; ``described``: words that came beside it."""
    rows: dict[str, str] = {}
    firsts: list[str] = []
    for part in parts:
        for number, code, first, last, words, headed in _rows_of(form, part):
            if code in rows and not form.repeats:
                raise headed.fault("this code was there already", number, "code")
            if not rows.get(code, "").rpartition("\t")[2]:
                rows[code] = f"{code}\t{first}\t{last}\t{words or described.get(code, '')}"
            firsts += [first] if first else []
    if not rows:
        raise TableFileError(f"there is no code of {form.title} in it", file=parts[0].name)
    return reading_of(rows, [list_release(part, given) for part in parts], parts[0], firsts)


def reading_of(
    rows: Mapping[str, str], releases: Sequence[str], part: Part, firsts: Sequence[str] = ()
) -> Reading:
    """What became of a list: ``rows`` by code, with the days some have (ISO)."""
    release, first, last = one_release(releases, part)
    return Reading(
        release=release,
        first=first,
        last=last,
        since=min([first, *map(date.fromisoformat, firsts)]),
        rows=len(rows),
        data=pack({"rows": texts_to_bytes([rows[code] for code in sorted(rows)])}),
    )


def _rows_of(form: ListForm, part: Part) -> Iterator[tuple[int, str, str, str, str, Headed]]:
    columns: dict[str, Callable[[str], bool]] = {
        "code": form.code.__contains__,
        "first": _FIRST.__contains__,
        "last": _LAST.__contains__,
        "words": form.words.__contains__,
        "list": form.only.__contains__,
    }
    headed = Headed(part, columns, ("code",))
    places = headed.places
    is_code = re.compile(form.shape, re.ASCII).fullmatch
    for number, cells in headed.rows():
        if "list" in places:
            wanted = form.only[headed.headings[places["list"]]]
            if cells[places["list"]].strip() != wanted:
                continue
        words = " ".join(cells[places["words"]].split()) if "words" in places else ""
        if form.unused and words.lower() == form.unused:
            continue
        code = cells[places["code"]].strip()
        if not is_code(code):
            raise headed.fault(_bad_code(form, code), number, "code")
        first, last = (_day(headed, number, cells, name) for name in ("first", "last"))
        if first and last and last < first:
            raise headed.fault("the code ends before it begins", number, "last")
        yield number, code, first, last, words, headed


def _bad_code(form: ListForm, code: str) -> str:
    if not code:
        return "there is no code"
    if form.digits and code.isdecimal() and len(code) < form.digits:
        return (
            "the code has lost its leading zeros (a spreadsheet took it for a number); "
            "load the file as it was published"
        )
    return f"this is no code of {form.title}: {form.form}"


def _day(headed: Headed, number: int, cells: list[str], column: str) -> str:
    """The day in a cell (ISO); empty when it has none."""
    place = headed.places.get(column)
    text = "" if place is None else cells[place].strip()
    if not text:
        return ""
    if found := _MONTH_FIRST(text):
        text = f"{found[3]}{int(found[1]):02d}{int(found[2]):02d}"
    elif found := _ISO(text):
        text = f"{found[1]}{found[2]}{found[3]}"
    day = published_day(text)
    if day is None:
        raise headed.fault("there is no such day", number, column)
    return day.isoformat()


class _Release:
    def __init__(self, loaded: Loaded) -> None:
        self.release, self.first, self.last = loaded.release, loaded.first, loaded.last
        self._loaded = loaded

    @cached_property
    def rows(self) -> dict[str, ListRow]:
        return {row.code: row for row in list_rows(self._loaded)}


class PublishedList:
    """The releases of a list in force, answered by day (``CodeSet``, ``WordTable``)."""

    def __init__(self, title: str, releases: Sequence[Loaded]) -> None:
        self.title = title
        held = [(one.first, one.last, one.since, _Release(one)) for one in releases]
        self._timeline = Timeline(held)
        self.days = sorted({day for one in held for day in one[:3]})

    def row(self, code: str, day: date) -> ListRow | None:
        """The row of ``code`` in the release that answers for ``day``, whatever its own days."""
        known = self._timeline.at(day)
        return None if known is None else known.rows.get(code)

    def holds(self, code: str, day: date) -> bool:
        """Whether ``code`` may be used on ``day``."""
        row = self.row(code, day)
        return row is not None and row.is_good_on(day)

    def word(self, code: str, day: date) -> str | None:
        """The words of ``code``; None when it may not be used on ``day``."""
        row = self.row(code, day)
        return row.words if row is not None and row.is_good_on(day) else None

    def release(self, day: date) -> str | None:
        """The release that answers for ``day``; None: none does, so there is no opinion."""
        known = self._timeline.at(day)
        return None if known is None else known.release

    def ever(self, code: str) -> bool:
        """Whether a release in force has ``code``, whatever its days."""
        return any(self.row(code, day) is not None for day in self.days)

    def turns(self) -> set[date]:
        """The days on which an answer may change: of the releases, and of their rows."""
        found = set(self.days)
        for day in self.days:
            known = self._timeline.at(day)
            for row in known.rows.values() if known else ():
                found |= {one for one in (row.first, row.last) if one is not None}
        return found


def list_rows(loaded: Loaded) -> Iterator[ListRow]:
    """The rows of one release, by code in rising order."""
    for line in texts(unpack(loaded.data)[0]["rows"]):
        code, first, last, words = line.split("\t")
        yield ListRow(
            code=code,
            first=date.fromisoformat(first) if first else None,
            last=date.fromisoformat(last) if last else None,
            words=words,
            release=loaded.release,
        )


def compared_rows(loaded: Loaded) -> Iterator[tuple[str, Mapping[str, Hashable]]]:
    """The rows of one release as two releases are compared."""
    for row in list_rows(loaded):
        yield row.code, {"": (row.words, row.first, row.last)}


_FORMS = (
    ListForm(
        name="cpt",
        title="CPT",
        code=("cpt code", "cpt", "code"),
        shape=r"\d{4}[0-9AFMTU]",
        form="four digits and a digit or A, F, M, T, U",
        digits=5,
    ),
    ListForm(
        name="cdt",
        title="CDT",
        code=("cdt code", "cdt", "code", "procedure code"),
        shape=r"D\d{4}",
        form="D and four digits",
    ),
    ListForm(
        name="modifiers",
        title="procedure modifiers",
        code=("modifier", "modifier code", "code"),
        shape=r"[0-9A-Z]{2}",
        form="two digits or capitals",
        words=("hcpcs description", "description"),
        digits=2,
        repeats=True,
    ),
    ListForm(
        name="pos",
        title="places of service",
        code=("pos code", "place of service code", "place of service code s", "code"),
        shape=r"\d{2}",
        form="two digits",
        words=("pos name", "place of service name", "name"),
        only={"codeset": "pos"},
        digits=2,
        unused="unassigned",
    ),
    ListForm(
        name="taxonomy",
        title="provider taxonomy",
        code=("code",),
        shape=r"[0-9A-Z]{9}X",
        form="nine digits or capitals and X",
        words=("display name",),
    ),
    ListForm(
        name="carc",
        title="claim adjustment reasons",
        code=("code", "carc", "reason code"),
        shape=r"[A-Z]?\d{1,3}",
        form="up to three digits, perhaps behind a letter",
        words=("description",),
        only={"type": "CARC"},
    ),
    ListForm(
        name="rarc",
        title="remittance remarks",
        code=("code", "rarc", "remark code"),
        shape=r"(?:M|MA|N)\d{1,3}",
        form="M, MA or N and up to three digits",
        words=("description",),
        only={"type": "RARC", "codeset": "remark_code"},
    ),
    ListForm(
        name="claim-status",
        title="claim status codes",
        code=("code", "claim status code"),
        shape=r"\d{1,4}",
        form="up to four digits",
        words=("description",),
        only={"codeset": "claim_status"},
    ),
)
_MONTHS = {"cpt": 12, "cdt": 12, "taxonomy": 6, "carc": 4, "rarc": 4, "claim-status": 4}


KINDS = tuple(
    Kind(
        name=form.name,
        title=form.title,
        read=partial(read_list, form),
        open=partial(PublishedList, form.title),
        rows=compared_rows,
        months=_MONTHS.get(form.name, 12),
        suffixes=("csv", "tsv", "txt", "xlsx"),
    )
    for form in _FORMS
)
