"""``practice``, ``staff``, ``provider``, ``payer``: the masters."""

from __future__ import annotations

import argparse
import getpass
import sys
from typing import Any

from api.commands import price_lists
from api.commands.leaving import add_to_practice
from api.commands.output import DONE, json_line, line, table
from core.claims.parties import Address, Entity, Name, Payer, PayerKind, Provider
from core.errors import InputError
from core.ids import npi_is_valid, tax_id_is_valid, taxonomy_is_shaped


def add(commands: Any) -> None:
    """The masters' commands."""
    practice = commands.add_parser("practice", help="client practices").add_subparsers(
        required=True, metavar="ACTION"
    )
    create = practice.add_parser("create", help="add a practice")
    create.add_argument("slug", help="short name: small letters, digits and dashes")
    create.add_argument("--name", help="full name (default: the short name)")
    create.add_argument("--plugin", action="append", default=[], help="specialty; may be repeated")
    create.add_argument("--submitter-id", default="", help="ISA06 (default: made from the number)")
    _provider_arguments(create, "--billing-")
    create.add_argument("--json", action="store_true", help="one JSON object")
    create.set_defaults(run=run_practice_create)
    listing = practice.add_parser("list", help="list the practices")
    listing.add_argument("--json", action="store_true", help="one JSON object")
    listing.set_defaults(run=run_practice_list)
    price_lists.add_to_practice(practice)
    add_to_practice(practice)
    staff = commands.add_parser("staff", help="people who sign in").add_subparsers(
        required=True, metavar="ACTION"
    )
    person = staff.add_parser("create", help="add a person; the password is asked or piped in")
    person.add_argument("email", help="what they sign in with")
    person.add_argument("--name", required=True, help="their name")
    person.add_argument(
        "--role",
        default="biller",
        help="admin, lead, biller (default), coder, poster, auditor; director or viewer: a client",
    )
    person.add_argument("--practice", action="append", default=[], help="assigned; repeatable")
    person.set_defaults(run=run_staff_create)
    reset = staff.add_parser("reset", help="a code with which a person sets a new password")
    reset.add_argument("email", help="whose present password is void from now on")
    reset.add_argument(
        "--factors", action="store_true", help="for a lost device: take second factors away too"
    )
    reset.set_defaults(run=run_staff_reset)
    link = staff.add_parser("link", help="link an account to the company's identity provider")
    link.add_argument("email", help="whose account")
    link.add_argument("--subject", required=True, help="who they are there (sub)")
    link.set_defaults(run=run_staff_link)
    provider = commands.add_parser("provider", help="providers").add_subparsers(
        required=True, metavar="ACTION"
    )
    confirm = provider.add_parser("confirm", help="confirm billing providers that came in")
    confirm.add_argument("npi", nargs="*", help="NPIs; none: list those that wait")
    confirm.add_argument("--practice", required=True, help="short name")
    confirm.set_defaults(run=run_provider_confirm)
    payer = commands.add_parser("payer", help="payers").add_subparsers(
        required=True, metavar="ACTION"
    )
    new = payer.add_parser("create", help="add a payer")
    new.add_argument("payer_id", help="as claims carry it (NM109)")
    new.add_argument("--name", required=True, help="as claims carry it")
    new.add_argument(
        "--kind",
        choices=[kind.value for kind in PayerKind],
        default="commercial",
        help="what law and habit it follows (default commercial)",
    )
    new.add_argument("--filing-indicator", default="CI", help="SBR09")
    new.add_argument("--practice", required=True, help="the practice that brings it")
    new.set_defaults(run=run_payer_create)


_BILLING_HELP = {
    "npi": "NPI of the billing provider; without it none is entered",
    "tax-id": "nine digits",
    "taxonomy": "provider taxonomy code",
    "name": "as it stands on claims (default: the practice's name)",
    "street": "street address, no post office box",
    "city": "city",
    "state": "two letters",
    "zip": "nine digits are best: some claims need them",
    "phone": "for questions of patients and payers",
}


def _provider_arguments(parser: argparse.ArgumentParser, prefix: str) -> None:
    for name, help_text in _BILLING_HELP.items():
        parser.add_argument(f"{prefix}{name}", default="", help=help_text)


def run_practice_create(given: argparse.Namespace) -> int:
    from api.bootstrap import runtime
    from api.plugin_steps import PluginChoice
    from api.practices import create_practice

    billing = billing_provider(given)
    with runtime() as running:
        practice = create_practice(
            running,
            slug=given.slug,
            name=given.name or given.slug,
            plugins=[PluginChoice(name=name) for name in given.plugin],
            billing=billing,
            submitter_id=given.submitter_id,
        )
    if given.json:
        json_line(practice)
    else:
        line(f"Practice {practice.number} {practice.slug}: {practice.name}")
    return DONE


def billing_provider(given: argparse.Namespace) -> Provider | None:
    """The billing provider of the arguments, checked; None when none was named."""
    if not given.billing_npi:
        return None
    if not npi_is_valid(given.billing_npi):
        raise InputError("--billing-npi is not an NPI: ten digits with a check digit")
    if not tax_id_is_valid(given.billing_tax_id):
        raise InputError("--billing-tax-id has nine digits")
    if given.billing_taxonomy and not taxonomy_is_shaped(given.billing_taxonomy):
        raise InputError("--billing-taxonomy is nine letters or digits and an X")
    if not (given.billing_street and given.billing_city and given.billing_zip):
        raise InputError("a billing provider needs --billing-street, -city, -state and -zip")
    return Provider(
        name=Name(last=(given.billing_name or given.name or given.slug).upper()),
        entity=Entity.ORGANIZATION,
        npi=given.billing_npi,
        taxonomy=given.billing_taxonomy,
        tax_id=given.billing_tax_id,
        phone=given.billing_phone,
        address=Address(
            line1=given.billing_street.upper(),
            city=given.billing_city.upper(),
            state=given.billing_state.upper(),
            postal_code=given.billing_zip.replace("-", ""),
        ),
    )


def run_practice_list(given: argparse.Namespace) -> int:
    from api.bootstrap import runtime

    with runtime() as running:
        found = running.practices()
    if given.json:
        json_line({"practices": found})
    else:
        table(("number", "practice", "name"), ((p.number, p.slug, p.name) for p in found))
    return DONE


def run_staff_create(given: argparse.Namespace) -> int:
    from api.bootstrap import runtime
    from api.practices import create_staff
    from tenants.staff import Role

    try:
        role = Role(given.role)
    except ValueError:
        raise InputError(f"--role is one of {', '.join(role.value for role in Role)}") from None
    if sys.stdin.isatty():
        password = getpass.getpass("Password: ")
    else:
        password = sys.stdin.readline().rstrip("\n")
    with runtime() as running:
        create_staff(
            running,
            email=given.email,
            name=given.name,
            role=role,
            password=password,
            slugs=given.practice,
        )
    line("Done. They sign in with this address and password, and then add a second factor.")
    return DONE


def run_staff_reset(given: argparse.Namespace) -> int:
    from api.accounts import issue_password_code, password_address
    from api.bootstrap import runtime
    from api.practices import COMMAND
    from tenants.security_keys import Site
    from tenants.session import transaction
    from tenants.staff import normal_email
    from tenants.store import staff

    with runtime() as running:
        with transaction(running.engine) as connection:
            person = staff.by_email(connection, normal_email(given.email))
        _, code = issue_password_code(
            running, person.id, actor=COMMAND, forget_factors=given.factors
        )
        line(code)
        line(f"Once, within 10 minutes: {password_address(Site(running.settings.origin), code)}")
    return DONE


def run_staff_link(given: argparse.Namespace) -> int:
    from api.bootstrap import runtime
    from api.practices import link_identity

    with runtime() as running:
        link_identity(running, email=given.email, subject=given.subject)
    line("Linked. They come in through the company's identity provider from now on.")
    return DONE


def run_provider_confirm(given: argparse.Namespace) -> int:
    from api.bootstrap import runtime
    from api.practices import COMMAND

    with runtime() as running:
        practice = running.practice(given.practice)
        with running.unit_of_work(practice.tenant_id, COMMAND) as uow:
            if not given.npi:
                for one in uow.masters.unconfirmed_providers("billing"):
                    line(f"{one.provider.npi}  {one.provider.name.last}")
                return DONE
            found = uow.masters.providers("billing", given.npi)
            missing = sorted(set(given.npi) - set(found))
            if missing:
                raise InputError(f"no billing provider here has the NPI {missing[0]}")
            ids = [one.id for one in found.values()]
            uow.masters.confirm_providers(ids)
            uow.record("provider.confirmed", {"provider": ids})
    line(f"{len(ids)} confirmed. Their held claims pass when they are scrubbed again.")
    return DONE


def run_payer_create(given: argparse.Namespace) -> int:
    from api.bootstrap import runtime
    from api.practices import add_payers
    from core.ports import StoredPayer
    from tenants.ids import new_id

    payer = Payer(
        payer_id=given.payer_id,
        name=given.name.upper(),
        kind=PayerKind(given.kind),
        filing_indicator=given.filing_indicator,
    )
    with runtime() as running:
        practice = running.practice(given.practice)
        add_payers(running, practice.tenant_id, [StoredPayer(id=new_id(), payer=payer)])
    line(f"Payer {given.payer_id} is on the list.")
    return DONE
