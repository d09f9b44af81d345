"""Reading 835s as remittances, streamed: one claim payment in memory at a time.

The guide's table says which loop a segment lies in (``loops``); values are made of whole loops.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from core.errors import X12SyntaxError
from core.remittance.values import (
    ClaimPayment,
    ProviderAdjustment,
    Remittance,
    RemittanceHeader,
)
from core.x12.loops import LoopStream, Part, Wanted
from core.x12.remittance_claims import read_claim
from core.x12.remittance_header import read_header, read_rest
from core.x12.remittance_reading import RemittanceEnd, RemittancePart, RemittanceReading

__all__ = ["RemittanceEnd", "RemittancePart", "read_remittances", "stream_remittance"]

_WANTED = Wanted(
    kinds=frozenset(("835",)),
    unit="2100",
    # LX only counts; some payers leave it out, repeat it, or put it between services.
    passed_over=frozenset(("LX",)),
    # Money that belongs to no claim or line is not passed over.
    fatal=frozenset(("SVC", "CAS")),
    refusal="a service line or adjustment outside any claim",
)


class _Remittances(LoopStream):
    def refuse_version(self, version: str) -> None:
        """Money of a version without a table cannot be passed over."""
        shown = version if version.isalnum() and len(version) <= 12 else "of an unknown form"
        raise X12SyntaxError(
            f"a remittance of version {shown} is not supported; ask the payer for 005010X221A1",
            segment=self.number,
        )


def stream_remittance(data: bytes | Iterable[bytes]) -> Iterator[RemittancePart]:
    """The parts of every 835 in a file, in file order.

    For each ST: its header, its claims, its provider adjustments, its end. Nothing here says that
    the sums agree; ``core.remittance`` proves that. Raises a positioned ``X12SyntaxError`` for an
    amount that is none, a missing BPR or TRN, another version, a file that breaks off or holds no
    835. Parts before that place were given by then: take a file only when its end was reached.
    """
    stream = _Remittances(data, _WANTED)
    one: _One | None = None
    for part in stream:
        if one is None:
            one = _One(part)
        if part.unit is not None:
            header = one.header(part.unit.numbers[0])
            if header is not None:
                yield header
            one.group(part)
            yield read_claim(one.reading, part.unit)
        else:
            yield from one.end(part)
            one = None
    if not stream.transactions:
        raise X12SyntaxError("it holds no remittance (835)")


class _One:
    """One remittance on its way: what of it the header has taken."""

    def __init__(self, part: Part) -> None:
        self._transaction = part.transaction
        self.reading = RemittanceReading(part.transaction.delimiters.component)
        self._headed: tuple[int, int] | None = None

    def header(self, segment: int) -> RemittanceHeader | None:
        """The header, once: before the first claim or at the end (``segment`` says where)."""
        if self._headed is not None:
            return None
        body = self._transaction.body
        self._headed = len(body.segments), len(body.loops)
        return read_header(self.reading, self._transaction, segment)

    def group(self, part: Part) -> None:
        """The claim group (2000) around a claim: all but its LX is not carried."""
        if len(part.above) > 1 and part.above[1].made is None:
            loop = part.above[1]
            loop.made = True
            reading = self.reading
            reading.loop = loop.id
            for reading.number, elements in zip(loop.numbers, loop.segments, strict=True):
                if elements[0] != "LX":
                    reading.lose(elements)

    def end(self, part: Part) -> Iterator[RemittancePart]:
        """What comes after the claims."""
        if not part.closed:
            raise X12SyntaxError(
                "the remittance before this segment has no end", segment=part.last + 1
            )
        header = self.header(part.last)
        if header is not None:
            yield header
        assert self._headed is not None, "the header was made by now"
        yield from read_rest(self.reading, self._transaction, *self._headed)
        lost = sorted(self.reading.lost.values(), key=lambda each: each.segment)
        yield RemittanceEnd(segment=part.last, not_carried=tuple(lost))


def read_remittances(data: bytes | Iterable[bytes]) -> tuple[Remittance, ...]:
    """Every remittance of a file whole; errors as in ``stream_remittance``."""
    remittances: list[Remittance] = []
    head: RemittanceHeader | None = None
    payments: list[ClaimPayment] = []
    adjustments: list[ProviderAdjustment] = []
    for part in stream_remittance(data):
        if isinstance(part, ClaimPayment):
            payments.append(part)
        elif isinstance(part, RemittanceHeader):
            head = part
        elif isinstance(part, ProviderAdjustment):
            adjustments.append(part)
        else:
            assert head is not None, "the stream gives the header first"
            remittances.append(
                Remittance(
                    header=head,
                    claims=tuple(payments),
                    provider_adjustments=tuple(adjustments),
                )
            )
            payments, adjustments = [], []
    return tuple(remittances)
