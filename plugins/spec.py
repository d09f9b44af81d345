"""The contract with partners, version 1: thirteen hooks, each asked once when a rule book is built.

Every hook is collecting, synchronous and pure, and returns frozen values. No hook takes a claim:
the values hold the function that does. Within a major version only additions are made (a hook, an
argument, an optional field).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, Any

import msgspec
import pluggy

from core.intake.encounter import Encounter
from core.rules.coding import ClaimShape, CodingRule
from core.rules.derivation import Derivation
from core.rules.edits import ClaimEdit, Gate
from core.rules.plays import Deadline, DenialPlay
from core.rules.policy import PayerPolicy
from core.rules.pricing import FeeSchedule, PricingStep
from core.rules.records import RecordType
from core.rules.sees import Sees
from plugins.demo import DemoPractice

CONTRACT = 1
"""The major version; also in the name of the entry-point group."""

ENTRY_POINT_GROUP = "claimwright.plugins.v1"
"""Where an installed partner package names its module."""

PROJECT = "claimwright"

hookspec = pluggy.HookspecMarker(PROJECT)
hook = pluggy.HookimplMarker(PROJECT)


Secret = Annotated[str, msgspec.Meta(extra={"secret": True}, extra_json_schema={"writeOnly": True})]
"""A field of settings that is written and never shown again, on no page and in no export.

It is stored sealed under the practice's key. Such a field stands at the top of the settings, and
its default is the empty text, which is what a plugin is given where nothing is set.
"""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """Who a plugin is; read and checked before any hook runs.

    ``name`` is a Python name. Its rules' ids begin with one of ``prefixes`` and a dash, its record
    kinds with ``name`` and a dot. ``requires`` names other plugins that must be enabled too.

    ``sees`` are the kinds of facts it asks for; what it does not ask for it is not given. There is
    no asking for the network, for files or for another plugin's data. ``fails_open`` names hooks
    whose fault is noted and does not hold the claim; every other hook fails closed, and ``gates``
    always does. ``author`` is whom a fault is reported to.
    """

    name: str
    version: str
    contract: int
    title: str
    prefixes: tuple[str, ...]
    requires: tuple[str, ...] = ()
    sees: tuple[Sees, ...] = ()
    fails_open: tuple[str, ...] = ()
    author: str = ""


class NoSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The settings of a plugin that has none."""


class SpecialtySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings the built-in specialties share.

    ``demonstration_fees`` switches on their invented fee tables; a real practice leaves it off
    and has a charge master of its own.
    """

    demonstration_fees: bool = False


@hookspec
def settings_type() -> type[msgspec.Struct]:  # type: ignore[empty-body]
    """The type of the practice's settings for this plugin.

    When called: first, once per build of a rule book.
    Arguments: none.
    Returns: a msgspec Struct type; the stored JSON is decoded into it strictly. At most one a
        plugin; without it the plugin has no settings.
    Given: nothing.
    Limits: fields are of JSON's kinds, with defaults; secrets are ``Secret`` and stand at the top.
    Fails: settings that do not fit are refused before they are stored.
    Since: contract 1.

    Example::

        class Settings(msgspec.Struct, frozen=True):
            evening_rate: bool = False

        @hook
        def settings_type():
            return Settings
    """


@hookspec
def coding_rules(settings: Any) -> tuple[CodingRule, ...]:  # type: ignore[empty-body]
    """Rules from what was documented to what may be reported.

    When called: once per build of a rule book.
    Arguments: ``settings``, a value of the settings type.
    Returns: coding rules; the same function serves to fill blanks and to check a stated code.
    Given: ``derive`` gets the visit, its payer, that payer's knobs on the day, and one charge;
        of the visit what the manifest asks to see.
    Limits: 5 s a call. It fills what is blank and overrules nothing that was captured.
    Fails: closed: the visit's claims are held and the rule is named. Open where
        ``fails_open`` has it: the charge stays as it was.
    Since: contract 1.

    Example::

        @hook
        def coding_rules(settings):
            def derive(case, charge):
                if charge.minutes is None:
                    return None
                return Proposal(code="H0004", units=Decimal(charge.minutes // 15))

            return (CodingRule(id="EX-C1", title="Units", source="manual p. 3", derive=derive),)
    """


@hookspec
def claim_shapes(settings: Any) -> tuple[ClaimShape, ...]:  # type: ignore[empty-body]
    """Which codes travel on which 837, with which loops.

    When called: once per build of a rule book.
    Arguments: ``settings``.
    Returns: claim shapes.
    Given: nothing: what it states is data, and no function of it runs later.
    Limits: 20 s and 16 MiB to state everything, all hooks together.
    Fails: it is refused when the book is built, by name; no practice gets a part of it.
    Since: contract 1.

    Example::

        @hook
        def claim_shapes(settings):
            vision = Touches(prefixes=("V2",))
            return (
                ClaimShape(
                    id="EX-S1", title="Eyewear", source="837P guide",
                    form=Form.PROFESSIONAL, touches=vision, loops=("2400 PWK",),
                ),
            )
    """


@hookspec
def claim_edits(settings: Any) -> tuple[ClaimEdit, ...]:  # type: ignore[empty-body]
    """Rules that look at a finished claim and raise flags.

    When called: once per build of a rule book. The edit's ``check`` runs once per claim it can
    touch, with the lines it touches on days it holds.
    Arguments: ``settings``.
    Returns: claim edits. They may tighten what the platform says, never silence a ``reject``.
    Given: ``check`` gets the case (claim, day, knobs, what the rule's ``needs`` loaded) and the
        lines it touches; of them what the manifest asks to see. What is not
        loaded is None: no opinion.
    Limits: 5 s a claim, 60 s a batch, 200 flags a claim, 64 KiB an answer.
    Fails: closed: the claim is held, the rule and its plugin are named, other rules go on. Open
        where ``fails_open`` has it: noted, and not held.
    Since: contract 1.

    Example::

        @hook
        def claim_edits(settings):
            def check(case, lines):
                for line in lines:
                    if line.units > 4:
                        yield Flag(line_no=line.line_no, message="More than 4 units a day")

            return (ClaimEdit(id="EX-1", title="Units", source="manual", severity=Severity.DENY,
                              touches=Touches(codes=("H0004",)), check=check),)
    """


@hookspec
def derivations(settings: Any) -> tuple[Derivation, ...]:  # type: ignore[empty-body]
    """What the facts of a claim support: codes, units, places, amounts.

    When called: once per build of a rule book. ``derive`` runs for a scrubbed document that the
    derivation can touch, and answers in the words of the result (``derived`` or ``pricing``).
    Arguments: ``settings``.
    Returns: derivations. Of one key the last word holds, in the order of layers and ids; a key
    that is not given does not apply. The edit that checks a value asks the same function.
    Given: ``derive`` gets the case, as an edit's ``check`` does.
    Limits: 5 s a claim; its words are of the result and of no other place.
    Fails: open: the words are left out of the result; no claim is held by it.
    Since: contract 1.

    Example::

        @hook
        def derivations(settings):
            def supported(case):
                return Derived(
                    lines={
                        line.line_no: {"units": line.minutes // 15}
                        for line in case.claim.lines
                        if line.minutes is not None
                    }
                )

            return (Derivation(id="EX-U1", title="Units", source="manual p. 3", derive=supported,
                               touches=Touches(codes=("H0004",))),)
    """


@hookspec
def payer_policies(settings: Any) -> tuple[PayerPolicy, ...]:  # type: ignore[empty-body]
    """What payers ask, as named knobs by payer kind, payer, plan, state and date.

    When called: once per build of a rule book; resolved once per payer and day.
    Arguments: ``settings``.
    Returns: payer policies. Own knobs are named ``<plugin>.<knob>``.
    Given: nothing: what it states is data, and no function of it runs later.
    Limits: 20 s and 16 MiB to state everything, all hooks together.
    Fails: it is refused when the book is built, by name; no practice gets a part of it.
    Since: contract 1.

    Example::

        @hook
        def payer_policies(settings):
            return (
                PayerPolicy(
                    id="EX-P1", title="Filing limit", source="provider manual 2026, p. 12",
                    payer_ids=("30003",), knobs={"timely_filing_days": 180},
                ),
            )
    """


@hookspec
def fee_schedules(settings: Any) -> tuple[FeeSchedule, ...]:  # type: ignore[empty-body]
    """Tables of charges and of expected allowed amounts.

    When called: once per build of a rule book.
    Arguments: ``settings``.
    Returns: fee schedules; rows for one code, payer and day at equal rank are refused.
    Given: nothing: what it states is data, and no function of it runs later.
    Limits: 20 s and 16 MiB to state everything, all hooks together.
    Fails: it is refused when the book is built, by name; no practice gets a part of it.
    Since: contract 1.

    Example::

        @hook
        def fee_schedules(settings):
            return (
                FeeSchedule(
                    id="EX-F1", title="Charges", source="board decision of 2026-01-01",
                    fees=(Fee(code="H0004", amount_cents=4000),),
                ),
            )
    """


@hookspec
def pricing_steps(settings: Any) -> tuple[PricingStep, ...]:  # type: ignore[empty-body]
    """Changes of the expected allowed amount: percentages, caps, reductions.

    When called: once per build of a rule book; a step runs for the lines it touches.
    Arguments: ``settings``.
    Returns: pricing steps, run by ``order``; every change is kept in the trace.
    Given: ``apply`` gets the claim, its day and knobs, the line, and the amount in whole cents; the
        manifest has to ask for money.
    Limits: 5 s a line. Whole cents in and out; never below zero.
    Fails: the line is left without an expected amount, so nothing false is compared with a payment.
    Since: contract 1.

    Example::

        @hook
        def pricing_steps(settings):
            def half(case, line, amount_cents):
                return money.times(amount_cents, Decimal("0.5"))

            return (PricingStep(id="EX-M1", title="Half", source="contract s. 4", apply=half),)
    """


@hookspec
def gates(settings: Any) -> tuple[Gate, ...]:  # type: ignore[empty-body]
    """Privacy holds that no biller can override.

    When called: once per build of a rule book; a gate runs before the edits.
    Arguments: ``settings``.
    Returns: gates; each flag becomes a ``reject``.
    Given: as an edit's ``check``.
    Limits: as an edit's.
    Fails: closed, always: a gate that did not look holds the claim, and nobody may override it.
    Since: contract 1.

    Example::

        @hook
        def gates(settings):
            def closed(case, lines):
                if case.claim.attachments and not case.claim.signature_on_file:
                    yield Flag(message="No signature for the attached record")

            return (Gate(id="EX-G1", title="Attachment", source="45 CFR 164.508", check=closed),)
    """


@hookspec
def denial_plays(settings: Any) -> tuple[DenialPlay, ...]:  # type: ignore[empty-body]
    """What to do when a payer denies, and by when.

    When called: once per build of a rule book.
    Arguments: ``settings``.
    Returns: denial plays by CARC, group, RARC and payer kind.
    Given: nothing: what it states is data, and no function of it runs later.
    Limits: 20 s and 16 MiB to state everything, all hooks together.
    Fails: it is refused when the book is built, by name; no practice gets a part of it.
    Since: contract 1.

    Example::

        @hook
        def denial_plays(settings):
            return (
                DenialPlay(
                    id="EX-D1", title="No authorization", source="provider manual, p. 40",
                    carcs=("197",), step="Ask for a retroactive authorization", deadline_days=14,
                ),
            )
    """


@hookspec
def deadlines(settings: Any) -> tuple[Deadline, ...]:  # type: ignore[empty-body]
    """Dates a person must meet that follow from a visit or an episode.

    When called: once per build of a rule book; ``due`` runs for each encounter.
    Arguments: ``settings``.
    Returns: deadlines.
    Given: ``due`` gets the facts of the visit, what the manifest asks to see of them.
    Limits: 5 s a visit.
    Fails: the visit has no such date, and the fault is noted.
    Since: contract 1.

    Example::

        @hook
        def deadlines(settings):
            def due(visit):
                if visit.admission_date is None:
                    return None
                return DueDate(due=visit.admission_date + timedelta(days=5))

            return (Deadline(id="EX-T1", title="Notice", source="42 CFR 484.205", due=due),)
    """


@hookspec
def records(settings: Any) -> tuple[RecordType, ...]:  # type: ignore[empty-body]
    """The specialty's own typed records: stored sealed by the core, handed back as values.

    When called: once per build of a rule book.
    Arguments: ``settings``.
    Returns: record types; their ids begin with the plugin's name and a dot. A type whose records
    may make the visit one of a substance use disorder program says so with ``sensitivity``. A
    type that changed its shape counts it in ``schema_version`` and reads earlier ones by
    ``upgrade``.
    Given: ``upgrade`` gets the version and the JSON object of an earlier record; ``sensitivity`` a
        value of the type.
    Limits: a record is at most what a claim may carry; a type never reads another plugin's.
    Fails: closed: a record that cannot be read holds its claim.
    Since: contract 1.

    Example::

        class Refraction(msgspec.Struct, frozen=True):
            sphere: str

        @hook
        def records(settings):
            return (
                RecordType(id="example.refraction", title="Refraction", source="chart",
                           type=Refraction),
            )
    """


@hookspec
def demo_encounters(  # type: ignore[empty-body]
    seed: int, practice: DemoPractice
) -> tuple[Encounter, ...]:
    """Invented visits for the demonstration, the documentation and tests.

    When called: by the demonstration and the contract kit; never for a real practice.
    Arguments: ``seed``; ``practice`` with today's date and how many visits are wanted.
    Returns: encounters of invented patients; the same arguments give the same bytes anywhere.
    Given: no fact of anybody.
    Limits: services lie in the 60 days before ``practice.as_of``; no clock, no randomness but
        the seed's.
    Fails: by the demonstration and the contract kit alone; a practice never runs it.
    Since: contract 1.

    Example::

        from plugins.demo import DemoPeople, organization, person
        from plugins.demo_payers import BLUESTONE

        CLINIC = organization("example", "Example Clinic", "261QM0801X", 25_000_001, "1 Elm St")
        THERAPIST = person("Example", "Eve", "LCSW", "1041C0700X", 25_000_002)

        @hook
        def demo_encounters(seed, practice):
            people = DemoPeople("example", seed, practice, payers=((BLUESTONE, 1),))
            return tuple(
                people.visit(
                    number, CLINIC, THERAPIST, diagnoses=("F411",),
                    charges=(
                        people.charge(number, 1, code="H0004", service_from=people.day(number)),
                    ),
                )
                for number in range(practice.encounters)
            )
    """


HOOKS: tuple[Callable[..., Any], ...] = (
    settings_type,
    coding_rules,
    claim_shapes,
    claim_edits,
    derivations,
    payer_policies,
    fee_schedules,
    pricing_steps,
    gates,
    denial_plays,
    deadlines,
    records,
    demo_encounters,
)
"""Every hook, in the order of the documentation."""


PARTS = ("When called:", "Arguments:", "Returns:", "Given:", "Limits:", "Fails:", "Since:")
"""What the documentation of each hook says, in this order. ``Given`` is what the functions in the
values are handed, ``Limits`` what they may use in a process of their own, ``Fails`` what becomes of
a claim when one breaks or overstays.
"""


def documentation() -> str:
    """The text of ``docs/hooks.md``, made from the hooks themselves."""
    parts = [
        f"# Plugin hooks, contract {CONTRACT}.0-rc",
        "",
        f"Version {CONTRACT} is frozen once dental and home health have used every part of it; a",
        "change until then is said under Partners in the changelog. The names in the examples are",
        "those of `plugins`, with `msgspec`, `Decimal` and `timedelta`; each runs in the tests,",
        "with the function inside it.",
        "",
        "Made from `plugins/spec.py`; do not edit. A plugin is a module with a `MANIFEST` and any",
        f"of these hooks, named in the entry-point group `{ENTRY_POINT_GROUP}`.",
    ]
    for spec in HOOKS:
        text = inspect.cleandoc(spec.__doc__ or "")
        title = f"{spec.__name__}({', '.join(inspect.signature(spec).parameters)})"
        prose, _, example = text.partition("Example::")
        words = _paragraphs(prose).replace("``", "`")
        parts += ["", f"## {title}", "", words, "", "```python"]
        parts += [inspect.cleandoc(example), "```"]
    return "\n".join(parts) + "\n"


def _paragraphs(prose: str) -> str:
    lines = []
    for line in prose.strip().splitlines():
        starts = line.startswith(PARTS)
        lines.append(f"- {line}" if starts else f"  {line.strip()}" if _runs_on(line) else line)
    return "\n".join(lines)


def _runs_on(line: str) -> bool:
    return line.startswith("    ")
