"""Vendors and their agreements: entered, verified each year, ended."""

from __future__ import annotations

from datetime import date

from api.bootstrap import Runtime
from api.deployment import deployment_work
from api.practices import COMMAND
from audit.event import Actor, ObjectType, Purpose
from core.errors import InputError
from tenants.ids import new_id
from tenants.session import deployment_transaction
from tenants.store import vendors as store
from tenants.store.vendors import Vendor


def add_vendor(
    runtime: Runtime,
    *,
    name: str,
    connector: str,
    signed_on: date,
    verified_on: date | None = None,
    actor: Actor = COMMAND,
) -> Vendor:
    """Enter a vendor's agreement; signing it counts as the first verification."""
    if not name or not name.isprintable() or len(name) > 80:
        raise InputError("a vendor has a name of 1 to 80 signs")
    vendor = Vendor(
        id=new_id(),
        name=name,
        connector=connector,
        signed_on=signed_on,
        verified_on=verified_on or signed_on,
    )
    with deployment_work(runtime, actor, purpose=Purpose.SECURITY) as work:
        store.add(work.connection, vendor)
        work.record("vendor.created", {ObjectType.VENDOR: [vendor.id]})
    return vendor


def verify_vendor(runtime: Runtime, name: str, on: date, *, actor: Actor = COMMAND) -> None:
    """The vendor confirmed its safeguards in writing on this day."""
    if on > runtime.clock().date():
        raise InputError("a verification has happened; its day is not in the future")
    with deployment_work(runtime, actor, purpose=Purpose.SECURITY) as work:
        found = store.verify(work.connection, name, on)
        work.record("vendor.verified", {ObjectType.VENDOR: [found]})


def end_vendor(runtime: Runtime, name: str, on: date, *, actor: Actor = COMMAND) -> None:
    """The agreement ends on this day; from then on nothing of ours calls the vendor."""
    with deployment_work(runtime, actor, purpose=Purpose.SECURITY) as work:
        found = store.end(work.connection, name, on)
        work.record("vendor.ended", {ObjectType.VENDOR: [found]})


def vendors(runtime: Runtime) -> tuple[Vendor, ...]:
    """Every vendor."""
    with deployment_transaction(runtime.engine) as connection:
        return store.every(connection)
