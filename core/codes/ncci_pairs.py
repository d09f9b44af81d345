"""NCCI procedure-to-procedure edits: reading the published files, and answering from them.

A release is columns of numbers. Of the two codes of an edit, the one that sorts first leads: its
edits stand together, each with the other code, which of the few sets of days and indicator it has,
and which of the two is column 1. So a question in whichever order is one look.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Hashable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from itertools import pairwise
from typing import cast

from core.codes.compact import numbers, numbers_to_bytes, pack, texts, texts_to_bytes, unpack
from core.codes.ncci_files import Headed, agreed_release, one_release, refuse_other_setting
from core.codes.published import (
    Kind,
    Loaded,
    Part,
    Reading,
    TableFileError,
    bad_procedure,
    is_procedure,
    published_day,
)
from core.codes.release import Timeline
from core.rules.tables import Edition, Pair

_COLUMNS = {
    "column 1": lambda text: text in ("column1", "column 1"),
    "column 2": lambda text: text in ("column2", "column 2"),
    "modifier": lambda text: text.startswith("modifier"),
    "effective": lambda text: text.startswith("effective"),
    "deletion": lambda text: text.startswith("deletion"),
}
_CODES_MAX = 1 << 16
_TERMS_MAX = 1 << 15
# A pair remembered takes some 250 bytes.
_ASKED_MAX = 100_000
_NO_DAY = "*"
# Deleted as of its first day: the edit never held (NCCI manual, chapter I).
_NEVER = "9"

# Indicator, first and last day (none: those of the release), whether the later code is column 1.
_Terms = tuple[str, date | None, date | None, bool]
_NOTHING: Mapping[str, tuple[_Terms, ...]] = {}


class _Collector:
    """The edits of a release while its parts are read."""

    def __init__(self) -> None:
        self.codes: dict[str, int] = {}
        self.terms: dict[tuple[str, str, str], int] = {}
        self.held: list[tuple[str, str, str]] = []
        self.firsts, self.seconds, self.kinds = array("H"), array("H"), array("H")
        self.rows = 0

    def read(self, headed: Headed) -> None:
        places = headed.places
        first, second, modifier = places["column 1"], places["column 2"], places["modifier"]
        effective, deletion = places.get("effective"), places.get("deletion")
        codes, terms = self.codes, self.terms
        for number, cells in headed.rows():
            try:
                one, two = codes[cells[first]], codes[cells[second]]
            except KeyError:
                one = self._code(headed, number, cells[first], "column 1")
                two = self._code(headed, number, cells[second], "column 2")
            days = (
                ("", "")
                if effective is None or deletion is None
                else (cells[effective], cells[deletion])
            )
            try:
                kind = terms[cells[modifier], days[0], days[1]]
            except KeyError:
                kind = self._terms(headed, number, (cells[modifier], *days))
            self.rows += 1
            if kind >= 0:
                self.firsts.append(one)
                self.seconds.append(two)
                self.kinds.append(kind)

    def _code(self, headed: Headed, number: int, cell: str, column: str) -> int:
        text = cell.strip()
        if not is_procedure(text):
            raise headed.fault(bad_procedure(text), number, column)
        place = self.codes.setdefault(text, len(self.codes))
        if place >= _CODES_MAX:
            raise headed.fault("there are more codes than CPT and HCPCS have", number, column)
        return place

    def _terms(self, headed: Headed, number: int, cells: tuple[str, str, str]) -> int:
        indicator, effective, deletion = (cell.strip() for cell in cells)
        if indicator not in ("0", "1", _NEVER):
            raise headed.fault("the modifier indicator is 0, 1 or 9", number, "modifier")
        if "effective" in headed.places:
            first = published_day(effective)
            if first is None:
                raise headed.fault("this is no day written CCYYMMDD", number, "effective date")
            last = None if deletion == _NO_DAY else published_day(deletion)
            if last is None and deletion != _NO_DAY:
                raise headed.fault(
                    "this is neither a day written CCYYMMDD nor *", number, "deletion date"
                )
            if last is not None and last < first:
                raise headed.fault("the edit ends before it begins", number, "deletion date")
        if indicator == _NEVER:
            return self.terms.setdefault(cells, -1)
        place = len(self.held)
        if place >= _TERMS_MAX:
            raise headed.fault("there are more days than quarters", number, "effective date")
        self.held.append((indicator, effective, deletion))
        return self.terms.setdefault(cells, place)


def read_pairs(setting: str, parts: Sequence[Part], given: str) -> Reading:
    """The compact form of the edits of one setting and quarter."""
    collector, releases, dated = _Collector(), [], set()
    for part in parts:
        headed = Headed(part, _COLUMNS, ("column 1", "column 2", "modifier"))
        refuse_other_setting(part, setting, headed.above)
        releases.append(agreed_release(part, given, headed.above))
        dated.add("effective" in headed.places and "deletion" in headed.places)
        if len(dated) > 1 or ("effective" in headed.places) != ("deletion" in headed.places):
            raise TableFileError(
                "effective and deletion date belong together, in every part", file=part.name
            )
        collector.read(headed)
    release, first, last = one_release(releases, parts[0])
    if not collector.firsts:
        raise TableFileError("there are no edits in it", file=parts[0].name)
    since = first
    if dated == {True}:
        since = min(first, *(_days(cells)[0] for cells in collector.held))
    return Reading(
        release=release,
        first=first,
        last=last,
        since=since,
        rows=collector.rows,
        data=_packed(collector, parts),
    )


def _packed(collector: _Collector, parts: Sequence[Part]) -> bytes:
    codes = sorted(collector.codes)
    rank = [0] * len(codes)
    for place, code in enumerate(codes):
        rank[collector.codes[code]] = place
    keys = []
    for one, two, kind in zip(collector.firsts, collector.seconds, collector.kinds, strict=True):
        first, second = rank[one], rank[two]
        keys.append(
            first << 32 | second << 16 | kind << 1
            if first <= second
            else second << 32 | first << 16 | kind << 1 | 1
        )
    keys.sort()
    _refuse_double(keys, codes, collector.held, parts)
    starts = array("I", bytes(4 * (len(codes) + 1)))
    for key in keys:
        starts[(key >> 32) + 1] += 1
    for place in range(len(codes)):
        starts[place + 1] += starts[place]
    return pack(
        {
            "codes": texts_to_bytes(codes),
            "terms": texts_to_bytes(["\t".join(one) for one in collector.held]),
            "starts": numbers_to_bytes(starts),
            "others": numbers_to_bytes(array("H", [key >> 16 & 0xFFFF for key in keys])),
            "kinds": numbers_to_bytes(array("H", [key & 0xFFFF for key in keys])),
        }
    )


def _refuse_double(
    keys: list[int], codes: list[str], held: list[tuple[str, str, str]], parts: Sequence[Part]
) -> None:
    """Two rows of a pair are one too many when some day is in both."""
    for before, key in pairwise(keys):
        if before >> 16 != key >> 16:
            continue
        pair = key >> 16
        start = bisect_left(keys, pair << 16)
        same = keys[start : bisect_left(keys, (pair + 1) << 16, start)]
        for column in (0, 1):
            days = sorted(_days(held[(one & 0xFFFF) >> 1]) for one in same if one & 1 == column)
            if any(one[1] >= following[0] for one, following in pairwise(days)):
                names = codes[pair >> 16], codes[pair & 0xFFFF]
                raise _double(names if column == 0 else names[::-1], parts)


def _double(names: tuple[str, str], parts: Sequence[Part]) -> TableFileError:
    seen = False
    for part in parts:
        headed = Headed(part, _COLUMNS, ("column 1", "column 2", "modifier"))
        first, second = headed.places["column 1"], headed.places["column 2"]
        modifier = headed.places["modifier"]
        for number, cells in headed.rows():
            if (cells[first].strip(), cells[second].strip()) == names and (
                cells[modifier].strip() != _NEVER
            ):
                if seen:
                    return headed.fault("this pair was there already", number, "column 1")
                seen = True
    return TableFileError("a pair is there twice", file=parts[0].name)


def _days(cells: tuple[str, ...]) -> tuple[date, date]:
    """First and last day of terms; without days of their own, all there are."""
    return (
        published_day(cells[1].strip()) or date.min,
        published_day(cells[2].strip()) or date.max,
    )


class _Release(dict[str, Mapping[str, tuple[_Terms, ...]]]):
    """The edits of one release by leading code, cut out of its bytes when first asked for."""

    def __init__(self, loaded: Loaded) -> None:
        super().__init__()
        self.release = loaded.release
        self._asked: dict[tuple[str, str], tuple[_Terms, ...]] = {}
        runs, _ = unpack(loaded.data)
        self.codes = texts(runs["codes"])
        self._places = {code: place for place, code in enumerate(self.codes)}
        self._starts = numbers(runs["starts"], "I")
        self._others = numbers(runs["others"], "H")
        self._kinds = numbers(runs["kinds"], "H")
        self._terms = [
            (_terms(text, is_turned),)
            for text in texts(runs["terms"])
            for is_turned in (False, True)
        ]

    def __missing__(self, code: str) -> Mapping[str, tuple[_Terms, ...]]:
        place = self._places.get(code)
        if place is None:
            return _NOTHING
        cut = slice(self._starts[place], self._starts[place + 1])
        codes, terms = self.codes, self._terms
        edits: dict[str, tuple[_Terms, ...]] = {}
        for other, kind in zip(self._others[cut].tolist(), self._kinds[cut].tolist(), strict=True):
            name = codes[other]
            edits[name] = edits[name] + terms[kind] if name in edits else terms[kind]
        self[self.codes[place]] = edits
        return edits

    def looked_up(self, pairs: Sequence[tuple[str, str]]) -> list[tuple[_Terms, ...]]:
        """The terms of each pair, none for no edit; what visits ask again is remembered."""
        asked = self._asked
        found = list(map(asked.get, pairs))
        if None not in found:
            return cast(list[tuple[_Terms, ...]], found)
        unknown = [pair for pair, terms in zip(pairs, found, strict=True) if terms is None]
        looked = [
            self[one].get(other, ()) if one <= other else self[other].get(one, ())
            for one, other in unknown
        ]
        if len(asked) + len(unknown) > _ASKED_MAX:
            asked.clear()
        asked.update(zip(unknown[:_ASKED_MAX], looked, strict=False))
        fresh = iter(looked)
        return [next(fresh) if terms is None else terms for terms in found]


def _terms(text: str, is_turned: bool) -> _Terms:
    indicator, effective, deletion = text.split("\t")
    return indicator, published_day(effective), published_day(deletion), is_turned


class PublishedPairs:
    """The edits of the releases in force, answered by date of service (``PairTable``)."""

    def __init__(self, title: str, releases: Sequence[Loaded]) -> None:
        self._title = title
        self._timeline = Timeline(
            [(one.first, one.last, one.since, _Release(one)) for one in releases]
        )

    def pair(self, one: str, other: str, day: date) -> Pair | None:
        """The edit in force on ``day`` between two codes, in whichever order they are given."""
        release = self._timeline[day]
        if release is None:
            return None
        if other < one:
            one, other = other, one
        found = release[one].get(other)
        return None if found is None else self._in_force(release, one, other, found, day)

    def indicators(self, pairs: Sequence[tuple[str, str]], day: date) -> list[str | None]:
        """The modifier indicator of the edit between the two codes of each pair; None: no edit.

        For very many questions at once: what ``pair`` says of those that have an edit comes later.
        """
        release = self._timeline[day]
        if release is None:
            return [None for _ in pairs]
        found = release.looked_up(pairs)
        # Terms are shared by all edits that have them, so the day is compared once for each.
        distinct = {id(terms): terms for terms in found}
        known = {key: _indicator(terms, day) for key, terms in distinct.items()}
        return [known[id(terms)] for terms in found]

    def release(self, day: date) -> str | None:
        """The release that answers for ``day``; None: none does, so there is no opinion."""
        release = self._timeline[day]
        return None if release is None else release.release

    def _in_force(
        self, release: _Release, one: str, other: str, found: tuple[_Terms, ...], day: date
    ) -> Pair | None:
        held = _holding(found, day)
        if held is None:
            return None
        indicator, first, _, is_turned = held
        column1, column2 = (other, one) if is_turned else (one, other)
        row = f"{column1}/{column2} indicator {indicator}"
        if first is not None:
            row += f" from {first.isoformat()}"
        return Pair(
            column1=column1,
            column2=column2,
            indicator=indicator,
            edition=Edition(table=self._title, release=release.release, row=row),
        )


def _holding(found: tuple[_Terms, ...], day: date) -> _Terms | None:
    """Which of the terms of two codes holds on ``day``."""
    for terms in found:
        if (terms[1] is None or terms[1] <= day) and (terms[2] is None or day <= terms[2]):
            return terms
    return None


def _indicator(found: tuple[_Terms, ...], day: date) -> str | None:
    held = _holding(found, day)
    return None if held is None else held[0]


def _rows(loaded: Loaded) -> Iterator[tuple[str, Mapping[str, Hashable]]]:
    """The edits in force on some day of the release's own quarter."""
    release, first = _Release(loaded), loaded.first
    for code in release.codes:
        edits = {
            other: held
            for other, rows in release[code].items()
            if (held := tuple(one for one in rows if one[2] is None or one[2] >= first))
        }
        if edits:
            yield code, edits
        release.clear()


def _kind(setting: str, field: str) -> Kind:
    title = f"NCCI PTP {setting}"
    return Kind(
        name=f"ncci-ptp-{setting}",
        title=title,
        read=partial(read_pairs, setting),
        open=partial(PublishedPairs, title),
        rows=_rows,
        fills={field: lambda table: table},
        pairs=True,
    )


KINDS = (_kind("practitioner", "ptp_practitioner"), _kind("outpatient", "ptp_outpatient"))
