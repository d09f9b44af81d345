"""NCCI medically unlikely edits (MUE): reading the published files, and answering from them."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial

from core.codes.compact import pack, texts, texts_to_bytes, unpack
from core.codes.ncci_files import Headed, agreed_release, one_release, refuse_other_setting
from core.codes.published import (
    Kind,
    Loaded,
    Part,
    Reading,
    TableFileError,
    bad_procedure,
    is_procedure,
)
from core.codes.release import Timeline
from core.rules.tables import Edition, UnitLimit

_COLUMNS = {
    "code": lambda text: text in ("hcpcs code", "hcpcs cpt code"),
    "units": lambda text: text == "mue units" or text.endswith(("mue values", "mue value")),
    "indicator": lambda text: text in ("mue mai", "mue adjudication indicator"),
    "rationale": lambda text: text == "mue rationale",
}
_NEEDED = ("code", "units", "indicator")
_UNITS = re.compile(r"\d{1,6}", re.ASCII).fullmatch
# The published indicator has words after its number.
_INDICATOR = re.compile(r"([123])(?: .*)?", re.ASCII).fullmatch


def read_units(setting: str, parts: Sequence[Part], given: str) -> Reading:
    """The compact form of the limits of one setting and quarter."""
    limits: dict[str, str] = {}
    releases = []
    for part in parts:
        headed = Headed(part, _COLUMNS, _NEEDED)
        refuse_other_setting(part, setting, (*headed.above, " ".join(headed.headings)))
        releases.append(agreed_release(part, given, headed.above))
        code_at, units_at, indicator_at = (headed.places[name] for name in _NEEDED)
        why_at = headed.places.get("rationale")
        for number, cells in headed.rows():
            code, units = cells[code_at].strip(), cells[units_at].strip()
            indicator = _INDICATOR(cells[indicator_at].strip())
            if not is_procedure(code):
                raise headed.fault(bad_procedure(code), number, "code")
            if code in limits:
                raise headed.fault("this code was there already", number, "code")
            if not _UNITS(units):
                raise headed.fault("this is no whole number of units", number, "units")
            if indicator is None:
                raise headed.fault("the indicator is 1, 2 or 3", number, "indicator")
            why = "" if why_at is None else " ".join(cells[why_at].split())
            limits[code] = f"{code}\t{int(units)}\t{indicator[1]}\t{why}"
    release, first, last = one_release(releases, parts[0])
    if not limits:
        raise TableFileError("there are no limits in it", file=parts[0].name)
    return Reading(
        release=release,
        first=first,
        last=last,
        since=first,
        rows=len(limits),
        data=pack({"limits": texts_to_bytes([limits[code] for code in sorted(limits)])}),
    )


class PublishedUnits:
    """The limits of the releases in force, answered by date of service (``UnitLimitTable``)."""

    def __init__(self, title: str, releases: Sequence[Loaded]) -> None:
        self._title = title
        self._timeline = Timeline(
            [(one.first, one.last, one.since, (one.release, _limits(one))) for one in releases]
        )

    def limit(self, code: str, day: date) -> UnitLimit | None:
        """The limit of ``code`` on ``day``."""
        known = self._timeline.at(day)
        found = None if known is None else known[1].get(code)
        if known is None or found is None:
            return None
        units, indicator, why = found
        row = f"{code} limit {units} MAI {indicator}"
        return UnitLimit(
            units=units,
            mai=indicator,
            edition=Edition(
                table=self._title, release=known[0], row=f"{row} ({why})" if why else row
            ),
        )

    def release(self, day: date) -> str | None:
        """The release that answers for ``day``; None: none does, so there is no opinion."""
        known = self._timeline.at(day)
        return None if known is None else known[0]


_Limit = tuple[int, int, str]


def _limits(loaded: Loaded) -> dict[str, _Limit]:
    reasons: dict[str, str] = {}
    limits = {}
    for line in texts(unpack(loaded.data)[0]["limits"]):
        code, units, indicator, why = line.split("\t")
        limits[code] = int(units), int(indicator), reasons.setdefault(why, why)
    return limits


def _rows(loaded: Loaded) -> Iterator[tuple[str, Mapping[str, Hashable]]]:
    for code, (units, indicator, _) in _limits(loaded).items():
        yield code, {"": (units, indicator)}


def _kind(setting: str) -> Kind:
    title = f"NCCI MUE {setting}"
    return Kind(
        name=f"mue-{setting}",
        title=title,
        read=partial(read_units, setting),
        open=partial(PublishedUnits, title),
        rows=_rows,
        fills={f"mue_{setting}": lambda table: table},
    )


KINDS = (_kind("practitioner"), _kind("outpatient"), _kind("dme"))
