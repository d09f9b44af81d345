"""``policy``: what payers ask for, with the document that says so."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from api.commands.output import DONE, PROBLEMS, json_line, line, table
from core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.rules.policy_library import Standing


def add(commands: Any) -> None:
    """The command ``policy``."""
    policy = commands.add_parser("policy", help="what payers ask for").add_subparsers(
        required=True, metavar="ACTION"
    )
    listing = _action(policy, "list", "the library, with the days each entry holds", run_list)
    listing.add_argument("--knob", default="", help="only this one")
    listing.add_argument("--payer", default="", help="only this payer id")
    listing.add_argument("--all", action="store_true", help="also what was followed or ended")
    _action(policy, "stale", "entries that are expired, or due to be looked at", run_stale)
    new = _action(policy, "set", "enter what a payer asks for", run_set)
    new.add_argument("knob", help="docs/knobs.md lists them")
    new.add_argument("value", help="yes, a number, a word, codes with spaces")
    for name, help_text in (
        ("document", "what says so: a manual, a bulletin, a contract"),
        ("page", "where in it"),
        ("payer", "payer id; none: any payer"),
        ("plan", "a plan of the payer"),
        ("payer-kind", "medicare, commercial and so on; none: any"),
        ("state", "two letters; none: any"),
        ("from", "the first day it holds"),
        ("until", "the last day it holds"),
        ("review-by", "the day by which somebody looks at it again"),
    ):
        new.add_argument(f"--{name}", default="", required=name == "document", help=help_text)
    end = _action(policy, "end", "end an entry from a day on", run_end)
    end.add_argument("id", help="as list shows it")
    end.add_argument("--from", required=True, help="from this day on the payer has said nothing")
    end.add_argument("--document", required=True, help="what says so")
    load = _action(policy, "load", "enter all of a csv or JSON file, or nothing", run_load)
    load.add_argument("file", type=Path, metavar="FILE")


def _action(parent: Any, name: str, help_text: str, run: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = parent.add_parser(name, help=help_text)
    parser.add_argument("--practice", default="", help="for this practice alone; none: for all")
    parser.add_argument("--json", action="store_true", help="JSON instead of words")
    parser.set_defaults(run=run)
    return parser


def _standings(given: argparse.Namespace) -> tuple[Standing, ...]:
    from api.bootstrap import runtime
    from core.rules.policy_library import standings
    from tenants.session import deployment_transaction, tenant_transaction
    from tenants.store.policies import library

    with runtime() as running:
        today = running.clock().date()
        at = (
            tenant_transaction(running.engine, running.practice(given.practice).tenant_id)
            if given.practice
            else deployment_transaction(running.engine)
        )
        with at as connection:
            return standings(library(connection), today)


def _print(given: argparse.Namespace, found: list[Standing]) -> None:
    from core.rules.knobs import said_knob

    if given.json:
        for one in found:
            json_line(one)
        return
    table(
        ("ID", "WHOSE", "KNOB", "VALUE", "FOR", "FROM", "UNTIL", "DOCUMENT", "LOOK AT"),
        [
            (
                one.entry.id,
                "all" if one.entry.layer == "payer" else "practice",
                one.entry.knob,
                said_knob(one.entry.value)[:40] or "ended",
                " ".join(
                    filter(
                        None,
                        (
                            one.entry.payer_kind,
                            one.entry.payer_id,
                            one.entry.plan,
                            one.entry.state,
                        ),
                    )
                )
                or "any payer",
                (one.window and one.window.first) or "",
                (one.window and one.window.last) or "",
                one.entry.source,
                ", ".join(one.stale),
            )
            for one in found
        ],
    )


def run_list(given: argparse.Namespace) -> int:
    """The library."""
    found = [
        one
        for one in _standings(given)
        if given.knob in ("", one.entry.knob)
        and given.payer.upper() in ("", one.entry.payer_id)
        and (given.all or (one.superseded_by is None and one.entry.value is not None))
    ]
    _print(given, found)
    return DONE


def run_stale(given: argparse.Namespace) -> int:
    """What wants looking at; status 1 where there is something."""
    found = [one for one in _standings(given) if one.stale]
    if found or given.json:
        _print(given, found)
    else:
        line("nothing is stale")
    return PROBLEMS if found else DONE


def _change(given: argparse.Namespace, kind: str, act: Callable[[Any], list[UUID]]) -> int:
    """Change the library of a practice or of all, in one transaction with its event."""
    from api.bootstrap import runtime
    from api.policies import changing
    from api.practices import COMMAND

    with runtime() as running:
        practice = running.practice(given.practice) if given.practice else None
        with changing(running, practice, COMMAND, kind) as work:
            ids = act(work.connection)
            work.changed(ids)
    for one in ids:
        if given.json:
            json_line({"id": str(one)})
    if not given.json:
        line(f"{len(ids)} entered" if kind == "policy.entered" else "ended")
    return DONE


def run_set(given: argparse.Namespace) -> int:
    """Enter one policy."""
    from api.policies import enter_policies
    from core.rules.policy_file import read_policies
    from core.usecases.masters import knob_value
    from tenants.ids import new_id

    row = {
        "knob": given.knob,
        "value": given.value,
        "document": given.document,
        "page": given.page,
        "payer": given.payer,
        "plan": given.plan,
        "payer_kind": given.payer_kind,
        "state": given.state,
        "first_day": getattr(given, "from"),
        "last_day": given.until,
        "review_by": given.review_by,
    }
    [entry] = read_policies([(1, row)], layer=_layer(given), read_value=knob_value, new_id=new_id)

    def act(connection: Any) -> list[UUID]:
        enter_policies(connection, [entry])
        return [entry.id]

    return _change(given, "policy.entered", act)


def run_load(given: argparse.Namespace) -> int:
    """Enter a file, whole or not at all."""
    from api.commands.files import read_file
    from api.policies import enter_policies
    from core.rules.policy_file import read_policies, rows_of
    from core.usecases.masters import knob_value
    from tenants.ids import new_id

    try:
        text = read_file(given.file).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("the file is not UTF-8 text") from None
    rows = rows_of(text, as_json=given.file.suffix.lower() == ".json")
    entries = read_policies(rows, layer=_layer(given), read_value=knob_value, new_id=new_id)

    def act(connection: Any) -> list[UUID]:
        enter_policies(connection, entries)
        return [one.id for one in entries]

    return _change(given, "policy.entered", act)


def run_end(given: argparse.Namespace) -> int:
    """End one entry."""
    from api.policies import end_policy
    from core.dates import parse_day
    from tenants.ids import new_id

    try:
        policy_id = UUID(given.id)
    except ValueError:
        raise InputError("an id is what list shows in its first column") from None
    day = parse_day(getattr(given, "from"))

    def act(connection: Any) -> list[UUID]:
        return [end_policy(connection, policy_id, new_id(), on=day, document=given.document).id]

    return _change(given, "policy.ended", act)


def _layer(given: argparse.Namespace) -> Any:
    from core.rules.rule import Layer

    return Layer.PRACTICE if given.practice else Layer.PAYER
