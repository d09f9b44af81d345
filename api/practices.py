"""Setting up practices and the people who work on them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from uuid import UUID

from api.bootstrap import Runtime
from api.plugin_steps import PluginChoice, enable_in
from audit.event import DEPLOYMENT, Actor, Event, ObjectType, Purpose, machine
from audit.store import Connection, record
from core.claims.parties import Provider
from core.errors import ConflictError, InputError, NotFoundError, SetupError
from core.ports import Practice, StoredPayer, StoredProvider
from tenants.ids import new_id
from tenants.session import deployment_transaction, transaction
from tenants.staff import Role, Staff, check_new_password, normal_email, password_hash
from tenants.store import company_sign_ins, practices
from tenants.store import staff as staff_store

COMMAND = machine("command")

_SLUG = re.compile(r"[a-z][a-z0-9-]{1,39}\Z", re.ASCII)
_SUBMITTER_ID = re.compile(r"[A-Za-z0-9]{2,15}\Z", re.ASCII)


def create_practice(
    runtime: Runtime,
    *,
    slug: str,
    name: str,
    plugins: Sequence[PluginChoice] = (),
    billing: Provider | None = None,
    submitter_id: str = "",
    actor: Actor = COMMAND,
) -> Practice:
    """Add a practice with its plugins and, where given, its billing provider (active at once).

    ``submitter_id`` (ISA06, at most 15 characters) defaults to one made from its number.
    """
    _check(slug, submitter_id)
    tenant_id = new_id()

    def found(connection: Connection) -> Practice:
        number = practices.next_number(connection)
        if submitter_id in {one.submitter_id for one in practices.every(connection)}:
            # Control numbers are unique together with ISA06, and each practice has its own series.
            raise ConflictError("another practice has this submitter id; each needs its own")
        practice = Practice(
            tenant_id=tenant_id,
            number=number,
            slug=slug,
            name=name,
            submitter_id=submitter_id or f"CW{number:06d}",
        )
        practices.add(connection, practice)
        return practice

    with runtime.unit_of_work(tenant_id, actor, found=found) as uow:
        uow.record("practice.created", {"practice": [tenant_id]})
        steps = [enable_in(uow, runtime, choice) for choice in plugins]
        kept = uow.plugins.secrets()
        runtime.plugins.build_rule_book(
            runtime.enabled(one, kept.get(one.plugin, {})) for one in steps
        )
        if billing is not None:
            stored = StoredProvider(id=new_id(), role="billing", provider=billing, status="active")
            uow.masters.add_providers([stored])
            uow.record("provider.created", {"provider": [stored.id]}, providers=1)
        return uow.practice


def _check(slug: str, submitter_id: str) -> None:
    if not _SLUG.match(slug):
        raise InputError(
            "the short name of a practice has 2 to 40 small letters, digits and hyphens, and "
            "begins with a letter"
        )
    if submitter_id and not _SUBMITTER_ID.match(submitter_id):
        raise InputError("a submitter id (ISA06) has 2 to 15 letters and digits")


def add_payers(runtime: Runtime, tenant_id: UUID, payers: Sequence[StoredPayer]) -> None:
    """Add payers to the deployment's list; the practice that brought them keeps the record."""
    with runtime.unit_of_work(tenant_id, COMMAND) as uow:
        uow.masters.add_payers(payers)
        uow.record("payer.created", {"payer": [one.id for one in payers]}, payers=len(payers))


def create_staff(
    runtime: Runtime,
    *,
    email: str,
    name: str,
    role: Role,
    password: str | None,
    slugs: Sequence[str],
    actor: Actor = COMMAND,
) -> Staff:
    """Add a person who signs in, assigned to practices; a practice's own person has exactly one.

    ``password`` None: they set it themselves, with a code (``api.accounts``).
    """
    address = normal_email(email)
    if password is not None:
        company = runtime.settings.sender_name
        check_new_password(password, email=address, name=name, company=company)
    if role.is_client and len(slugs) != 1:
        raise InputError("a person of a practice is assigned to exactly one practice")
    person = Staff(id=new_id(), email=address, name=name, role=role)
    hashed = None if password is None else password_hash(password)
    with transaction(runtime.engine) as connection:
        assigned = [practices.by_slug(connection, slug).tenant_id for slug in slugs]
    with deployment_transaction(runtime.engine) as connection:
        staff_store.add(connection, person, password_hash=hashed)
        staff_store.assign(connection, person.id, assigned)
        about = {"staff.created": (), "staff.assigned": assigned}
        record(
            connection,
            [
                Event.of(
                    kind,
                    id=new_id(),
                    tenant_id=DEPLOYMENT,
                    at=runtime.clock(),
                    actor=actor,
                    about={ObjectType.STAFF: [person.id], ObjectType.PRACTICE: ids}
                    if ids
                    else {ObjectType.STAFF: [person.id]},
                    purpose=Purpose.OPERATIONS,
                )
                for kind, ids in about.items()
            ],
        )
    return person


def link_identity(runtime: Runtime, *, email: str, subject: str, actor: Actor = COMMAND) -> None:
    """Link a person of the company to who they are at the identity provider of the settings."""
    company = runtime.settings.company
    if company is None:
        raise SetupError("no identity provider is set; see CLAIMWRIGHT_OIDC_ISSUER")
    with deployment_transaction(runtime.engine) as connection:
        found = staff_store.with_hash(connection, normal_email(email))
        if found is None or found[0].role.is_client:
            raise NotFoundError("no open account of the company has this e-mail address")
        person = found[0].id
        company_sign_ins.link(connection, issuer=company.issuer, subject=subject, staff_id=person)
        event = Event.of(
            "staff.identity_linked",
            id=new_id(),
            tenant_id=DEPLOYMENT,
            at=runtime.clock(),
            actor=actor,
            about={ObjectType.STAFF: [person]},
            purpose=Purpose.SECURITY,
        )
        record(connection, [event])
