"""Who takes part in the demonstration: four practices, their payers, staff and visits. Invented."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from api.bootstrap import Runtime
from api.plugin_steps import PluginChoice
from api.practices import COMMAND, create_practice, create_staff
from audit.event import DEPLOYMENT, Event, ObjectType, Purpose
from audit.store import record
from core.claims.parties import Value
from core.crypto.one_time_codes import SECRET_BYTES, STEP_SECONDS, code_at, step_of
from core.intake.encounter import Encounter
from core.ports import Practice, StoredPayer
from core.rules.policy_library import LibraryEntry
from core.rules.rule import Layer
from core.usecases.intake import Arrival, IntakeResult, take_encounters
from plugins.demo import DemoPractice, payer_ref
from plugins.demo_payers import DEMO_PAYERS, DEMO_POLICIES, DEMO_SETTINGS
from plugins.host import default_host
from tenants.ids import new_id
from tenants.session import deployment_transaction
from tenants.staff import Role, Staff
from tenants.store import factors, policies
from tenants.uow import UnitOfWork

ENCOUNTERS_A_PRACTICE = 60

PASSWORD = "walk the quiet river"  # noqa: S105 - printed for whoever tries the demonstration


class DemoSite(Value, frozen=True, kw_only=True):
    """One practice of the demonstration and the specialty it shows."""

    slug: str
    name: str
    plugin: str


SITES = (
    DemoSite(slug="lantern", name="Lantern Counseling Group", plugin="behavioral_health"),
    DemoSite(slug="juniper", name="Juniper Family Dental", plugin="dental"),
    DemoSite(slug="skyline", name="Skyline Virtual Care", plugin="telehealth"),
    DemoSite(slug="hearth", name="Hearth Home Health", plugin="home_health"),
)

STAFF = (
    ("admin@demo.example", "Robin Admin", Role.ADMIN, tuple(site.slug for site in SITES)),
    ("biller@demo.example", "Billie Biller", Role.BILLER, tuple(site.slug for site in SITES)),
    ("director@lantern.example", "Dana Director", Role.DIRECTOR, ("lantern",)),
)


def visits(site: DemoSite, *, seed: int, day: date) -> tuple[Encounter, ...]:
    """The practice's invented visits of the sixty days before ``day``."""
    wanted = DemoPractice(as_of=day, encounters=ENCOUNTERS_A_PRACTICE, key=site.slug)
    return default_host().demo_encounters(site.plugin, seed, wanted)


def found_practices(runtime: Runtime, *, seed: int, day: date) -> tuple[Practice, ...]:
    """Create the practices with their plugin and billing provider, the payers, and the staff."""
    founded = []
    for site in SITES:
        encounters = visits(site, seed=seed, day=day)
        founded.append(
            create_practice(
                runtime,
                slug=site.slug,
                name=site.name,
                plugins=[PluginChoice(name=site.plugin, settings=DEMO_SETTINGS)],
                billing=encounters[0].billing,
            )
        )
    enter_payers(runtime, founded[0])
    enter_staff(runtime, STAFF)
    return tuple(founded)


def enter_payers(runtime: Runtime, practice: Practice) -> None:
    """The invented payers and what they ask; ``practice`` brings them."""
    with runtime.unit_of_work(practice.tenant_id, COMMAND) as uow:
        stored = [
            StoredPayer(id=payer_ref(payer), payer=payer)
            for payer in {payer.payer_id: payer for payer in DEMO_PAYERS}.values()
        ]
        uow.masters.add_payers(stored)
        uow.record("payer.created", {"payer": [one.id for one in stored]}, payers=len(stored))
        _enter_policies(uow)


def enter_staff(runtime: Runtime, people: Iterable[tuple[str, str, Role, tuple[str, ...]]]) -> None:
    """People (address, name, role, practices) with the password and apps everybody knows."""
    for email, name, role, slugs in people:
        person = create_staff(
            runtime, email=email, name=name, role=role, password=PASSWORD, slugs=slugs
        )
        _give_app(runtime, person)


def app_secret(email: str) -> bytes:
    """What the authenticator app of a person of the demonstration holds; known to everybody."""
    return hashlib.sha256(f"demonstration {email}".encode()).digest()[:SECRET_BYTES]


def app_code(email: str, now: datetime) -> str:
    """The code that app shows now: what a person would read from their telephone."""
    return code_at(app_secret(email), step_of(int(now.timestamp())))


def _give_app(runtime: Runtime, person: Staff) -> None:
    """Add the app as a person adds it: the secret, then a code it shows."""
    with deployment_transaction(runtime.engine) as connection:
        sealer = runtime.keys.for_tenant(connection, DEPLOYMENT)
        secret = app_secret(person.email)
        factors.begin_app(connection, sealer, factor_id=new_id(), staff_id=person.id, secret=secret)
        # The code of the step before: the one of this moment is left for signing in.
        code = app_code(person.email, runtime.clock() - timedelta(seconds=STEP_SECONDS))
        enrolled = factors.confirm_app(connection, sealer, person.id, code)
        assert enrolled is not None, "the app shows the code of its secret"
        event = Event.of(
            "factor.enrolled",
            id=new_id(),
            tenant_id=DEPLOYMENT,
            at=runtime.clock(),
            actor=COMMAND,
            about={ObjectType.STAFF: (person.id,), ObjectType.FACTOR: (enrolled[0],)},
            purpose=Purpose.SECURITY,
        )
        record(connection, (event,))


def _enter_policies(uow: UnitOfWork) -> None:
    for policy in DEMO_POLICIES:
        for knob, value in policy.knobs.items():
            policies.add(
                uow.connection,
                LibraryEntry(
                    id=new_id(),
                    layer=Layer.PAYER,
                    knob=knob,
                    value=value,
                    document=policy.source,
                    payer_id=policy.payer_ids[0] if policy.payer_ids else "",
                ),
            )


def take_visits(
    runtime: Runtime, practice: Practice, site: DemoSite, *, seed: int, day: date
) -> IntakeResult:
    """Hand the practice's visits in, as its own system would."""
    encounters = visits(site, seed=seed, day=day)
    with runtime.unit_of_work(practice.tenant_id, COMMAND, as_of=day) as uow:
        return take_encounters(
            uow,
            [Arrival(position=place, encounter=one) for place, one in enumerate(encounters, 1)],
            kind="demonstration",
            sha256=hashlib.sha256(f"{site.slug}:{seed}:{day}".encode()).digest(),
        )
