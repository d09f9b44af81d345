"""What of a claim a plugin is given: the fields of each kind of fact it asks for, and no others.

Every field of every value that stands in a claim, a visit or the facts loaded for it is listed here
once. A field that is not listed makes a test fail: whether a plugin may have it is decided, not
forgotten. What is withheld looks as if it had not been stated.

Three things are decided for the whole: a claim of a substance use disorder program is withheld from
plugins that do not ask for it (42 CFR Part 2); a plugin never gets records of another plugin; and
numbers that name a claim or a person are replaced by others, alike where they were alike. Text that
people typed may name anybody, so it needs both clinical facts and demographics. Psychotherapy notes
are in no claim, and are given to no plugin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from operator import attrgetter
from typing import Any, TypeVar, cast
from uuid import UUID

import msgspec
from msgspec.structs import replace

from core.claims.claim import (
    Attachment,
    Claim,
    Institutional,
    LineFacts,
    OtherPayer,
    ServiceLine,
    SpecialtyRecord,
    VisitFacts,
)
from core.claims.parties import Name, Person, Provider, Subscriber
from core.confidentiality import Sensitivity
from core.consent import Consent, ConsentKind
from core.intake.encounter import Charge, Coverage, Encounter, Patient
from core.part_two import sensitivity_of
from core.rules.facts import NOTHING_LOADED, Authorization, ClaimFacts, PriorService
from core.rules.needs import HistoryNeed, Needs
from core.rules.sees import Sees

T = TypeVar("T", bound=msgspec.Struct)

NOBODY = Name(last="")
NO_ID = UUID(int=0)

FREE, DEMOGRAPHICS, CLINICAL, MONEY, HISTORY, SUBSTANCE = (
    "free", Sees.DEMOGRAPHICS, Sees.CLINICAL, Sees.MONEY, Sees.HISTORY, Sees.SUBSTANCE_USE,
)  # fmt: skip
TEXT, NUMBER, PART, OWN = "text", "number", "part", "own"
"""How else a field is treated: typed text; a number that is replaced; a value with fields of its
own; records, of which only the plugin's own are given."""

_VISIT = {
    FREE: (
        "form place_of_service clia clia_kind admission_date discharge_date signature_on_file "
        "accept_assignment benefits_assigned release_of_information patient_signature_source "
        "delay_reason"
    ),
    CLINICAL: (
        "diagnoses present_on_admission accident condition_codes onset_date dental special_program "
        "dates"
    ),
    MONEY: "stated_charge_cents",
    DEMOGRAPHICS: "references",
    TEXT: "notes",
    NUMBER: "auth_number referral_number",
    OWN: "records",
    PART: (
        "institutional referring ordering supervising attending operating service_facility pay_to "
        "attachments"
    ),
}
_LINE = {
    FREE: (
        "line_no code code_qualifier modifiers units unit_basis service_from service_to "
        "place_of_service pointers revenue_code minutes emergency"
    ),
    CLINICAL: "start end teeth oral_cavity prosthesis prosthesis_prior_on drug dates",
    MONEY: "noncovered_cents rate_cents adjudications charge_cents",
    DEMOGRAPHICS: "references",
    TEXT: "description notes",
    NUMBER: "auth_number",
    OWN: "records",
    PART: "rendering",
}
_SENT = {
    FREE: "frequency sequence",
    MONEY: "patient_paid_cents",
    NUMBER: "payer_claim_number",
    PART: "billing rendering other_payers",
}


def _joined(*tables: Mapping[Any, str]) -> dict[Any, str]:
    return {
        kind: " ".join(one[kind] for one in tables if kind in one)
        for kind in (FREE, DEMOGRAPHICS, CLINICAL, MONEY, TEXT, NUMBER, PART, OWN)
    }


FIELDS: Mapping[type[msgspec.Struct], Mapping[Any, str]] = {
    Claim: _joined(
        _VISIT,
        _SENT,
        {
            FREE: "payer total_line_is_last",
            NUMBER: "claim_number",
            PART: "subscriber patient lines total_lines",
        },
    ),
    Encounter: _joined(
        _VISIT,
        _SENT,
        {NUMBER: "id external_id", PART: "patient coverages charges"},
    ),
    VisitFacts: _VISIT,
    ServiceLine: _joined(
        _LINE, {MONEY: "expected_cents fee_source", NUMBER: "control_number charge_id"}
    ),
    Charge: _joined(_LINE, {NUMBER: "id"}),
    Patient: {NUMBER: "id number", PART: "person"},
    Coverage: {FREE: "rank payer window", NUMBER: "id patient_id payer_ref", PART: "subscriber"},
    Person: {DEMOGRAPHICS: "name birth_date sex address phone death_date"},
    Subscriber: {
        FREE: "relationship msp_type entity",
        DEMOGRAPHICS: "member_id group_number group_name",
        PART: "person",
    },
    Provider: {
        FREE: (
            "entity npi taxonomy credential group_id specialty licensed_states compacts country"
        ),
        SUBSTANCE: "otp_enrolled",
        DEMOGRAPHICS: "name tax_id tax_id_kind address phone contact_name references",
    },
    OtherPayer: {
        FREE: ("sequence payer benefits_assigned release_of_information patient_signature_source"),
        MONEY: ("paid_cents adjustments remaining_patient_cents noncovered_cents adjudicated_on"),
        NUMBER: "payer_claim_number",
        PART: "subscriber",
    },
    Institutional: {
        FREE: "type_of_bill statement_from statement_to admission_date",
        CLINICAL: (
            "admission_hour discharge_hour admission_type point_of_origin patient_status "
            "admitting_diagnosis reason_diagnoses external_causes drg procedures occurrences "
            "occurrence_spans treatment_codes"
        ),
        MONEY: "value_codes",
    },
    Attachment: {
        CLINICAL: "report_type transmission content is_authorized",
        NUMBER: "control_number",
    },
    PriorService: {
        FREE: (
            "service_on code modifiers units rendering_npi group_npi taxonomy place_of_service "
            "status face_to_face global_days sensitivity"
        ),
        CLINICAL: "same_problem teeth oral_cavity",
        NUMBER: "claim_number",
    },
    Authorization: {
        FREE: "codes window unit units_approved units_used units_pending provider_npi",
        NUMBER: "number",
    },
    ClaimFacts: {
        HISTORY: "other_coverages abn_on_file",
        OWN: "records",
        PART: "history authorizations eligibility accumulators consents",
    },
    Consent: {
        FREE: "kind signed_on purposes recipients expires_on revoked_on",
        TEXT: "expires_event document",
        NUMBER: "id patient_id",
    },
}
"""Every field by what a plugin has to ask for. Values below these (a tooth, a date, a payment of
another payer) go with the field they stand in. A payer is not a patient: it is given whole."""

_EMPTY: Mapping[str, Any] = {
    "name": NOBODY, "charge_cents": 0, "report_type": "", "transmission": "", "sex": None,
    "jurisdiction": "",
}  # fmt: skip
"""What stands for a required field that is withheld, and for one whose default says something."""


class Numbers:
    """The numbers of one claim, replaced: alike where they were alike, and telling nothing."""

    def __init__(self, claim_number: str = "", position: int = 0) -> None:
        self._known = {claim_number: str(position + 1)} if claim_number else {}

    def replaced(self, value: Any) -> Any:
        """What stands for ``value``."""
        if isinstance(value, str):
            if not value:
                return value
            return self._known.setdefault(value, f"number-{len(self._known) + 1}")
        return NO_ID if isinstance(value, UUID) else value


_Filter = Callable[[Any, Numbers], Any]


class Visible:
    """The sight of one plugin, by its name and what its manifest asks for."""

    def __init__(self, plugin: str, sees: Iterable[Sees]) -> None:
        self._own, self._sees = f"{plugin}.", frozenset(sees)
        self._filters: dict[type, _Filter] = {kind: self._filter(kind) for kind in FIELDS}

    def withholds(self, facts: VisitFacts, lines: Iterable[LineFacts]) -> bool:
        """Whether all of a claim or visit is kept from it."""
        if Sees.SUBSTANCE_USE in self._sees:
            return False
        if not facts.records and not any(line.records for line in lines):
            return False
        return sensitivity_of(facts, lines) is Sensitivity.SUBSTANCE_USE

    def shown(self, value: T, numbers: Numbers) -> T:
        """``value`` with the fields it may see."""
        return cast("T", self._filters[type(value)](value, numbers))

    def facts(
        self, facts: ClaimFacts, needs: Needs, day: date | None, numbers: Numbers
    ) -> ClaimFacts:
        """Of what was loaded for a claim of ``day``, what rules with ``needs`` asked for."""
        if facts is NOTHING_LOADED:
            return facts
        history = Sees.HISTORY in self._sees
        money = Sees.MONEY in self._sees
        return ClaimFacts(
            history=self._history(facts.history, needs.history, day, numbers) if history else None,
            authorizations=self._each(facts.authorizations, numbers)
            if history and needs.authorizations
            else None,
            eligibility=facts.eligibility if history and needs.eligibility else None,
            other_coverages=facts.other_coverages if history and needs.eligibility else None,
            abn_on_file=facts.abn_on_file if history else None,
            accumulators=_named(facts.accumulators, needs.accumulators) if money else None,
            records=self._records(facts.records),
            consents=self._consents(facts.consents, numbers) if needs.consents else (),
        )

    def _history(
        self,
        history: Sequence[PriorService] | None,
        needs: Sequence[HistoryNeed],
        day: date | None,
        numbers: Numbers,
    ) -> tuple[PriorService, ...] | None:
        if history is None or not needs or day is None:
            return None
        may_see_all = Sees.SUBSTANCE_USE in self._sees
        return tuple(
            self.shown(one, numbers)
            for one in history
            if (may_see_all or one.sensitivity is Sensitivity.NONE)
            and any(_asks(need, one, day) for need in needs)
        )

    def _consents(self, consents: Iterable[Consent], numbers: Numbers) -> tuple[Consent, ...]:
        """That there is a consent about such a program says that there was such a treatment."""
        if Sees.CLINICAL not in self._sees:
            return ()
        substance_use = Sees.SUBSTANCE_USE in self._sees
        return tuple(
            self.shown(one, numbers)
            for one in consents
            if substance_use or one.kind is ConsentKind.PSYCHOTHERAPY_NOTES
        )

    def _records(self, records: Iterable[SpecialtyRecord]) -> tuple[SpecialtyRecord, ...]:
        return tuple(one for one in records if one.kind.startswith(self._own))

    def _each(self, values: Iterable[T] | None, numbers: Numbers) -> tuple[T, ...] | None:
        return None if values is None else tuple(self.shown(one, numbers) for one in values)

    def _filter(self, kind: type[msgspec.Struct]) -> _Filter:
        fields = {group: names.split() for group, names in FIELDS[kind].items()}
        withheld = [name for one in Sees if one not in self._sees for name in fields.get(one, ())]
        if not {Sees.CLINICAL, Sees.DEMOGRAPHICS} <= self._sees:
            withheld += fields.get(TEXT, ())
        empty = {name: _empty(kind, name) for name in withheld}
        treated: dict[str, _Filter] = {
            **dict.fromkeys(fields.get(NUMBER, ()), _replaced),
            **dict.fromkeys(fields.get(OWN, ()), lambda found, _: self._records(found)),
            **dict.fromkeys(fields.get(PART, ()), self._part),
        }
        if not treated and len(empty) == len(kind.__struct_fields__):
            nothing = kind(**empty)
            return lambda value, numbers: nothing
        if not treated:
            return lambda value, numbers: replace(value, **empty)
        return _filtered(empty, treated)

    def _part(self, found: Any, numbers: Numbers) -> Any:
        filters = self._filters
        if isinstance(found, tuple):
            return tuple(filters[type(one)](one, numbers) for one in found)
        return filters[type(found)](found, numbers)


def _filtered(empty: Mapping[str, Any], treated: Mapping[str, _Filter]) -> _Filter:
    """Withheld fields as in ``empty``, others as ``treated`` where they hold something."""
    # One field more, so that the getter gives a row also where one field is treated.
    names = (*treated, "__class__")
    getter = attrgetter(*names)
    rows = tuple(treated.items())

    def filtered(value: Any, numbers: Numbers) -> Any:
        changed = dict(empty)
        for (name, treat), found in zip(rows, getter(value), strict=False):
            if found:
                changed[name] = treat(found, numbers)
        return replace(value, **changed)

    return filtered


def _replaced(found: Any, numbers: Numbers) -> Any:
    return numbers.replaced(found)


def _empty(kind: type[msgspec.Struct], name: str) -> Any:
    if name in _EMPTY:
        return _EMPTY[name]
    names, defaults = kind.__struct_fields__, kind.__struct_defaults__
    default = defaults[names.index(name) - len(names)]
    if default is msgspec.NODEFAULT:
        raise LookupError(f"nothing stands for {kind.__name__}.{name} where it is withheld")
    return default


def _asks(need: HistoryNeed, one: PriorService, day: date) -> bool:
    return (not need.codes or one.code in need.codes) and one.service_on >= day - timedelta(
        days=need.look_back_days
    )


def _named(found: Mapping[str, int] | None, names: Sequence[str]) -> Mapping[str, int] | None:
    if found is None or not names:
        return None
    return {name: found[name] for name in names if name in found}


def together(needs: Iterable[Needs]) -> Needs:
    """What rules ask for that are asked about one claim."""
    every = tuple(needs)
    return Needs(
        history=tuple(dict.fromkeys(one for each in every for one in each.history)),
        authorizations=any(one.authorizations for one in every),
        eligibility=any(one.eligibility for one in every),
        accumulators=tuple(dict.fromkeys(one for each in every for one in each.accumulators)),
        consents=any(one.consents for one in every),
        tables=tuple(dict.fromkeys(one for each in every for one in each.tables)),
    )
