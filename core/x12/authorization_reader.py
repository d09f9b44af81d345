"""Reading 278 files (005010X217): requests and answers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from core.claims.claim import Tooth
from core.claims.parties import Sex
from core.eligibility.authorizations import (
    AuthorizationAnswer,
    AuthorizationRequest,
    Decision,
    Diagnosis,
    Event,
    Member,
    Party,
    Review,
    Service,
)
from core.errors import X12SyntaxError
from core.x12 import authorization_read_parts as parts
from core.x12.authorization_certifications import read_certification
from core.x12.authorization_read_parts import each, first, first_numbered, numbered
from core.x12.elements import at, read_day
from core.x12.loops import Loop, TransactionLoops, read_transactions

Authorization = AuthorizationRequest | AuthorizationAnswer

_ANSWER = "11"
_PURPOSES = frozenset(("01", "13", "36", _ANSWER))
_SEXES = {sex.value: sex for sex in Sex}


def read_authorizations(data: bytes | Iterable[bytes]) -> tuple[Authorization, ...]:
    """Every authorization request and answer of a file; other transactions are passed over.

    Raises a positioned ``X12SyntaxError`` for what is not X12, a number or date that is none, a
    level without its party, or a file without any 278.
    """
    found = [_Reading(transaction).whole() for transaction in read_transactions(data, ("278",))]
    if not found:
        raise X12SyntaxError("it holds no authorization request or answer (278)")
    return tuple(found)


class _Reading:
    """One transaction: its delimiters, and the way from loops to values."""

    def __init__(self, transaction: TransactionLoops) -> None:
        bodies = [loop for loop in transaction.body.loops if loop.value("BHT", 2) in _PURPOSES]
        if not bodies:
            message = "this 278 neither asks nor answers: BHT02 is not 13, 01, 36 or 11"
            raise X12SyntaxError(message, segment=transaction.segment)
        self._transaction = transaction
        self._body = bodies[0]
        self._answers = self._body.value("BHT", 2) == _ANSWER
        self._component = transaction.delimiters.component
        self._repetition = transaction.delimiters.repetition

    def whole(self) -> Authorization:
        """The request or answer."""
        body = self._body
        reviewer = _level(body, "2000A")
        requester = _maybe(reviewer, "2000B")
        subscriber = _maybe(requester, "2000C")
        dependent = _maybe(subscriber, "2000D")
        event = _maybe(dependent, "2000E") or _maybe(subscriber, "2000E")
        fields: dict[str, Any] = {
            "segment": self._transaction.segment,
            "control_number": self._transaction.control,
            "reference": body.value("BHT", 3),
            "created": first(body, "BHT", parts.moment),
            "kind": body.value("BHT", 6),
            "reviewer": self.party(_level(reviewer, "2010A")),
            "requesters": self.parties(requester, "2010B"),
            "subscriber": self.member(subscriber, "2010C"),
            "dependent": self.member(dependent, "2010D"),
            "event": self.event(event) if event else None,
        }
        if self._answers:
            return AuthorizationAnswer(rejections=parts.rejections(reviewer), **fields)
        for needed, what in (
            ("requesters", "a requester (2010B)"),
            ("subscriber", "a subscriber (2010C)"),
            ("event", "an event (2000E)"),
        ):
            if not fields[needed]:
                raise X12SyntaxError(f"{what} is missing in this request", segment=body.number)
        return AuthorizationRequest(purpose=body.value("BHT", 2), **fields)

    def parties(self, loop: Loop | None, loop_id: str) -> tuple[Party, ...]:
        """The parties of one kind in a level."""
        return tuple(map(self.party, loop.below(loop_id))) if loop else ()

    def party(self, loop: Loop) -> Party:
        """NM1 and what follows it."""
        opening = loop.segments[0]
        return Party(
            segment=loop.number,
            role=at(opening, 1),
            entity=parts.entity(opening),
            name=parts.name(opening),
            id_qualifier=at(opening, 8),
            id=at(opening, 9),
            references=parts.references(loop),
            address=parts.address(loop),
            contact=first_numbered(loop, "PER", parts.contact),
            specialty_role=loop.value("PRV", 1),
            taxonomy=loop.value("PRV", 3),
            refused_on=first(loop, "DTP", lambda dtp: read_day(at(dtp, 3)), "598"),
            rejections=parts.rejections(loop),
        )

    def member(self, level: Loop | None, loop_id: str) -> Member | None:
        """Loop 2010C or 2010D."""
        loop = _maybe(level, loop_id)
        if loop is None:
            return None
        opening = loop.segments[0]
        return Member(
            segment=loop.number,
            name=parts.name(opening),
            id_qualifier=at(opening, 8),
            id=at(opening, 9),
            birth_date=first(loop, "DMG", lambda dmg: read_day(at(dmg, 2))),
            sex=_SEXES.get(loop.value("DMG", 3), Sex.UNKNOWN),
            relationship=loop.value("INS", 2),
            employment=loop.value("INS", 8),
            birth_sequence=first(loop, "INS", lambda ins: parts.whole(at(ins, 17))),
            address=parts.address(loop),
            references=parts.references(loop),
            rejections=parts.rejections(loop),
        )

    def event(self, loop: Loop) -> Event:
        """Loop 2000E. The loops of its parties have other names in an answer."""
        contacts = self.parties(loop, "2010EB") if self._answers else ()
        transports = "2010EC" if self._answers else "2010EB"
        return Event(
            segment=loop.number,
            diagnoses=tuple(code for _, row in each(loop, "HI", self._diagnoses) for code in row),
            conditions=numbered(loop, "CRC", parts.condition),
            admission=first_numbered(loop, "CL1", parts.admission),
            certifications=tuple(
                certification
                for kind in ("CR1", "CR2", "CR5", "CR6")
                for certification in numbered(loop, kind, read_certification)
            ),
            providers=self.parties(loop, "2010EA"),
            transports=self.parties(loop, transports),
            other_reviewers=() if self._answers else self.parties(loop, "2010EC"),
            contact=contacts[0] if contacts else None,
            services=tuple(self.service(one) for one in loop.below("2000F")),
            **self._facts(loop),
        )

    def _facts(self, loop: Loop) -> dict[str, Any]:
        """What an event and a service have alike."""
        return {
            "traces": numbered(loop, "TRN", parts.trace),
            "review": first_numbered(loop, "UM", self._review),
            "previous_authorization": loop.value("REF", 2, "BB"),
            "administrative_number": loop.value("REF", 2, "NT"),
            "dates": numbered(loop, "DTP", parts.review_date),
            "delivery": first_numbered(loop, "HSD", parts.delivery),
            "attachments": numbered(loop, "PWK", parts.attachment),
            "message": loop.value("MSG", 1),
            "decision": first_numbered(loop, "HCR", self._decision),
            "rejections": parts.rejections(loop),
        }

    def service(self, loop: Loop) -> Service:
        """Loop 2000F."""
        coded: dict[str, Any] = {}
        for form, read in (("SV1", self._sv1), ("SV2", self._sv2), ("SV3", self._sv3)):
            if (fields := first(loop, form, read)) is not None:
                coded = {"form": form, **fields}
        contacts = self.parties(loop, "2010FB")
        return Service(
            segment=loop.number,
            teeth=tuple(tooth for _, tooth in each(loop, "TOO", self._tooth)),
            providers=self.parties(loop, "2010FA"),
            contact=contacts[0] if contacts else None,
            **coded,
            **self._facts(loop),
        )

    def _parts(self, text: str) -> list[str]:
        return text.split(self._component) if text else []

    def _procedure(self, text: str) -> dict[str, Any]:
        found = [*self._parts(text), *[""] * 8]
        return {
            "code_qualifier": found[0],
            "code": found[1],
            "modifiers": tuple(part for part in found[2:6] if part),
            "description": found[6],
            "last_code": found[7],
        }

    def _sv1(self, sv1: list[str]) -> dict[str, Any]:
        return {
            **self._procedure(at(sv1, 1)),
            "charge_cents": parts.money(at(sv1, 2)),
            "unit": at(sv1, 3),
            "units": parts.number(at(sv1, 4)),
            "pointers": tuple(filter(None, map(parts.whole, self._parts(at(sv1, 7))))),
            "epsdt": parts.yes_or_no(at(sv1, 11)),
            "care_level": at(sv1, 20),
        }

    def _sv2(self, sv2: list[str]) -> dict[str, Any]:
        return {
            "revenue_code": at(sv2, 1),
            **self._procedure(at(sv2, 2)),
            "charge_cents": parts.money(at(sv2, 3)),
            "unit": at(sv2, 4),
            "units": parts.number(at(sv2, 5)),
            "rate_cents": parts.money(at(sv2, 6)),
            "residence": at(sv2, 9),
            "care_level": at(sv2, 10),
        }

    def _sv3(self, sv3: list[str]) -> dict[str, Any]:
        return {
            **self._procedure(at(sv3, 1)),
            "charge_cents": parts.money(at(sv3, 2)),
            "oral_cavity": tuple(part for part in self._parts(at(sv3, 4)) if part),
            "prosthesis": at(sv3, 5),
            "units": parts.number(at(sv3, 6)),
            **({"description": at(sv3, 7)} if at(sv3, 7) else {}),
        }

    def _tooth(self, too: list[str]) -> Tooth:
        return Tooth(number=at(too, 2), surfaces="".join(self._parts(at(too, 3))))

    def _diagnoses(self, hi: list[str]) -> list[Diagnosis]:
        found = []
        for text in hi[1:]:
            code = [*self._parts(text), "", "", "", ""]
            day = read_day(code[3]) if code[3] else None
            found.append(Diagnosis(qualifier=code[0], code=code[1], on=day))
        return found

    def _review(self, um: list[str]) -> Review:
        place = [*self._parts(at(um, 4)), "", "", ""]
        causes = [*self._parts(at(um, 5)), *[""] * 5]
        return Review(
            request=at(um, 1),
            certification=at(um, 2),
            service_type=at(um, 3),
            place=place[0],
            place_kind=place[1] or "B",
            bill_frequency=place[2],
            causes=tuple(cause for cause in causes[:3] if cause),
            accident_state=causes[3],
            accident_country=causes[4],
            urgency=at(um, 6),
            condition=at(um, 7),
            prognosis=at(um, 8),
            release=at(um, 9),
            delay_reason=at(um, 10),
        )

    def _decision(self, hcr: list[str]) -> Decision:
        mark = self._repetition
        reasons = at(hcr, 3).split(mark) if mark else [at(hcr, 3)]
        return Decision(
            action=at(hcr, 1),
            number=at(hcr, 2),
            reasons=tuple(reason for reason in reasons if reason),
            second_opinion=parts.yes_or_no(at(hcr, 4)),
        )


def _maybe(loop: Loop | None, loop_id: str) -> Loop | None:
    found = loop.below(loop_id) if loop else []
    return found[0] if found else None


def _level(loop: Loop, loop_id: str) -> Loop:
    found = _maybe(loop, loop_id)
    if found is None:
        raise X12SyntaxError(f"loop {loop_id} is missing in what begins here", segment=loop.number)
    return found
