"""Writing 278 files (005010X217): requests and answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from core.claims.parties import Sex
from core.eligibility.authorizations import (
    AuthorizationAnswer,
    AuthorizationRequest,
    Event,
    Member,
    Party,
    Rejection,
    Service,
)
from core.errors import InputError
from core.x12.authorization_certifications import write_certification
from core.x12.authorization_write_parts import (
    Segments,
    address,
    contact,
    decision,
    delivery,
    diagnoses,
    named,
    review,
    review_date,
    service_code,
    sparse,
)
from core.x12.elements import write_day
from core.x12.envelope import Envelope, wrap
from core.x12.guides.parts_278 import (
    EVENT_PROVIDERS,
    OTHER_REVIEWERS,
    SERVICE_PROVIDERS,
    TRANSPORT_PLACES,
)
from core.x12.syntax import Delimiters
from core.x12.written import refuse_faulty

Authorization = AuthorizationRequest | AuthorizationAnswer

VERSION = "005010X217"
_ANSWER = "11"


def write_authorizations(authorizations: Sequence[Authorization], envelope: Envelope) -> bytes:
    """One interchange, one ST for each request or answer, under its own control number.

    Raises ``InputError`` with the place of what the guide requires and is not there, or what is
    there and has no place in the guide.
    """
    if not authorizations:
        raise InputError("there is no authorization to write")
    bodies = []
    for place, each in enumerate(authorizations, 1):
        try:
            bodies.append((each.control_number, list(_Writing(each, envelope).segments())))
        except InputError as fault:
            raise InputError(f"authorization {place}: {fault.message}") from None
    data = wrap(envelope, "HI", VERSION, bodies)
    refuse_faulty(data, "authorization")
    return data


class _Writing:
    """One transaction: its levels are numbered as they are written."""

    def __init__(self, authorization: Authorization, envelope: Envelope) -> None:
        self._one = authorization
        self._answers = isinstance(authorization, AuthorizationAnswer)
        self._created = authorization.created or envelope.created
        self._delimiters: Delimiters = envelope.delimiters
        self._levels = 0

    def segments(self) -> Iterator[list[str]]:
        """Everything between ST and SE."""
        one = self._one
        asked = one.purpose if isinstance(one, AuthorizationRequest) else _ANSWER
        day, clock = f"{self._created:%Y%m%d}", f"{self._created:%H%M}"
        yield ["BHT", "0007", asked, one.reference, day, clock, one.kind]
        self._refuse_gaps()
        yield self._level("20", bool(one.requesters))
        if isinstance(one, AuthorizationAnswer):
            yield from _rejections(one.rejections)
        yield from self._party(one.reviewer, ("X3",))
        if not one.requesters:
            return
        yield self._level("21", one.subscriber is not None)
        for requester in one.requesters:
            yield from self._party(requester, ("1P", "FA"))
        if one.subscriber is None:
            return
        yield self._level("22", bool(one.dependent or one.event))
        yield from self._member(one.subscriber, "IL", "Y")
        if one.dependent is not None:
            yield self._level("23", one.event is not None)
            yield from self._member(one.dependent, "QC", "N")
        if one.event is not None:
            yield from self._event(one.event)

    def _refuse_gaps(self) -> None:
        """A level below one that is not there would be left out without a word."""
        one = self._one
        levels = (bool(one.requesters), one.subscriber is not None, one.event is not None)
        if sorted(levels, reverse=True) != list(levels) or (one.dependent and not levels[1]):
            raise InputError("requester, subscriber and event need the level above them")
        if isinstance(one, AuthorizationRequest):
            if one.purpose == _ANSWER:
                raise InputError("a request asks (13), cancels (01) or deducts (36), no 11")
            if not all(levels):
                raise InputError("a request needs a requester, a subscriber and an event")

    def _level(self, code: str, children: bool) -> list[str]:
        """The next HL; each level but services lies below the one written just before."""
        self._levels += 1
        parent = str(self._levels - 1) if self._levels > 1 else ""
        return ["HL", str(self._levels), parent, code, "1" if children else "0"]

    def _party(self, who: Party, roles: Sequence[str]) -> Iterator[list[str]]:
        if who.role not in roles:
            raise InputError(f"a party may have one of these roles here: {', '.join(roles)}")
        yield named(who.role, who.entity, who.name, who.id_qualifier, who.id)
        yield from (["REF", each.qualifier, each.value] for each in who.references)
        if who.refused_on is not None:
            yield ["DTP", "598", "D8", write_day(who.refused_on)]
        yield from address(who.address)
        if who.contact is not None:
            yield contact(who.contact)
        yield from _rejections(who.rejections)
        if who.taxonomy or who.specialty_role:
            yield ["PRV", who.specialty_role, "PXC", who.taxonomy]

    def _member(self, member: Member, code: str, subscriber: str) -> Iterator[list[str]]:
        yield ["NM1", code, "1", *_name(member)]
        yield from (["REF", each.qualifier, each.value] for each in member.references)
        yield from address(member.address)
        yield from _rejections(member.rejections)
        if member.birth_date is not None:
            yield ["DMG", "D8", write_day(member.birth_date), member.sex.value]
        elif member.sex is not Sex.UNKNOWN:
            raise InputError("the sex of a member is only sent together with the birth date")
        sequence = "" if member.birth_sequence is None else str(member.birth_sequence)
        if member.relationship:
            yield sparse(
                "INS",
                {1: subscriber, 2: member.relationship, 8: member.employment, 17: sequence},
            )
        elif member.employment or sequence:
            raise InputError("employment and birth sequence need the member's relationship")

    def _event(self, event: Event) -> Iterator[list[str]]:
        yield self._level("EV", bool(event.services))
        number = self._levels
        yield from self._facts(event)
        yield from self._events_own(event)
        yield from self._papers(event)
        for provider in event.providers:
            yield from self._party(provider, EVENT_PROVIDERS.split("|"))
        yield from self._information_contact(event.contact)
        for place in event.transports:
            yield from self._party(place, TRANSPORT_PLACES.split("|"))
        if event.other_reviewers and self._answers:
            raise InputError("an answer names no other reviewers")
        for reviewer in event.other_reviewers:
            yield from self._party(reviewer, OTHER_REVIEWERS.split("|"))
        for service in event.services:
            yield from self._service(service, number)

    def _events_own(self, event: Event) -> Iterator[list[str]]:
        """What an event has and a service has not, where it stands: after the dates."""
        if event.diagnoses:
            yield diagnoses(event.diagnoses, self._delimiters)
        if event.delivery is not None:
            yield delivery(event.delivery)
        for each in event.conditions:
            yield ["CRC", each.category, "Y" if each.applies else "N", *each.codes]
        stay = event.admission
        if stay is not None:
            yield ["CL1", stay.type, stay.source, stay.status, stay.residence]
        yield from map(write_certification, event.certifications)

    def _facts(self, part: Event | Service) -> Iterator[list[str]]:
        """What event and service have alike, up to their dates."""
        if self._answers and part.decision is None and not part.rejections:
            message = "an answered event or service has a decision (HCR) or a refusal (AAA)"
            raise InputError(message)
        for trace in part.traces:
            yield ["TRN", trace.kind, trace.number, trace.originator, trace.further]
        yield from _rejections(part.rejections)
        if part.review is not None:
            yield review(part.review, self._delimiters)
        if part.decision is not None:
            yield decision(part.decision, self._delimiters)
        for qualifier, value in (
            ("NT", part.administrative_number),
            ("BB", part.previous_authorization),
        ):
            if value:
                yield ["REF", qualifier, value]
        yield from map(review_date, part.dates)

    def _papers(self, part: Event | Service) -> Iterator[list[str]]:
        for paper in part.attachments:
            number = paper.control_number
            kind = "AC" if number else ""
            start = ["PWK", paper.report_type, paper.transmission, "", "", kind, number]
            yield [*start, paper.description]
        if part.message:
            yield ["MSG", part.message]

    def _information_contact(self, who: Party | None) -> Iterator[list[str]]:
        if who is None:
            return
        if not self._answers:
            raise InputError("only an answer says where more information is to be sent")
        yield from self._party(who, ("1P", "2B", "ABG", "PR", "X3"))

    def _service(self, service: Service, event: int) -> Segments:
        self._levels += 1
        yield ["HL", str(self._levels), str(event), "SS", "0"]
        yield from self._facts(service)
        yield from service_code(service, self._delimiters)
        if service.delivery is not None:
            yield delivery(service.delivery)
        yield from self._papers(service)
        for provider in service.providers:
            yield from self._party(provider, SERVICE_PROVIDERS.split("|"))
        yield from self._information_contact(service.contact)


def _name(member: Member) -> list[str]:
    who = member.name
    qualifier = member.id_qualifier if member.id else ""
    return [who.last, who.first, who.middle, "", who.suffix, qualifier, member.id]


def _rejections(rejections: Sequence[Rejection]) -> Iterator[list[str]]:
    for each in rejections:
        yield ["AAA", "Y" if each.understood else "N", "", each.reason, each.follow_up]
