"""``token``, ``vendor``: programs that call us, and vendors that we call."""

from __future__ import annotations

import argparse
from datetime import date
from typing import Any

from api.commands.output import DONE, json_line, line, table
from core.dates import parse_day
from core.errors import InputError


def add(commands: Any) -> None:
    """The commands for machines."""
    _add_token(commands)
    _add_vendor(commands)


def _add_token(commands: Any) -> None:
    token = commands.add_parser("token", help="tokens of programs").add_subparsers(
        required=True, metavar="ACTION"
    )
    create = token.add_parser("create", help="make a token; a new name is a new program")
    create.add_argument("program", help="the program's name")
    create.add_argument("--days", type=int, required=True, help="it holds for 1 to 365 days")
    create.add_argument(
        "--scope", action="append", default=[], help="what a new program may do; repeatable"
    )
    create.add_argument(
        "--practice", action="append", default=[], help="for which practices; repeatable"
    )
    create.add_argument(
        "--network", action="append", default=[], help="from where, as 192.0.2.0/24; repeatable"
    )
    create.add_argument("--json", action="store_true", help="one JSON object")
    create.set_defaults(run=run_token_create)
    listing = token.add_parser("list", help="list programs and their tokens")
    listing.add_argument("--json", action="store_true", help="one JSON object")
    listing.set_defaults(run=run_token_list)
    revoke = token.add_parser("revoke", help="revoke a token; the next request is refused")
    revoke.add_argument("prefix", help="the part between the underscores, or the whole token")
    revoke.set_defaults(run=run_token_revoke)


def _add_vendor(commands: Any) -> None:
    vendor = commands.add_parser("vendor", help="business associates").add_subparsers(
        required=True, metavar="ACTION"
    )
    new = vendor.add_parser("add", help="enter a vendor's agreement")
    new.add_argument("name", help="the vendor's name")
    new.add_argument("--connector", default="", help="which connector of ours calls it")
    new.add_argument("--signed-on", type=_day, required=True, help="day of the agreement")
    new.add_argument("--verified-on", type=_day, help="day of the last verification")
    new.set_defaults(run=run_vendor_add)
    listing = vendor.add_parser("list", help="list the vendors")
    listing.add_argument("--json", action="store_true", help="one JSON object")
    listing.set_defaults(run=run_vendor_list)
    for name, what, run in (
        ("verify", "the vendor confirmed its safeguards in writing", run_vendor_verify),
        ("end", "the agreement ends", run_vendor_end),
    ):
        parser = vendor.add_parser(name, help=what)
        parser.add_argument("name", help="the vendor's name")
        parser.add_argument("--on", type=_day, required=True, help="the day")
        parser.set_defaults(run=run)


def _day(text: str) -> date:
    try:
        return parse_day(text)
    except InputError as problem:
        raise argparse.ArgumentTypeError(problem.message) from None


def run_token_create(given: argparse.Namespace) -> int:
    from api.bootstrap import runtime
    from api.programs import create_program, create_token, programs
    from tenants.programs import read_networks, read_scopes

    with runtime() as running:
        known = {one.name: one for one, _ in programs(running)}
        program = known.get(given.program)
        if program is None:
            program = create_program(
                running,
                name=given.program,
                scopes=read_scopes(given.scope),
                slugs=given.practice,
                networks=read_networks(" ".join(given.network)),
            )
        elif given.scope or given.practice or given.network:
            raise InputError(
                "this program is there already; what it may do is set once, when it is made"
            )
        token, text = create_token(running, program.id, days=given.days)
    if given.json:
        json_line({"program": program.name, "token": text, "expires_at": token.expires_at})
    else:
        line(text)
        line(f"It holds until {token.expires_at:%Y-%m-%d}. It is shown this once.")
    return DONE


def run_token_list(given: argparse.Namespace) -> int:
    from api.bootstrap import runtime
    from api.programs import programs

    with runtime() as running:
        found, now = programs(running), running.clock()
    if given.json:
        json_line(
            {
                "programs": [
                    {
                        "name": one.name,
                        "active": one.active,
                        "scopes": sorted(one.scopes),
                        "practices": [practice.slug for practice in one.practices],
                        "networks": [str(network) for network in one.networks],
                        "tokens": tokens,
                    }
                    for one, tokens in found
                ]
            }
        )
        return DONE
    table(
        ("program", "token", "until", "last used", "state"),
        (
            (
                one.name,
                token.prefix,
                f"{token.expires_at:%Y-%m-%d}",
                f"{token.used_at:%Y-%m-%d}" if token.used_at else "never",
                token.state(now) + (", seen in an address" if token.exposed_at else ""),
            )
            for one, tokens in found
            for token in tokens
        ),
    )
    return DONE


def run_token_revoke(given: argparse.Namespace) -> int:
    from api.bootstrap import runtime
    from api.programs import revoke_token

    prefix = given.prefix.removeprefix("cwt_").partition("_")[0]
    with runtime() as running:
        revoke_token(running, prefix=prefix)
    line("Revoked. The next request with it is refused.")
    return DONE


def run_vendor_add(given: argparse.Namespace) -> int:
    from api.bootstrap import runtime
    from api.vendors import add_vendor

    with runtime() as running:
        vendor = add_vendor(
            running,
            name=given.name,
            connector=given.connector,
            signed_on=given.signed_on,
            verified_on=given.verified_on,
        )
        line(f"{vendor.name}: {vendor.state(running.clock().date())}")
    return DONE


def run_vendor_list(given: argparse.Namespace) -> int:
    from api.bootstrap import runtime
    from api.vendors import vendors

    with runtime() as running:
        found, today = vendors(running), running.clock().date()
    if given.json:
        json_line({"vendors": found})
    else:
        table(
            ("vendor", "connector", "signed", "verified", "state"),
            (
                (one.name, one.connector, one.signed_on, one.verified_on, one.state(today))
                for one in found
            ),
        )
    return DONE


def run_vendor_verify(given: argparse.Namespace) -> int:
    from api.bootstrap import runtime
    from api.vendors import verify_vendor

    with runtime() as running:
        verify_vendor(running, given.name, given.on)
    line("Done. It is due again in a year.")
    return DONE


def run_vendor_end(given: argparse.Namespace) -> int:
    from api.bootstrap import runtime
    from api.vendors import end_vendor

    with runtime() as running:
        end_vendor(running, given.name, given.on)
    line("Done. Nothing of ours calls it from that day on.")
    return DONE
