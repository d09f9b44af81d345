"""The three practices of the workshop, their payers, staff and visits. Invented."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256

from msgspec.structs import replace

from api.bootstrap import Runtime
from api.demo.world import enter_payers, enter_staff
from api.plugin_steps import PluginChoice, enable_in
from api.practices import COMMAND, create_practice
from core.claims.parties import Provider, Value
from core.errors import PluginError
from core.intake.encounter import Encounter
from core.ports import Practice
from core.rules.rulebook import RuleSet
from core.usecases.intake import Arrival, take_encounters
from plugins.demo import DemoPeople, DemoPractice, organization, person
from plugins.demo_payers import BLUESTONE, DEMO_SETTINGS, HARBOR_MEDICARE, SUMMIT_MEDICAID
from plugins.host import EnabledPlugin
from plugins.samples import codes_of
from plugins.standing import standing
from tenants.staff import Role

VISITS_A_PRACTICE = 24
CODES_MAX = 20
EARLIER_DAYS = 30
"""Visits before so many days have gone to their payer when the workshop opens."""

_UNITS = (Decimal(1), Decimal(9))
_OFFICE_VISITS = ("99213", "99214", "99212")
_PAYERS = ((HARBOR_MEDICARE, 40), (BLUESTONE, 40), (SUMMIT_MEDICAID, 20))


class Site(Value, frozen=True, kw_only=True):
    """One practice of the workshop; the third has not enabled the plugin."""

    slug: str
    name: str
    enabled: bool = True


SITES = (
    Site(slug="maple", name="Maple Street Practice"),
    Site(slug="cedar", name="Cedar Hill Practice"),
    Site(slug="aspen", name="Aspen Grove Practice", enabled=False),
)
STAFF = (
    ("admin@demo.example", "Robin Admin", Role.ADMIN, tuple(site.slug for site in SITES)),
    ("biller@demo.example", "Billie Biller", Role.BILLER, tuple(site.slug for site in SITES)),
)


def found(runtime: Runtime, plugin: str) -> tuple[Practice, ...]:
    """Create the practices, two of them with the plugin; payers and people as in the demo."""
    practices = []
    choice = _choice(runtime, plugin)
    for number, site in enumerate(SITES):
        practices.append(
            create_practice(
                runtime,
                slug=site.slug,
                name=site.name,
                plugins=[choice] if site.enabled else (),
                billing=_billing(number),
            )
        )
    enter_payers(runtime, practices[0])
    enter_staff(runtime, STAFF)
    return tuple(practices)


def agree(runtime: Runtime, practice: Practice, plugin: str) -> None:
    """Enable the plugin anew where its version, or what it asks to see, was changed meanwhile."""
    manifest = runtime.plugins.plugin(plugin).manifest
    with runtime.unit_of_work(practice.tenant_id, COMMAND) as uow:
        live = standing(uow.plugins.every(plugin), plugin).live
        if live is None or live.version != manifest.version or set(manifest.sees) - {*live.sees}:
            enable_in(uow, runtime, _choice(runtime, plugin))


def _choice(runtime: Runtime, plugin: str) -> PluginChoice:
    """All it asks to see: whoever writes it knows."""
    manifest = runtime.plugins.plugin(plugin).manifest
    settings = settings_for(runtime, plugin)
    return PluginChoice(name=plugin, settings=settings, grant=tuple(manifest.sees))


def settings_for(runtime: Runtime, plugin: str) -> bytes:
    """The invented fees where the plugin has a switch for them; else no settings at all."""
    try:
        runtime.plugins.rule_set(EnabledPlugin(name=plugin, settings=DEMO_SETTINGS))
    except PluginError:
        return b"{}"
    return DEMO_SETTINGS


def visits(
    runtime: Runtime, own: RuleSet, site: Site, *, seed: int, day: date
) -> tuple[Encounter, ...]:
    """The plugin's own invented visits (office visits where it has none), then one for each code
    its rules speak of, with one unit and with nine.
    """
    number = SITES.index(site)
    wanted = DemoPractice(as_of=day, encounters=VISITS_A_PRACTICE, key=site.slug)
    shown = runtime.plugins.demo_encounters(own.name, seed, wanted)
    return (
        *(replace(one, billing=_billing(number)) for one in shown or _office(wanted, number, seed)),
        *_by_code(wanted, number, seed, codes_of(own.rules())[:CODES_MAX]),
    )


def take(
    runtime: Runtime, practice: Practice, encounters: Iterable[Encounter], *, day: date
) -> int:
    """Hand visits in; those that are here already are left out. How many were new."""
    arrivals = [Arrival(position=n, encounter=one) for n, one in enumerate(encounters, 1)]
    if not arrivals:
        return 0
    named = "|".join((practice.slug, *(one.encounter.external_id for one in arrivals)))
    with runtime.unit_of_work(practice.tenant_id, COMMAND, as_of=day) as uow:
        taken = take_encounters(
            uow, arrivals, kind="demonstration", sha256=sha256(named.encode()).digest()
        )
    return taken.counts.taken


def is_earlier(encounter: Encounter, day: date) -> bool:
    """Whether the visit's claim has gone to its payer before the workshop opens."""
    until = day - timedelta(days=EARLIER_DAYS)
    return all(
        one.service_from is not None and one.service_from < until for one in encounter.charges
    )


def _billing(number: int) -> Provider:
    site = SITES[number]
    street = f"{number + 1} Workshop Ln"
    return organization(site.slug, site.name, "261QM1300X", 27_000_001 + number, street)


def _physician(number: int) -> Provider:
    return person("Workshop", "Pat", "MD", "207Q00000X", 27_000_011 + number)


def _office(wanted: DemoPractice, number: int, seed: int) -> tuple[Encounter, ...]:
    people = DemoPeople("office", seed, wanted, payers=_PAYERS)
    return tuple(
        _visit(people, at, number, _OFFICE_VISITS[at % len(_OFFICE_VISITS)], Decimal(1))
        for at in range(wanted.encounters)
    )


def _by_code(
    wanted: DemoPractice, number: int, seed: int, codes: Sequence[str]
) -> tuple[Encounter, ...]:
    """Visits of the last days, so that their claims wait here; known by their code."""
    made = []
    for code in codes:
        # People of their own for each code: a code that is added changes no other visit.
        alone = replace(wanted, encounters=len(_UNITS) * len(_PAYERS), key=f"{wanted.key} {code}")
        people = DemoPeople("codes", seed, alone, payers=_PAYERS, visits_each=1)
        for at in range(alone.encounters):
            visit = _visit(people, at, number, code, _UNITS[at % len(_UNITS)])
            day = wanted.as_of - timedelta(days=2 + at)
            charges = tuple(replace(one, service_from=day) for one in visit.charges)
            number_of = f"{code}-{at + 1}"
            patient = replace(visit.patient, number=number_of)
            made.append(replace(visit, external_id=number_of, patient=patient, charges=charges))
    return tuple(made)


def _visit(people: DemoPeople, at: int, number: int, code: str, units: Decimal) -> Encounter:
    charge = people.charge(
        at,
        1,
        code=code,
        units=units,
        charge_cents=9_500,
        service_from=people.day(at),
        pointers=(1,),
    )
    return people.visit(
        at,
        _billing(number),
        _physician(number),
        (charge,),
        place_of_service="11",
        diagnoses=("I10",),
    )
