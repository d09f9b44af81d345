"""Which outcome a claim meets: by hash of what it is, never by order, time or process."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b

import msgspec

from api.simulator.fees import pays_by_period
from api.simulator.script import DRAWN, Cause, Outcome, Rejection, Script
from core.claims.claim import Claim, Form
from core.claims.parties import PayerSequence

# What a later payer may do, and what may become of a replacement.
_LATER_PAYER = frozenset({Outcome.DENY, Outcome.COPAY, Outcome.REJECT_277CA})
_REPLACEMENT = frozenset({Outcome.DEDUCTIBLE, Outcome.COINSURANCE, Outcome.COPAY})
_ALL = frozenset(DRAWN)

encode_claim = msgspec.msgpack.Encoder().encode
decode_claim = msgspec.msgpack.Decoder(Claim).decode


class Identity(msgspec.Struct, frozen=True):
    """A claim as the simulator knows it: number, payer, turn, frequency, hash of the content."""

    claim_number: str
    payer_id: str
    sequence: str
    frequency: str
    digest: str

    @property
    def key(self) -> tuple[str, str, str]:
        """What stays the same when the claim comes again."""
        return self.claim_number, self.payer_id, self.sequence


class Candidate(msgspec.Struct, frozen=True):
    """A new claim that the script decides, and the drawn outcomes it can meet."""

    identity: Identity
    possible: frozenset[Outcome]


def identify(claim: Claim, encoded: bytes) -> Identity:
    """The identity of ``claim``, given with its encoding.

    It is the same for the same content wherever that stands in a file.
    """
    return Identity(
        claim.claim_number,
        claim.payer.payer_id,
        claim.sequence,
        claim.frequency,
        blake2b(encoded, digest_size=12).hexdigest(),
    )


def draw(seed: int, identity: Identity, purpose: str) -> int:
    """A number below 2**64 that depends on nothing but its arguments."""
    text = "\x1f".join(
        (
            str(seed),
            identity.claim_number,
            identity.payer_id,
            identity.sequence,
            identity.frequency,
            identity.digest,
            purpose,
        )
    )
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest())


def possible_outcomes(
    claim: Claim, *, rejected_before: bool, denied_before: bool
) -> frozenset[Outcome]:
    """The drawn outcomes that make sense for ``claim``; it can always be paid."""
    if claim.frequency == "7":
        return _REPLACEMENT
    possible = _ALL
    if claim.sequence is not PayerSequence.PRIMARY:
        possible = _LATER_PAYER
    if rejected_before or denied_before:
        possible -= {Outcome.REJECT_277CA}
    if denied_before:
        possible -= {Outcome.DENY, Outcome.PARTIAL}
    if len(claim.lines) < 2 or pays_by_period(claim):
        possible -= {Outcome.PARTIAL}
    return possible


def outcomes(candidates: Sequence[Candidate], seed: int, script: Script) -> dict[Identity, Outcome]:
    """The outcome of each candidate of one practice and run.

    Each is drawn by share. When there are enough of them, an outcome that nobody drew is given to
    the paid claim whose hash for that outcome comes first.
    """
    drawn = {one.identity: _by_share(one, seed, script) for one in candidates}
    if script.guarantee_from and len(drawn) >= script.guarantee_from:
        _complete(candidates, drawn, seed)
    return drawn


def _by_share(candidate: Candidate, seed: int, script: Script) -> Outcome:
    left = draw(seed, candidate.identity, "outcome") % 1000
    for share in script.shares:
        if left < share.per_mille:
            return share.outcome if share.outcome in candidate.possible else Outcome.PAY
        left -= share.per_mille
    return Outcome.PAY


def _complete(candidates: Sequence[Candidate], drawn: dict[Identity, Outcome], seed: int) -> None:
    present = set(drawn.values())
    for outcome in DRAWN:
        if outcome in present:
            continue
        able = [
            one.identity
            for one in candidates
            if outcome in one.possible and drawn[one.identity] is Outcome.PAY
        ]
        if able:
            first = min(able, key=lambda one: (draw(seed, one, outcome), one.digest))
            drawn[first] = outcome


def claim_cause(seed: int, identity: Identity, form: Form, script: Script) -> Cause:
    """Why the whole claim is denied."""
    return _cause(script.claim_causes, form, draw(seed, identity, "claim cause"))


def line_cause(seed: int, identity: Identity, form: Form, script: Script) -> Cause:
    """Why one line is denied."""
    return _cause(script.line_causes, form, draw(seed, identity, "line cause"))


def _cause(causes: tuple[Cause, ...], form: Form, number: int) -> Cause:
    fitting = [cause for cause in causes if not cause.forms or form in cause.forms] or causes
    return fitting[number % len(fitting)]


def rejection(seed: int, identity: Identity, script: Script) -> Rejection:
    """What the 277CA says of a rejected claim."""
    return script.rejections[draw(seed, identity, "rejection") % len(script.rejections)]


def rejected_sets(
    sets: Sequence[tuple[Identity, ...]], spared: set[int], seed: int, script: Script
) -> set[int]:
    """Positions of the transaction sets (given as their claims) that the 999 rejects.

    ``spared`` holds positions that may not be: a set with a claim that was rejected before, since
    to reject the same claim for ever would be of no use.
    """
    claims = sum(len(one) for one in sets)
    share = script.reject_999_per_mille
    # One set with most of the claims would leave a run without anything to show.
    open_ones = [
        i
        for i, one in enumerate(sets)
        if one and i not in spared and (2 * len(one) <= claims or share == 1000)
    ]
    marks = {i: _set_mark(seed, sets[i]) for i in open_ones}
    chosen = {i for i in open_ones if marks[i] % 1000 < share}
    guaranteed = script.guarantee_from and claims >= script.guarantee_from
    if guaranteed and share and open_ones and not chosen:
        # The smallest, so that the rest of the run still meets the rest of the script.
        chosen.add(min(open_ones, key=lambda i: (len(sets[i]), marks[i])))
    return chosen


def _set_mark(seed: int, claims: Iterable[Identity]) -> int:
    """A number for a set of claims, whatever their order."""
    total = blake2b(str(seed).encode(), digest_size=8)
    for digest in sorted(one.digest for one in claims):
        total.update(digest.encode())
    return int.from_bytes(total.digest())
