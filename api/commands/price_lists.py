"""``practice fees ...`` and ``practice contract ...``: a practice's own prices."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from api.commands.output import DONE, json_line, line, table
from core.dates import parse_day
from core.errors import InputError

if TYPE_CHECKING:
    from api.price_lists import LoadedPrices

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 .&-]{0,58}[A-Za-z0-9.]", re.ASCII)
_LOCALITY = re.compile(r"\d{5}-\d{2}|\d{5}", re.ASCII)


def add_to_practice(practice: Any) -> None:
    """The actions of ``claimwright practice`` for prices."""
    fees = practice.add_parser("fees", help="the charge master of a practice").add_subparsers(
        required=True, metavar="ACTION"
    )
    load = _action(fees, "load", "load an edition of it from a CSV", run_fees_load)
    load.add_argument("file", type=Path, help="columns code, amount, modifier, place")
    load.add_argument("--from", dest="first", required=True, metavar="DAY", help="its first day")
    load.add_argument("--source", default="", help="where it comes from")
    _action(fees, "list", "its editions", run_fees_list)
    contract = practice.add_parser(
        "contract", help="contracts of a practice with payers"
    ).add_subparsers(required=True, metavar="ACTION")
    load = _action(contract, "load", "load the terms of a contract from a CSV", run_contract_load)
    load.add_argument("name", help="what the practice calls it")
    load.add_argument("file", type=Path, help="the terms, a row each (docs/pricing.md)")
    load.add_argument("--payer", action="append", required=True, help="payer id; repeatable")
    load.add_argument("--plan", action="append", default=[], help="these plans only; repeatable")
    load.add_argument("--from", dest="first", required=True, metavar="DAY", help="its first day")
    load.add_argument("--to", dest="last", default="", metavar="DAY", help="its last day")
    load.add_argument(
        "--locality", default="", help="where a part of mpfs is priced (default: of the service)"
    )
    load.add_argument(
        "--above-charge", action="store_true", help="pay the terms even above the charge"
    )
    load.add_argument("--source", default="", help="the paper it is taken from")
    _action(contract, "list", "contracts, with what replaced what", run_contract_list)
    end = _action(contract, "withdraw", "take a contract out of force", run_contract_withdraw)
    end.add_argument("name", help="what the practice calls it")


def _action(parsers: Any, name: str, help_text: str, run: Any) -> Any:
    parser = parsers.add_parser(name, help=help_text)
    parser.add_argument("slug", help="short name of the practice")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.set_defaults(run=run)
    return parser


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield file
    except OSError:
        raise InputError("the file cannot be read; is its name right?") from None
    except UnicodeDecodeError:
        raise InputError("the file is no text in UTF-8; save it as CSV (UTF-8)") from None


def run_fees_load(given: argparse.Namespace) -> int:
    from api.bootstrap import runtime
    from api.price_lists import load_charges
    from core.pricing.own_prices import ChargeList
    from core.pricing.price_files import read_charges

    with _opened(given.file) as file:
        fees = read_charges(file)
    charges = ChargeList(first=parse_day(given.first), source=given.source, fees=fees)
    with runtime() as running:
        practice = running.practice(given.slug)
        done = load_charges(running, practice.tenant_id, charges)
    return _say(given, "charge master", done)


def run_contract_load(given: argparse.Namespace) -> int:
    from api.bootstrap import runtime
    from api.price_lists import load_contract
    from core.dates import Window
    from core.pricing.contracts import Agreement
    from core.pricing.price_files import read_terms

    if not _NAME.fullmatch(given.name) or given.name in {"mpfs", "practice"}:
        raise InputError(
            "the name of a contract has 2 to 60 letters, digits, blanks, dots, hyphens and &, and "
            "is neither mpfs nor practice"
        )
    if given.locality and not _LOCALITY.fullmatch(given.locality):
        raise InputError("a locality is written 04412-09, or as a ZIP code")
    with _opened(given.file) as file:
        terms = read_terms(file)
    first, last = parse_day(given.first), parse_day(given.last) if given.last else None
    Window(first, last)
    agreement = Agreement(
        name=given.name,
        payer_ids=tuple(dict.fromkeys(given.payer)),
        plans=tuple(dict.fromkeys(given.plan)),
        first=first,
        last=last,
        locality=given.locality,
        lesser_of_charge=not given.above_charge,
        source=given.source,
        terms=terms,
    )
    with runtime() as running:
        practice = running.practice(given.slug)
        done = load_contract(running, practice.tenant_id, agreement)
    return _say(given, f"contract {given.name}", done)


def _say(given: argparse.Namespace, what: str, done: LoadedPrices) -> int:
    if given.json:
        json_line(done)
    elif not done.is_new:
        line(f"This edition of the {what} is in force already; nothing was changed")
    else:
        replaced = ", in place of the one of that day" if done.replaced else ""
        line(f"{done.rows:,} rows of the {what}, from {done.first_day} on{replaced}")
    return DONE


def run_fees_list(given: argparse.Namespace) -> int:
    from api.bootstrap import runtime
    from tenants.session import tenant_transaction
    from tenants.store import price_lists

    with runtime() as running:
        practice = running.practice(given.slug)
        with tenant_transaction(running.engine, practice.tenant_id) as connection:
            found = price_lists.charge_editions(connection)
    return _list(given, "charges", found)


def run_contract_list(given: argparse.Namespace) -> int:
    from api.bootstrap import runtime
    from tenants.session import tenant_transaction
    from tenants.store import price_lists

    with runtime() as running:
        practice = running.practice(given.slug)
        with tenant_transaction(running.engine, practice.tenant_id) as connection:
            found = price_lists.contract_editions(connection)
    return _list(given, "contracts", found)


def _list(given: argparse.Namespace, name: str, found: Any) -> int:
    if given.json:
        json_line({name: found})
    else:
        table(
            ("name", "from", "rows", "loaded", "withdrawn"),
            (
                (
                    one.name or "charge master",
                    one.first_day.isoformat(),
                    one.row_count,
                    f"{one.loaded_at:%Y-%m-%d %H:%M}",
                    f"{one.withdrawn_at:%Y-%m-%d %H:%M}" if one.withdrawn_at else "",
                )
                for one in found
            ),
        )
    return DONE


def run_contract_withdraw(given: argparse.Namespace) -> int:
    from api.bootstrap import runtime
    from api.price_lists import withdraw_contract

    with runtime() as running:
        practice = running.practice(given.slug)
        count = withdraw_contract(running, practice.tenant_id, given.name)
    if given.json:
        json_line({"withdrawn": count})
    else:
        line(f"{count} edition(s) of the contract {given.name} are out of force")
    return DONE
