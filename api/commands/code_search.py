"""``claimwright codes lookup`` and ``codes search``: what a code is, and which code is meant."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from api.commands.output import DONE, PROBLEMS, json_line, line, problem
from api.settings import read
from core.dates import parse_day
from core.errors import InputError, SetupError

if TYPE_CHECKING:
    from api.tables.opened import PublishedTables


def add(codes: Any) -> None:
    """The two commands, below ``codes``."""
    lookup = codes.add_parser("lookup", help="what a code is on a day, in every list that has it")
    lookup.add_argument("code", metavar="CODE", help="with or without its point")
    lookup.add_argument("--on", type=_day, metavar="DATE", help="date of service (default: today)")
    lookup.add_argument("--json", action="store_true", help="one JSON object a list")
    lookup.set_defaults(run=run_lookup)
    search = codes.add_parser(
        "search", help="find diagnoses by code, by words, or by what people call them"
    )
    search.add_argument("words", nargs="+", metavar="WORDS")
    search.add_argument("--on", type=_day, metavar="DATE", help="date of service (default: today)")
    search.add_argument(
        "--billable", action="store_true", help="only codes that may stand on a claim"
    )
    search.add_argument("--limit", type=int, default=20, metavar="N", help="at most N (default 20)")
    search.add_argument("--json", action="store_true", help="one JSON object a code")
    search.set_defaults(run=run_search)


def _day(text: str) -> date:
    try:
        return parse_day(text)
    except InputError as error:
        raise argparse.ArgumentTypeError(error.message) from None


def run_lookup(given: argparse.Namespace) -> int:
    from api.tables.opened import published_tables

    day = given.on or datetime.now(ZoneInfo(read().time_zone)).date()
    found = list(_looked_up(published_tables(read().home), given.code, day))
    for one in found:
        if given.json:
            json_line(one)
        else:
            line(_said(one))
    if not found:
        problem(f"no list that is in force on {day.isoformat()} has this code")
        return PROBLEMS
    return DONE


def _looked_up(tables: PublishedTables, code: str, day: date) -> Iterator[dict[str, object]]:
    from api.tables.kinds import kinds
    from core.codes.diagnoses import Diagnosis, with_point, without_point
    from core.codes.published_lists import PublishedList

    book = tables.table("icd10cm")
    plain = without_point(code)
    standing = None if book is None else book.standing(plain, day)
    if book is not None and standing not in (None, Diagnosis.ABSENT):
        first, last = book.years.valid(plain)
        yield {
            "table": "icd10cm",
            "code": with_point(plain),
            "valid": True,
            "billable": standing is Diagnosis.BILLABLE,
            "description": book.words(plain, day),
            "first": first,
            "last": last,
            "release": book.release(day),
        }
    for name in kinds():
        table = tables.table(name)
        row = table.row(code.strip().upper(), day) if isinstance(table, PublishedList) else None
        if row is not None:
            yield {
                "table": name,
                "code": row.code,
                "valid": row.is_good_on(day),
                "description": row.words,
                "first": row.first,
                "last": row.last,
                "release": row.release,
            }


def _said(one: dict[str, object]) -> str:
    marks = [str(one["table"]), str(one["release"])]
    if not one["valid"]:
        marks.append("not valid on that day")
    if one.get("billable") is False:
        marks.append("a heading: use a longer code")
    days = [
        f"{word} {one[name]}" for word, name in (("from", "first"), ("to", "last")) if one[name]
    ]
    return f"{one['code']}  {one['description']}  ({'; '.join([*marks, *days])})"


def run_search(given: argparse.Namespace) -> int:
    from api.tables.opened import published_tables
    from core.codes.diagnoses import with_point

    if given.limit < 1:
        raise InputError("--limit is a whole number from 1")
    search = published_tables(read().home).diagnosis_search()
    if search is None:
        raise SetupError("the package simple-icd-10-cm is not installed; install claimwright again")
    day = given.on or datetime.now(ZoneInfo(read().time_zone)).date()
    found = search.find(" ".join(given.words), day, limit=given.limit, billable_only=given.billable)
    for one in found:
        if given.json:
            json_line(
                {
                    "code": with_point(one.code),
                    "billable": one.is_billable,
                    "description": one.words,
                    "by": one.by,
                }
            )
        else:
            mark = "  " if one.is_billable is not False else "- "
            by = f"  [{one.by}]" if one.by else ""
            line(f"{mark}{with_point(one.code):<9}{one.words}{by}")
    if not found:
        problem("nothing like it was found; try fewer or other words")
        return PROBLEMS
    return DONE
