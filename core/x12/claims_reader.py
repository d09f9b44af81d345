"""Reading 837P, 837I and 837D as claims, streamed: one claim in memory at a time.

The segments that a loop knows are in the tables below; whatever a table does not know is reported
with the claim as not carried.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from core.errors import InputError, X12SyntaxError
from core.x12 import claims_read_claim as claim
from core.x12 import claims_read_levels as levels
from core.x12 import claims_read_lines as lines
from core.x12 import claims_read_other_payers as others
from core.x12 import claims_read_parties as parties
from core.x12.claims_read_codes import hi
from core.x12.claims_state import (
    NotCarried,
    ReadClaim,
    ReadState,
    Table,
    UnreadableClaim,
)
from core.x12.syntax import SegmentStream

__all__ = ["NotCarried", "ReadClaim", "UnreadableClaim", "read_claims"]

# Handlers look at elements by number; no segment we take has more than these.
_PADDING = [""] * 24

_ENVELOPE: Table = {
    "ISA": levels.isa,
    "GS": levels.gs,
    "ST": levels.st,
    "SE": levels.leave,
    "GE": levels.leave,
    "IEA": levels.leave,
}
_LEVELS: Table = {**_ENVELOPE, "HL": levels.hl}
_ADDRESS: Table = {"N3": parties.n3, "N4": parties.n4}
_PROVIDER: Table = {
    **_ADDRESS,
    "REF": parties.provider_ref,
    "PER": parties.provider_per,
    "PRV": parties.prv,
}
_PERSON: Table = {**_ADDRESS, "DMG": parties.dmg, "PER": parties.person_per, "REF": parties.lost}
_LOST: Table = dict.fromkeys(("N3", "N4", "REF", "PER", "PRV", "DMG", "DTP"), parties.lost)

_BILLING: Table = {**_LEVELS, "PRV": levels.billing_prv, "NM1": levels.billing_nm1}
_CLM: Table = {**_LEVELS, "CLM": claim.clm}
_SUBSCRIBER: Table = {
    **_CLM,
    "SBR": levels.sbr,
    "PAT": levels.pat,
    "NM1": levels.subscriber_nm1,
}
_PATIENT: Table = {**_CLM, "PAT": levels.pat, "NM1": levels.patient_nm1}
_SERVICE: Table = {
    **_CLM,
    "LX": lines.lx,
    "SV1": lines.sv1,
    "SV2": lines.sv2,
    "SV3": lines.sv3,
}
_CLAIM: Table = {
    **_SERVICE,
    "DTP": claim.claim_dtp,
    "CL1": claim.cl1,
    "DN1": claim.dn1,
    "DN2": claim.dn2,
    "PWK": claim.pwk,
    "AMT": claim.amt,
    "REF": claim.ref,
    "NTE": claim.nte,
    "HI": hi,
    "NM1": claim.nm1,
    "SBR": others.other_sbr,
}
_OTHER: Table = {
    **_SERVICE,
    "SBR": others.other_sbr,
    "CAS": others.other_cas,
    "AMT": others.other_amt,
    "OI": others.oi,
    "NM1": others.other_nm1,
}
_LINE: Table = {
    **_SERVICE,
    "TOO": lines.too,
    "DTP": lines.dtp,
    "REF": lines.ref,
    "NTE": lines.nte,
    "LIN": lines.lin,
    "NM1": lines.nm1,
    "SVD": lines.svd,
}

TABLES: dict[str, Table] = {
    "outside": {
        **_ENVELOPE,
    },
    "header": {
        **_LEVELS,
        "BHT": levels.known,
        "NM1": levels.header_nm1,
        "PER": levels.known,
        "REF": levels.known,
    },
    "2000A": _BILLING,
    "2010AA": {**_BILLING, **_PROVIDER},
    "2010AB": {**_BILLING, **_PROVIDER},
    "2010 lost": {**_BILLING, **_LOST},
    "2000B": _SUBSCRIBER,
    "2010BA": {**_SUBSCRIBER, **_PERSON},
    "2010BB": {**_SUBSCRIBER, **_ADDRESS, "REF": levels.payer_ref},
    "2010B lost": {**_SUBSCRIBER, **_LOST},
    "2000C": _PATIENT,
    "2010CA": {**_PATIENT, **_PERSON},
    "2010C lost": {**_PATIENT, **_LOST},
    "2300": _CLAIM,
    "2310": {**_CLAIM, **_PROVIDER},
    "2310 lost": {**_CLAIM, **_LOST},
    "2320": _OTHER,
    "2330A": {**_OTHER, **_ADDRESS},
    "2330B": {
        **_OTHER,
        **_ADDRESS,
        "DTP": others.other_payer_dtp,
        "REF": others.other_payer_ref,
    },
    "2330 lost": {**_OTHER, **_LOST},
    "2400": _LINE,
    "2410": {**_LINE, "CTP": lines.ctp},
    "2410 lost": {**_LINE, "CTP": parties.lost, "REF": parties.lost},
    "2420": {**_LINE, **_PROVIDER},
    "2420 lost": {**_LINE, **_LOST},
    "2430": {**_LINE, "CAS": lines.svd_cas, "DTP": lines.svd_dtp},
}


def read_claims(data: bytes | Iterable[bytes]) -> Iterator[ReadClaim | UnreadableClaim]:
    """The claims of a file of 837s (005010 X222, X223, X224), in file order.

    A claim with a fault in it comes as ``UnreadableClaim`` in its place and the reading goes on.
    Raises ``X12SyntaxError``, positioned, for what cannot be read past: no X12, a file that breaks
    off, another version, no claim transaction at all. Claims before that place were given by then.
    """
    stream = SegmentStream(data)
    state = ReadState(TABLES)
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
                state.unknown(elements)
                continue
            elements += _PADDING
            try:
                handle(state, elements)
            except X12SyntaxError:
                raise
            except InputError as fault:
                state.fail(fault.message)
            if done:
                yield from done
                done.clear()
    if not state.transactions:
        raise X12SyntaxError("it holds no claim transaction (837)")
