"""First look at everything that waits in one practice, and what the script makes of it.

All claims of a run are known before the first is decided: so nothing depends on the order of
claims, sets or files. A few short fields a claim are kept, not the claims.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import msgspec

from api.simulator import decide
from api.simulator.decide import Candidate, Identity
from api.simulator.history import History, Key, Standing
from api.simulator.reception import CLAIMS, Reception, Set, receive
from api.simulator.script import Outcome, Script
from api.simulator.translate import with_our_delimiters
from core.claims.claim import Claim
from core.errors import X12SyntaxError
from core.x12.claims_reader import ReadClaim, UnreadableClaim, read_claims
from core.x12.report import X12Error
from core.x12.syntax import STANDARD

# CLM05-3 of a notice of admission or election and of its cancellation: nothing is paid on it.
_NOTICES = frozenset("ABCD")
# CLM05-3: replacement and void of a claim that the payer knows.
_CHANGES = ("7", "8")
# Of several claims with these outcomes that are after the same thing, one can be first.
_RIVALS = (None, Outcome.REPLACEMENT, Outcome.VOID)
_REPEATABLE = frozenset(
    {
        Outcome.NOTICE,
        Outcome.PREDETERMINATION,
        Outcome.UNKNOWN_ORIGINAL,
        Outcome.INCOMPLETE,
    }
)
_NEW = Standing()


class ArrivedClaim(msgspec.Struct, frozen=True):
    """A claim of an arrived file: where its CLM stands, and who handed the file in."""

    claim: Claim
    identity: Identity
    segment: int
    submitter: str


class Arrival:
    """One file that waits: where, its hash, its envelopes and what is wrong with them."""

    def __init__(self, path: Path, digest: str, size: int, reception: Reception) -> None:
        self.path = path
        self.digest = digest
        self.size = size
        self.reception = reception
        # Encoded: half a million small objects would make every garbage collection long.
        self.kept: list[tuple[bytes, Identity, int, str]] | None = None

    @property
    def kinds(self) -> tuple[str, ...]:
        """The transactions in the file: ST01, each once."""
        return tuple(sorted({one.kind for _, _, one in self.reception.sets()}))

    def claims(self) -> Iterator[ArrivedClaim]:
        """The readable claims, once more."""
        if self.kept is not None:
            for encoded, identity, segment, submitter in self.kept:
                yield ArrivedClaim(decide.decode_claim(encoded), identity, segment, submitter)
            return
        if CLAIMS not in self.kinds:
            return
        # What cannot be read was noted as a fault at the first look.
        with suppress(X12SyntaxError):
            for item in read_claims(self.path.read_bytes()):
                if isinstance(item, ReadClaim):
                    claim = self.in_our_words(item)
                    identity = decide.identify(claim, decide.encode_claim(claim))
                    yield ArrivedClaim(claim, identity, item.segment, item.submitter)

    def in_our_words(self, read: ReadClaim) -> Claim:
        """The claim as answers can repeat it."""
        place = self.reception.set_at(read.segment)
        if place is None or place[0].delimiters == STANDARD:
            return read.claim
        return with_our_delimiters(read.claim)

    def fault(self, segment: int) -> None:
        """Notes that ``segment`` cannot be taken, which costs its whole set."""
        place = self.reception.set_at(segment)
        if place is not None and not place[2].errors:
            place[2].errors.append(
                X12Error(
                    snip=2,
                    segment=segment,
                    segment_id="CLM",
                    loop="2300",
                    code="element-missing",
                    message="this claim cannot be read",
                )
            )


class Entry:
    """What is remembered of a claim between the two looks."""

    __slots__ = ("fixed", "identity", "original", "possible", "retried")

    def __init__(self, claim: Claim, identity: Identity, history: History) -> None:
        self.identity = identity
        standing = history.claims.get(self.identity.key, _NEW)
        self.retried = standing.rejections > 0
        self.original = claim.payer_claim_number if claim.frequency in _CHANGES else ""
        self.fixed = _fixed_outcome(claim, self.identity, standing, history)
        self.possible = decide.possible_outcomes(
            claim, rejected_before=self.retried, denied_before=standing.denied
        )


class Plan:
    """The decisions of one practice and run: by claim, and the sets the 999 rejects."""

    def __init__(self) -> None:
        self.outcomes: dict[Identity, Outcome] = {}
        self.fixed: dict[Identity, Outcome] = {}
        self.rejected: set[tuple[str, int]] = set()
        self._used: set[Identity] = set()

    def rejects(self, arrival: Arrival, found: Set) -> bool:
        """Whether the script turns this set away at the 999."""
        return (arrival.digest, found.first) in self.rejected

    def outcome(self, identity: Identity) -> Outcome:
        """The outcome of the next claim of this identity; one that comes twice is a duplicate."""
        fixed = self.fixed.get(identity)
        if identity in self._used:
            return fixed if fixed in _REPEATABLE else Outcome.DUPLICATE
        self._used.add(identity)
        return fixed or self.outcomes[identity]


def waiting(paths: tuple[Path, ...], history: History) -> tuple[list[Path], list[tuple[Path, str]]]:
    """``paths`` with new content; and, with their hash, those whose content came before."""
    new, known = [], []
    seen = set(history.taken)
    for path in paths:
        digest = _digest(path)
        if digest in seen:
            known.append((path, digest))
        else:
            new.append(path)
        seen.add(digest)
    return new, known


def take_in(
    paths: list[Path], history: History, seed: int, script: Script
) -> tuple[list[Arrival], Plan]:
    """Looks at all of ``paths`` and decides."""
    arrivals = []
    sets: list[tuple[Arrival, Set, list[Entry]]] = []
    for path in paths:
        arrival, found = _first_look(path, history, keep=len(paths) == 1)
        arrivals.append(arrival)
        sets += found
    return arrivals, _plan(sets, seed, script)


def _first_look(
    path: Path, history: History, *, keep: bool
) -> tuple[Arrival, list[tuple[Arrival, Set, list[Entry]]]]:
    data = path.read_bytes()
    reception = receive(data)
    arrival = Arrival(path, sha256(data).hexdigest(), len(data), reception)
    if CLAIMS not in arrival.kinds:
        return arrival, []
    kept: list[tuple[bytes, Identity, int, str]] = []
    entries: dict[int, list[Entry]] = {one.first: [] for _, _, one in reception.sets()}
    try:
        for item in read_claims(data):
            if isinstance(item, UnreadableClaim):
                arrival.fault(item.segment)
                continue
            place = reception.set_at(item.segment)
            if place is None:
                continue  # outside any group; the interchange is refused
            claim = arrival.in_our_words(item)
            encoded = decide.encode_claim(claim)
            identity = decide.identify(claim, encoded)
            entries[place[2].first].append(Entry(claim, identity, history))
            if keep:
                kept.append((encoded, identity, item.segment, item.submitter))
    except X12SyntaxError as error:
        arrival.fault(error.segment)
        for _, _, later in reception.sets():
            arrival.fault(max(later.first, error.segment))
    if keep:
        arrival.kept = kept
    open_sets = [
        (arrival, one, entries[one.first])
        for interchange, group, one in reception.sets()
        if interchange.is_sound and group.is_sound and not one.errors
    ]
    return arrival, open_sets


def _plan(sets: list[tuple[Arrival, Set, list[Entry]]], seed: int, script: Script) -> Plan:
    plan = Plan()
    spared = {i for i, (_, _, entries) in enumerate(sets) if any(e.retried for e in entries)}
    identities = [tuple(e.identity for e in entries) for _, _, entries in sets]
    refused = decide.rejected_sets(identities, spared, seed, script)
    plan.rejected = {(sets[i][0].digest, sets[i][1].first) for i in refused}
    entries = [e for i, (_, _, group) in enumerate(sets) if i not in refused for e in group]
    firsts = _first_of_each(entries)
    candidates: dict[Identity, Candidate] = {}
    for entry in entries:
        identity = entry.identity
        if entry.fixed in _RIVALS and firsts[_rival(entry)] != identity.digest:
            late = Outcome.UNKNOWN_ORIGINAL if entry.original else Outcome.DUPLICATE
            plan.fixed[identity] = late
        elif entry.fixed is not None and entry.fixed is not Outcome.REPLACEMENT:
            plan.fixed[identity] = entry.fixed
        else:
            candidates[identity] = Candidate(identity, entry.possible)
    plan.outcomes = decide.outcomes(tuple(candidates.values()), seed, script)
    return plan


def _rival(entry: Entry) -> Key:
    """What only one claim of a run can have: its key, or the original it replaces."""
    return (entry.original, "", "") if entry.original else entry.identity.key


def _first_of_each(entries: list[Entry]) -> dict[Key, str]:
    """Of the claims that are after the same thing, the one whose hash comes first."""
    firsts: dict[Key, str] = {}
    for entry in entries:
        if entry.fixed not in _RIVALS:
            continue
        key, digest = _rival(entry), entry.identity.digest
        firsts[key] = min(firsts.get(key, digest), digest)
    return firsts


def _fixed_outcome(
    claim: Claim, identity: Identity, standing: Standing, history: History
) -> Outcome | None:
    """The outcome that follows from what was sent; None when the script decides."""
    if not (identity.payer_id and (claim.billing.npi or claim.billing.tax_id)):
        return Outcome.INCOMPLETE
    if claim.frequency in _NOTICES:
        return Outcome.NOTICE
    if claim.dental is not None and claim.dental.predetermination:
        return Outcome.PREDETERMINATION
    if claim.frequency in _CHANGES:
        if not history.stands(claim.payer_claim_number, identity.payer_id):
            return Outcome.UNKNOWN_ORIGINAL
        return Outcome.VOID if claim.frequency == "8" else Outcome.REPLACEMENT
    if standing.digest and not (standing.denied and standing.digest != identity.digest):
        return Outcome.DUPLICATE
    return None


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        digest = sha256()
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
