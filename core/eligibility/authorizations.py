"""Authorization of services (278) as values: what is asked, and what the reviewer decided.

The words of the guide (005010X217): the *reviewer* is the payer or who decides for it (UMO), the
*event* is what happens to the patient (a stay, a course of treatment), a *service* is one part of
it. Every value knows its ``segment`` in the file, 0 where it was not read from one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

from core.claims.claim import Tooth
from core.claims.parties import Address, Entity, Name, Reference, Sex, Value
from core.eligibility.certifications import Certification

# HCR01 by what it means for the practice.
CERTIFYING = frozenset(("A1", "A2", "A6"))
OPEN = frozenset(("A4", "CT"))
NOT_NEEDED = "NA"


class Rejection(Value, frozen=True, kw_only=True):
    """AAA: why there is no decision. ``reason`` is AAA03, ``follow_up`` AAA04.

    ``understood`` is AAA01: whether the request as such was valid.
    """

    segment: int = 0
    reason: str
    follow_up: str
    understood: bool = False


class Trace(Value, frozen=True, kw_only=True):
    """TRN: a number to find the event or service again; ``kind`` 1 ours, 2 that of the other."""

    segment: int = 0
    kind: str = "1"
    number: str
    originator: str
    further: str = ""


class Contact(Value, frozen=True, kw_only=True):
    """PER: a name and up to three numbers by kind (TE telephone, FX fax, EM mail, UR address)."""

    segment: int = 0
    name: str = ""
    numbers: tuple[Reference, ...] = ()


class Party(Value, frozen=True, kw_only=True):
    """Who takes part: NM1 and what follows it. ``role`` is NM101 (X3, 1P, SJ, 71, FA ...).

    ``specialty_role`` is PRV01, ``taxonomy`` PRV03. ``refused_on`` is for another reviewer that
    refused before.
    """

    segment: int = 0
    role: str
    entity: Entity = Entity.ORGANIZATION
    name: Name = Name(last="")
    id_qualifier: str = ""
    id: str = ""
    references: tuple[Reference, ...] = ()
    address: Address | None = None
    contact: Contact | None = None
    specialty_role: str = ""
    taxonomy: str = ""
    refused_on: date | None = None
    rejections: tuple[Rejection, ...] = ()


class Member(Value, frozen=True, kw_only=True):
    """The subscriber, or the dependent whose ``relationship`` to them is INS02.

    ``employment`` is INS08, ``birth_sequence`` INS17 (which of twins).
    """

    segment: int = 0
    name: Name
    id_qualifier: str = ""
    id: str = ""
    birth_date: date | None = None
    sex: Sex = Sex.UNKNOWN
    relationship: str = ""
    employment: str = ""
    birth_sequence: int | None = None
    address: Address | None = None
    references: tuple[Reference, ...] = ()
    rejections: tuple[Rejection, ...] = ()


class Review(Value, frozen=True, kw_only=True):
    """UM: what is asked for.

    ``request`` is UM01 (AR admission, HS services, SC specialty care, IN reservation),
    ``certification`` UM02 (I initial, R renewal, 4 extension, S revised, 3 cancel, 1 and 2
    appeals), ``place`` a place of service (``place_kind`` B) or type of bill (A), ``causes`` what
    the care follows from (AA auto, AP another party, EM work), ``urgency`` UM06 (03 emergency, U
    urgent, E elective).
    """

    segment: int = 0
    request: str
    certification: str = ""
    service_type: str = ""
    place: str = ""
    place_kind: str = "B"
    bill_frequency: str = ""
    causes: tuple[str, ...] = ()
    accident_state: str = ""
    accident_country: str = ""
    urgency: str = ""
    condition: str = ""
    prognosis: str = ""
    release: str = ""
    delay_reason: str = ""


class ReviewDate(Value, frozen=True, kw_only=True):
    """DTP by qualifier: a day, ``first`` to ``last``, or a day with the time HHMM."""

    segment: int = 0
    qualifier: str
    first: date
    last: date | None = None
    time: str = ""


class Diagnosis(Value, frozen=True, kw_only=True):
    """One code of HI: ``qualifier`` ABK principal, ABF another, ABJ admitting, APR reason, DR."""

    qualifier: str
    code: str
    on: date | None = None


class Delivery(Value, frozen=True, kw_only=True):
    """HSD: how much and how often: 12 visits (``kind`` VS), 3 every week, for 4 weeks."""

    segment: int = 0
    kind: str = ""
    quantity: Decimal | None = None
    unit: str = ""
    every: Decimal | None = None
    period: str = ""
    periods: int | None = None
    frequency: str = ""
    time_of_day: str = ""


class Condition(Value, frozen=True, kw_only=True):
    """CRC: conditions of one ``category`` (07 ambulance, 09 equipment, 75 limits) that apply."""

    segment: int = 0
    category: str
    applies: bool = True
    codes: tuple[str, ...]


class Admission(Value, frozen=True, kw_only=True):
    """CL1: admission type and source, patient status, residence."""

    segment: int = 0
    type: str = ""
    source: str = ""
    status: str = ""
    residence: str = ""


class ReviewAttachment(Value, frozen=True, kw_only=True):
    """PWK: a paper that supports the request, how it travels, its number and what it is."""

    segment: int = 0
    report_type: str
    transmission: str
    control_number: str = ""
    description: str = ""


class Decision(Value, frozen=True, kw_only=True):
    """HCR: ``action`` A1 in full, A2 in part, A3 not, A4 pended, A6 changed, C cancelled, CT call,
    NA none needed; the authorization ``number``, and the reasons by number."""

    segment: int = 0
    action: str
    number: str = ""
    reasons: tuple[str, ...] = ()
    second_opinion: bool | None = None

    @property
    def certifies(self) -> bool:
        """Whether something is certified: in full, in part or with changes."""
        return self.action in CERTIFYING

    @property
    def allows(self) -> bool:
        """Whether the service may be given: it is certified, or needs no certification."""
        return self.certifies or self.action == NOT_NEEDED


class Service(Value, frozen=True, kw_only=True):
    """One service asked for. ``form`` is SV1, SV2, SV3, or empty for a service without a code."""

    segment: int = 0
    traces: tuple[Trace, ...] = ()
    review: Review | None = None
    previous_authorization: str = ""
    administrative_number: str = ""
    dates: tuple[ReviewDate, ...] = ()
    form: str = ""
    code_qualifier: str = ""
    code: str = ""
    modifiers: tuple[str, ...] = ()
    description: str = ""
    last_code: str = ""
    revenue_code: str = ""
    charge_cents: int | None = None
    unit: str = ""
    units: Decimal | None = None
    rate_cents: int | None = None
    pointers: tuple[int, ...] = ()
    epsdt: bool | None = None
    residence: str = ""
    care_level: str = ""
    oral_cavity: tuple[str, ...] = ()
    prosthesis: str = ""
    teeth: tuple[Tooth, ...] = ()
    delivery: Delivery | None = None
    attachments: tuple[ReviewAttachment, ...] = ()
    message: str = ""
    providers: tuple[Party, ...] = ()
    contact: Party | None = None
    decision: Decision | None = None
    rejections: tuple[Rejection, ...] = ()

    @property
    def service_from(self) -> date | None:
        """The first day of service."""
        found = _dated(self.dates, "472")
        return found.first if found else None

    @property
    def service_to(self) -> date | None:
        """The last day of service."""
        found = _dated(self.dates, "472")
        return (found.last or found.first) if found else None

    @property
    def quantity(self) -> Decimal | None:
        """How many, as the line counts them, else as the delivery says."""
        if self.units is not None:
            return self.units
        return self.delivery.quantity if self.delivery else None


class Event(Value, frozen=True, kw_only=True):
    """What the review is about: loop 2000E."""

    segment: int = 0
    traces: tuple[Trace, ...] = ()
    review: Review | None = None
    previous_authorization: str = ""
    administrative_number: str = ""
    dates: tuple[ReviewDate, ...] = ()
    diagnoses: tuple[Diagnosis, ...] = ()
    delivery: Delivery | None = None
    conditions: tuple[Condition, ...] = ()
    admission: Admission | None = None
    certifications: tuple[Certification, ...] = ()
    attachments: tuple[ReviewAttachment, ...] = ()
    message: str = ""
    providers: tuple[Party, ...] = ()
    transports: tuple[Party, ...] = ()
    other_reviewers: tuple[Party, ...] = ()
    contact: Party | None = None
    decision: Decision | None = None
    rejections: tuple[Rejection, ...] = ()
    services: tuple[Service, ...] = ()

    def day(self, qualifier: str) -> date | None:
        """The first day of a date: 435 admission, 096 discharge, 431 onset, 439 accident ..."""
        found = _dated(self.dates, qualifier)
        return found.first if found else None


class AuthorizationRequest(Value, frozen=True, kw_only=True):
    """A 278 that asks. ``purpose`` is BHT02 (13 ask, 01 cancel), ``reference`` BHT03.

    The patient is the dependent where there is one, else the subscriber.
    """

    segment: int = 0
    control_number: str
    purpose: str = "13"
    reference: str
    created: datetime | None = None
    kind: str = ""
    reviewer: Party
    requesters: tuple[Party, ...]
    subscriber: Member
    dependent: Member | None = None
    event: Event

    @property
    def patient(self) -> Member:
        """Whom the care is for."""
        return self.dependent or self.subscriber


class AuthorizationAnswer(Value, frozen=True, kw_only=True):
    """A 278 that answers; ``reference`` is that of the request. ``kind`` 18: no more will follow.

    An answer that refuses at a level ends there: what lies below is then None. ``rejections`` are
    those of the transaction as a whole.
    """

    segment: int = 0
    control_number: str
    reference: str
    created: datetime | None = None
    kind: str = ""
    rejections: tuple[Rejection, ...] = ()
    reviewer: Party
    requesters: tuple[Party, ...] = ()
    subscriber: Member | None = None
    dependent: Member | None = None
    event: Event | None = None

    @property
    def services(self) -> tuple[Service, ...]:
        """The services answered, in order."""
        return self.event.services if self.event else ()

    @property
    def number(self) -> str:
        """The authorization number: the event's, else the first of a service."""
        decisions = [self.event.decision] if self.event else []
        decisions += [service.decision for service in self.services]
        return next((each.number for each in decisions if each and each.number), "")


def _dated(dates: tuple[ReviewDate, ...], qualifier: str) -> ReviewDate | None:
    return next((each for each in dates if each.qualifier == qualifier), None)


def all_rejections(answer: AuthorizationAnswer) -> tuple[Rejection, ...]:
    """Every refusal of an answer, from the transaction down to the providers of a service."""
    return tuple(_rejections(answer))


def _rejections(answer: AuthorizationAnswer) -> Iterator[Rejection]:
    yield from answer.rejections
    for who in (answer.reviewer, *answer.requesters):
        yield from who.rejections
    for member in (answer.subscriber, answer.dependent):
        if member is not None:
            yield from member.rejections
    if answer.event is None:
        return
    parts: tuple[Event | Service, ...] = (answer.event, *answer.event.services)
    for part in parts:
        yield from part.rejections
        for who in part.providers:
            yield from who.rejections


def decision_on(answer: AuthorizationAnswer, service: Service) -> Decision | None:
    """What was decided on a service of the answer: its own decision, else that on the event.

    None where the service was refused before any decision.
    """
    if service.decision is not None or service.rejections or answer.event is None:
        return service.decision
    return answer.event.decision


def certified_services(answer: AuthorizationAnswer) -> tuple[Service, ...]:
    """The services that may be given: certified in full, in part or with changes."""
    return tuple(
        service
        for service in answer.services
        if (decision := decision_on(answer, service)) is not None and decision.certifies
    )


def approved_quantity(answer: AuthorizationAnswer, service: Service) -> Decimal | None:
    """How much of a service may be given: 0 where it may not, None where no number is said."""
    decision = decision_on(answer, service)
    if decision is None or not decision.allows:
        return Decimal(0)
    return service.quantity


def in_effect(
    answer: AuthorizationAnswer, service: Service | None = None
) -> tuple[date | None, date | None]:
    """First and last day of the certification of a service, or of the event; None is open.

    DTP 007 (a day, or a span) and 036 are asked on the service first, then on the event.
    """
    dates: tuple[ReviewDate, ...] = service.dates if service is not None else ()
    event = answer.event.dates if answer.event else ()
    effective = _dated(dates, "007") or _dated(event, "007")
    expires = _dated(dates, "036") or _dated(event, "036")
    first = effective.first if effective else None
    last = expires.first if expires else effective.last if effective else None
    return first, last


def covers(answer: AuthorizationAnswer, service: Service, day: date) -> bool:
    """Whether a service may be given on ``day``, as far as this answer goes."""
    decision = decision_on(answer, service)
    first, last = in_effect(answer, service)
    return (
        decision is not None
        and decision.allows
        and (first is None or first <= day)
        and (last is None or day <= last)
    )


def unanswered(request: AuthorizationRequest, answer: AuthorizationAnswer) -> tuple[Service, ...]:
    """The services asked for that still wait for a decision: pended, to be called about, or absent.

    A service is found again by the number we gave it (TRN), else by code and modifiers, each
    service of the answer once. What was refused waits for nothing: it must be asked again. A
    request without services waits as a whole; ask ``is_open``.
    """
    event = answer.event
    if event is None or event.rejections:
        return () if all_rejections(answer) else request.event.services
    left = list(event.services)
    waiting = []
    for service in request.event.services:
        found = _match(service, left)
        if found is not None:
            left.remove(found)
        refused = found is not None and found.rejections
        decision = decision_on(answer, found) if found is not None else event.decision
        if not refused and not _settled(decision):
            waiting.append(service)
    return tuple(waiting)


def is_open(answer: AuthorizationAnswer) -> bool:
    """Whether a decision is still to come: nothing was refused and something is undecided."""
    if answer.event is None:
        return False
    decisions = [decision_on(answer, each) for each in answer.services if not each.rejections]
    if not answer.services and not answer.event.rejections:
        decisions = [answer.event.decision]
    return any(not _settled(decision) for decision in decisions)


def _settled(decision: Decision | None) -> bool:
    return decision is not None and decision.action not in OPEN


def _match(service: Service, others: list[Service]) -> Service | None:
    numbers = {trace.number for trace in service.traces}
    for other in others:
        if numbers.intersection(trace.number for trace in other.traces):
            return other
    for other in others:
        ours = any(trace.kind == "2" for trace in other.traces)
        if not ours and (other.code, other.modifiers) == (service.code, service.modifiers):
            return other
    return None
