"""Answers in plain sentences, with a hint what to do: TA1, 999, 997, 277CA, 277, 271, 278, 835.

Claims are named by their number; no name of a person is ever repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from core.errors import X12SyntaxError
from core.money import dollars
from core.x12.acknowledgements import read_999, read_ta1
from core.x12.claim_status import read_277ca
from core.x12.claim_status_values import ClaimStatus, ClaimStatusReport, Status
from core.x12.claim_status_words import asks_nothing, sentence
from core.x12.explain_payers import explain_271, explain_277, explain_278
from core.x12.explain_remittance import explain_835
from core.x12.explained import Explained
from core.x12.kinds import kinds

__all__ = ["Explained", "explain"]

# The file from its beginning, as often as it is called.
Opener = Callable[[], Iterable[bytes]]


def explain(blocks: Opener) -> Iterator[Explained]:
    """Every answer of a file, kind after kind in the order in which they first come.

    Raises ``X12SyntaxError`` when the data is not X12 or breaks off, or holds no answer.
    """
    found = False
    # Two kinds may have one reader, which then reads both.
    for reader in dict.fromkeys(_READERS.get(kind) for kind in kinds(blocks())):
        if reader is not None:
            for answer in reader(blocks()):
                found = True
                yield answer
    if not found:
        known = ", ".join(_READERS)
        raise X12SyntaxError(f"it holds no answer that we can explain ({known})")


def _ta1(data: Iterable[bytes]) -> Iterator[Explained]:
    for answer in read_ta1(data):
        yield Explained(
            kind="TA1",
            segment=answer.segment,
            control=answer.interchange_control,
            sentences=answer.sentences(),
        )


def _999(data: Iterable[bytes]) -> Iterator[Explained]:
    for answer in read_999(data):
        yield Explained(
            kind=answer.kind,
            segment=answer.segment,
            control=answer.control,
            sentences=answer.sentences(),
        )


def _277ca(data: Iterable[bytes]) -> Iterator[Explained]:
    for report in read_277ca(data):
        yield Explained(
            kind="277CA",
            segment=report.segment,
            control=report.control_number,
            sentences=tuple(_report_sentences(report)),
        )


def _report_sentences(report: ClaimStatusReport) -> Iterator[str]:
    """The verdict on the batch, then every claim that somebody has to do something about."""
    taken = sum(claim.accepted for claim in report.claims)
    verdict = "taken in" if report.accepted else "turned away"
    batch = f"Batch {report.batch_reference}"
    yield f"{batch} was {verdict}: {taken} of {len(report.claims)} claims taken in."
    if not report.accepted:
        yield from _status_sentences(batch, report.statuses)
    for provider in report.providers:
        for claim in provider.claims:
            if not claim.accepted or not all(asks_nothing(code) for code in claim.codes):
                yield from _claim_sentences(claim)


def _claim_sentences(claim: ClaimStatus) -> Iterator[str]:
    name = f"Claim {claim.claim_number}"
    amount = "" if claim.charge_cents is None else f" over {dollars(claim.charge_cents)}"
    yield from _status_sentences(f"{name}{amount}", claim.statuses)
    for place, service in enumerate(claim.lines, 1):
        yield from _status_sentences(f"{name}, service {place} of those named", service.statuses)


def _status_sentences(name: str, statuses: Iterable[Status]) -> Iterator[str]:
    for status in statuses:
        for code in status.codes:
            yield sentence(code, name)


# A further answer has its reader here.
_READERS: dict[str, Callable[[Iterable[bytes]], Iterator[Explained]]] = {
    "TA1": _ta1,
    "999": _999,
    "997": _999,
    "277CA": _277ca,
    "277": explain_277,
    "271": explain_271,
    "278": explain_278,
    "835": explain_835,
}
