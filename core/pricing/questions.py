"""Questions for prices, as JSON lines, and their answers (``claimwright price``).

Each line is priced alone, as the only service of its patient and day; lines that follow each other
with the same ``claim`` are priced together, so that what is taken off several services shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from core import money
from core.errors import InputError
from core.pricing.services import Service
from core.pricing.steps import Outcome

MPFS = "mpfs"
"""The basis that needs nothing of a practice."""
LINE_BYTES_MAX = 100_000
_UNITS_END = 10**9

Priced = Callable[[str, Sequence[Service]], Sequence[Outcome]]
"""Prices services by a basis; ``InputError`` when there is no such basis."""


class PriceQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """One line. ``id`` is given back unchanged; ``charge`` is in dollars."""

    id: str | int
    code: str
    date: date
    modifiers: tuple[str, ...] = ()
    units: Decimal = Decimal(1)
    locality: str = ""
    facility: bool = False
    basis: str = MPFS
    claim: str | int | None = None
    charge: str | None = None
    credential: str = ""
    minutes: int | None = None
    base_units: int | None = None
    participating: bool = True
    apm: bool = False
    place_of_service: str = ""
    revenue_code: str = ""
    drg: str = ""

    def service(self) -> Service:
        """What is to be priced; ``InputError`` when a field holds no such thing."""
        if not self.units.is_finite() or not 0 <= self.units < _UNITS_END:
            raise InputError("units are a number from 0 up, below a thousand million")
        return Service(
            code=self.code.strip().upper(),
            modifiers=tuple(one.strip().upper() for one in self.modifiers if one.strip()),
            units=self.units,
            day=self.date,
            locality=self.locality.strip(),
            facility=self.facility,
            charge_cents=None if self.charge is None else money.cents(self.charge),
            credential=self.credential.strip().upper(),
            minutes=self.minutes,
            base_units=self.base_units,
            participating=self.participating,
            apm=self.apm,
            place_of_service=self.place_of_service,
            revenue_code=self.revenue_code,
            drg=self.drg,
        )


class _Id(msgspec.Struct):
    id: str | int | None = None


class Refused(msgspec.Struct, frozen=True):
    """A line that is no question."""

    id: str | int | None
    error: str


class _Answer(msgspec.Struct, frozen=True):
    id: str | int
    allowed: str | None
    trace: list[dict[str, str]]


_Read = PriceQuestion | Refused
_QUESTION = msgspec.json.Decoder(PriceQuestion)
_ID = msgspec.json.Decoder(_Id)
_ENCODER = msgspec.json.Encoder()


class Answers:
    """Answers line by line; holds back only a claim whose lines may go on."""

    def __init__(self, priced: Priced) -> None:
        self._priced = priced
        self._open: list[PriceQuestion] = []

    def take(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        """The answers that are ready after ``lines``, in their order."""
        for line in lines:
            question = _read(line)
            if self._open and not _same_claim(self._open[0], question):
                yield from self.finish()
            if isinstance(question, Refused):
                yield _ENCODER.encode(question)
            elif question.claim is None:
                yield self._alone(question)
            else:
                self._open.append(question)

    def finish(self) -> Iterator[bytes]:
        """The answers that were held back."""
        held, self._open = self._open, []
        if held:
            yield from self._answered(held)

    def _alone(self, question: PriceQuestion) -> bytes:
        try:
            [outcome] = self._priced(question.basis, (question.service(),))
        except InputError as fault:
            return _ENCODER.encode(Refused(question.id, fault.message))
        return _ENCODER.encode(_answer(question, outcome))

    def _answered(self, questions: Sequence[PriceQuestion]) -> Iterator[bytes]:
        good: list[tuple[PriceQuestion, Service]] = []
        answers: dict[int, bytes] = {}
        for question in questions:
            try:
                good.append((question, question.service()))
            except InputError as fault:
                answers[id(question)] = _ENCODER.encode(Refused(question.id, fault.message))
        if good:
            try:
                outcomes = self._priced(good[0][0].basis, [service for _, service in good])
            except InputError as fault:
                for question, _ in good:
                    answers[id(question)] = _ENCODER.encode(Refused(question.id, fault.message))
            else:
                for (question, _), outcome in zip(good, outcomes, strict=True):
                    answers[id(question)] = _ENCODER.encode(_answer(question, outcome))
        for question in questions:
            yield answers[id(question)]


def _same_claim(one: PriceQuestion, other: _Read) -> bool:
    return (
        isinstance(other, PriceQuestion)
        and (one.claim, one.basis) == (other.claim, other.basis)
        and one.claim is not None
    )


def _read(line: bytes) -> _Read:
    if len(line) > LINE_BYTES_MAX:
        return Refused(None, "a line is longer than any question for a price")
    try:
        return _QUESTION.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        try:
            known = _ID.decode(line).id
        except (msgspec.DecodeError, UnicodeDecodeError):
            return Refused(None, "this line is no JSON object with an id")
        # What msgspec says names the field and the kind of value, never the value.
        return Refused(known, str(fault))


def _answer(question: PriceQuestion, outcome: Outcome) -> _Answer:
    allowed = None if outcome.allowed_cents is None else money.plain(outcome.allowed_cents)
    return _Answer(question.id, allowed, [step.document() for step in outcome.steps])
