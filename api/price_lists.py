"""Loading a practice's charge master and contracts.

An edition of the same first day is replaced; one of a later day ends the earlier one the day
before. Loading the same again changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from audit.event import Actor, machine
from core.errors import NotFoundError
from core.pricing.contracts import Agreement
from core.pricing.own_prices import ChargeList, contracts
from tenants.ids import new_id
from tenants.store import price_lists
from tenants.store.price_lists import Edition

if TYPE_CHECKING:
    from api.bootstrap import Runtime

COMMAND = machine("command")


class LoadedPrices(msgspec.Struct, frozen=True, kw_only=True):
    """What a load did. ``is_new`` false: the same was in force already, and nothing changed."""

    first_day: str
    rows: int
    is_new: bool
    replaced: bool


def load_charges(
    running: Runtime, tenant_id: UUID, given: ChargeList, *, actor: Actor = COMMAND
) -> LoadedPrices:
    """Load an edition of the charge master."""
    with running.unit_of_work(tenant_id, actor) as uow:
        earlier = _of_that_day(price_lists.charge_editions(uow.connection), "", given)
        if earlier is not None and earlier.digest == price_lists.digest_of(given):
            return _loaded(given, len(given.fees), is_new=False)
        if earlier is not None:
            price_lists.withdraw_charges(uow.connection, earlier.id, uow.now)
        edition_id = new_id()
        price_lists.add_charges(uow.connection, uow.tenant_id, edition_id, given, uow.now)
        uow.record(
            "charges.loaded",
            {"prices": [edition_id]},
            digests={"body": bytes.fromhex(price_lists.digest_of(given))},
            rows=len(given.fees),
            withdrawn=int(earlier is not None),
        )
        return _loaded(given, len(given.fees), is_new=True, replaced=earlier is not None)


def load_contract(
    running: Runtime, tenant_id: UUID, given: Agreement, *, actor: Actor = COMMAND
) -> LoadedPrices:
    """Load an edition of a contract.

    ``NotFoundError`` for a payer that is not on the list, ``InputError`` where another contract
    speaks for the payer on the same days.
    """
    with running.unit_of_work(tenant_id, actor) as uow:
        known = uow.masters.payers(given.payer_ids)
        for payer_id in given.payer_ids:
            if payer_id not in known:
                raise NotFoundError(
                    f"no payer {payer_id} is on the list; add it with: claimwright payer create"
                )
        editions = price_lists.contract_editions(uow.connection)
        earlier = _of_that_day(editions, given.name, given)
        if earlier is not None and earlier.digest == price_lists.digest_of(given):
            return _loaded(given, len(given.terms), is_new=False)
        if earlier is not None:
            price_lists.withdraw_contract(uow.connection, earlier.id, uow.now)
        # All of them together must still be of one mind.
        contracts((*price_lists.agreements(uow.connection), given))
        edition_id = new_id()
        price_lists.add_contract(uow.connection, uow.tenant_id, edition_id, given, uow.now)
        uow.record(
            "contract.loaded",
            {"prices": [edition_id]},
            digests={"body": bytes.fromhex(price_lists.digest_of(given))},
            rows=len(given.terms),
            withdrawn=int(earlier is not None),
        )
        return _loaded(given, len(given.terms), is_new=True, replaced=earlier is not None)


def withdraw_contract(
    running: Runtime, tenant_id: UUID, name: str, *, actor: Actor = COMMAND
) -> int:
    """Take every edition of a contract out of force; how many there were."""
    with running.unit_of_work(tenant_id, actor) as uow:
        found = [
            one
            for one in price_lists.contract_editions(uow.connection)
            if one.name == name and one.withdrawn_at is None
        ]
        if not found:
            raise NotFoundError("no contract of that name is in force; see: practice contract list")
        for one in found:
            price_lists.withdraw_contract(uow.connection, one.id, uow.now)
        uow.record("contract.withdrawn", {"prices": [one.id for one in found]})
        return len(found)


def _of_that_day(
    editions: tuple[Edition, ...], name: str, given: ChargeList | Agreement
) -> Edition | None:
    """The edition in force that begins on the same day."""
    for one in editions:
        if (one.name, one.first_day, one.withdrawn_at) == (name, given.first, None):
            return one
    return None


def _loaded(
    given: ChargeList | Agreement, rows: int, *, is_new: bool, replaced: bool = False
) -> LoadedPrices:
    return LoadedPrices(
        first_day=given.first.isoformat(), rows=rows, is_new=is_new, replaced=replaced
    )
