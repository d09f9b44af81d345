"""Reading 835s as remittances, streamed: one claim payment in memory at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from core.errors import X12SyntaxError
from core.remittance.values import (
    ClaimPayment,
    ProviderAdjustment,
    Remittance,
    RemittanceHeader,
)
from core.x12 import remittance_claims as claims
from core.x12 import remittance_header as header
from core.x12.remittance_state import (
    RemittanceEnd,
    RemittancePart,
    RemittanceState,
    Table,
)
from core.x12.syntax import SegmentStream

__all__ = ["RemittanceEnd", "RemittancePart", "read_remittances", "stream_remittance"]

# Handlers look at elements by number; no segment we take has more than these.
_PADDING = [""] * 26

_ENVELOPE: Table = {
    "ISA": header.outside,
    "GS": header.gs,
    "ST": header.st,
    "SE": header.se,
    "GE": header.outside,
    "IEA": header.outside,
}
# Money that belongs to no claim or line is not passed over.
_MISPLACED: Table = {"SVC": claims.misplaced, "CAS": claims.misplaced}
_HEADER: Table = {
    **_ENVELOPE,
    "BPR": header.bpr,
    "TRN": header.trn,
    "REF": header.header_ref,
    "DTM": header.header_dtm,
    "N1": header.n1,
    "LX": header.lx,
    "CLP": claims.clp,
    "PLB": header.plb,
    **_MISPLACED,
}
_DETAIL: Table = {
    **_ENVELOPE,
    "N1": header.n1,
    "LX": header.lx,
    "CLP": claims.clp,
    "PLB": header.plb,
    **_MISPLACED,
}
_CLAIM: Table = {
    **_DETAIL,
    "CAS": claims.claim_cas,
    "NM1": claims.nm1,
    "MIA": claims.mia,
    "MOA": claims.moa,
    "REF": claims.claim_ref,
    "DTM": claims.claim_dtm,
    "AMT": claims.claim_amt,
    "SVC": claims.svc,
}
TABLES: dict[str, Table] = {
    "outside": _ENVELOPE,
    "header": _HEADER,
    "payer": {**_HEADER, "REF": header.payer_ref},
    "payee": {**_HEADER, "REF": header.payee_ref},
    "lost party": {**_DETAIL, "SVC": claims.svc},
    "detail": _DETAIL,
    "claim": _CLAIM,
    "service": {
        **_DETAIL,
        "SVC": claims.svc,
        "DTM": claims.line_dtm,
        "CAS": claims.line_cas,
        "REF": claims.line_ref,
        "AMT": claims.line_amt,
        "LQ": claims.lq,
    },
}


def stream_remittance(data: bytes | Iterable[bytes]) -> Iterator[RemittancePart]:
    """The parts of every 835 in a file, in file order.

    For each ST: its header, its claims, its provider adjustments, its end. Nothing here says that
    the sums agree; ``core.remittance`` proves that. Raises a positioned ``X12SyntaxError`` for an
    amount that is none, a missing BPR or TRN, another version, a file that breaks off or holds no
    835. Parts before that place were given by then: take a file only when its end was reached.
    """
    stream = SegmentStream(data)
    state = RemittanceState(TABLES)
    done = state.done
    number = 0
    for texts in stream.chunks():
        separator = stream.delimiters.element
        state.component = stream.delimiters.component
        for text in texts:
            number += 1
            state.number = number
            elements = text.split(separator)
            handle = state.table.get(elements[0])
            if handle is None:
                state.lose(elements)
                continue
            elements += _PADDING
            handle(state, elements)
            if done:
                yield from done
                done.clear()
    if state.in_transaction:
        raise X12SyntaxError("the last remittance has no end", segment=number)
    if not state.transactions:
        raise X12SyntaxError("it holds no remittance (835)")


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
