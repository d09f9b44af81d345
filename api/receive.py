"""A file that came in: stored once, recognised, applied, or put aside with where and why."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from uuid import UUID

from core.claims.parties import Value
from core.errors import ClaimwrightError, InputError, X12SyntaxError
from core.money import dollars
from core.ports import NewFile
from core.rules.plays import DenialPlay
from core.usecases.acknowledge import Applied, apply_277ca, apply_999, apply_ta1
from core.usecases.post import PostedCheck, post_remittances
from core.x12.acknowledgements import read_999, read_ta1
from core.x12.claim_status import read_277ca
from core.x12.kinds import kinds
from tenants.reference import cause_table
from tenants.uow import UnitOfWork


class Received(Value, frozen=True, kw_only=True):
    """What became of a file: applied, held, repeated or quarantined; with the sentence to show."""

    name: str
    kinds: tuple[str, ...]
    status: str
    sentence: str = ""
    applied: Applied = Applied()
    checks: tuple[PostedCheck, ...] = ()

    @property
    def put_aside(self) -> bool:
        """Whether a person must look at it."""
        return self.status in ("held", "quarantined")

    def told(self) -> tuple[str, ...]:
        """What became of it, line by line, for people; the first line sums up."""
        what = ", ".join((*self.kinds, self.status))
        lines = [f"{what}{': ' if self.sentence else ''}{self.sentence}"]
        applied = self.applied
        if applied.accepted or applied.rejected or applied.unmatched:
            lines.append(
                f"{applied.accepted} claims accepted, {applied.rejected} rejected, "
                f"{applied.unmatched} not ours"
            )
        odd = tuple(check for check in self.checks if check.status != "posted")
        shown = odd or self.checks[:_SHOWN_CHECKS]
        if len(self.checks) > len(shown):
            lines.append(_sum_of(self.checks))
        lines += [
            f"check at segment {check.segment}: {check.status}, {check.claims} claims, "
            f"{dollars(check.paid_cents)}, {check.denials} denials, "
            f"{check.unmatched} not matched{': ' if check.reason else ''}{check.reason}"
            for check in shown
        ]
        return tuple(lines)


def _sum_of(checks: Sequence[PostedCheck]) -> str:
    posted = [check for check in checks if check.status == "posted"]
    return (
        f"{len(checks)} checks, {len(posted)} posted with {sum(c.claims for c in posted)} claims "
        f"over {dollars(sum(c.paid_cents for c in posted))}, "
        f"{sum(c.denials for c in posted)} denials, {sum(c.unmatched for c in posted)} not matched"
    )


_SHOWN_CHECKS = 5
_ACKNOWLEDGEMENTS = frozenset({"TA1", "999", "277CA"})
_REMITTANCE = "835"
_REPEATED = "this file is here already; nothing was done"


def kept_name(sha256: bytes) -> str:
    """What we call a file that came in: the beginning of its SHA-256.

    The name it came under is its sender's free text and may name a patient, so it is not kept;
    ``sha256sum`` in the folder of what was taken finds the file again.
    """
    return f"{sha256.hex()[:16]}.x12"


def receive(
    uow: UnitOfWork, name: str, data: bytes, *, plays: Sequence[DenialPlay] = ()
) -> Received:
    """Take in a file in this transaction. The same bytes again change nothing.

    Raises ``X12SyntaxError`` or ``InputError`` for a damaged file; the caller rolls back and puts
    it aside with ``quarantine``.
    """
    digest = hashlib.sha256(data).digest()
    if uow.files.by_sha256("in", digest) is not None:
        return Received(name=name, kinds=(), status="repeated", sentence=_REPEATED)
    found = kinds(data)
    if not found or not set(found) <= _ACKNOWLEDGEMENTS | {_REMITTANCE}:
        what = ", ".join(found) or "nothing we know"
        raise InputError(f"the file holds {what}; a TA1, 999, 277CA or 835 is expected here")
    file_id = uow.new_ids(1)[0]
    new = uow.files.add(
        NewFile(
            id=file_id,
            direction="in",
            kind="+".join(found),
            name=kept_name(digest),
            body=data,
            sha256=digest,
            status="received",
        )
    )
    if not new:
        # Another worker stored it while this one waited for its key.
        return Received(name=name, kinds=found, status="repeated", sentence=_REPEATED)
    uow.record("file.received", {"file": [file_id]}, size_bytes=len(data))
    return _apply(uow, name, data, found, file_id, plays)


def _apply(
    uow: UnitOfWork,
    name: str,
    data: bytes,
    found: tuple[str, ...],
    file_id: UUID,
    plays: Sequence[DenialPlay],
) -> Received:
    applied = Applied()
    checks: tuple[PostedCheck, ...] = ()
    if "TA1" in found:
        applied = applied.plus(apply_ta1(uow, read_ta1(data), file_id))
    if "999" in found:
        applied = applied.plus(apply_999(uow, read_999(data), file_id))
    if "277CA" in found:
        applied = applied.plus(apply_277ca(uow, read_277ca(data), file_id))
    if _REMITTANCE in found:
        checks = post_remittances(uow, data, file_id=file_id, causes=cause_table(), plays=plays)
    held = [check for check in checks if check.status in ("held", "conflict")]
    if held:
        first = held[0]
        uow.files.set_status(file_id, "held", reason=first.reason, segment=first.segment)
        return Received(
            name=name,
            kinds=found,
            status="held",
            sentence=first.reason,
            applied=applied,
            checks=checks,
        )
    uow.files.set_status(file_id, "applied")
    return Received(name=name, kinds=found, status="applied", applied=applied, checks=checks)


def quarantine(uow: UnitOfWork, name: str, data: bytes, problem: ClaimwrightError) -> Received:
    """Keep a file that cannot be read, whole and untouched, with where and why."""
    file_id = uow.new_ids(1)[0]
    digest = hashlib.sha256(data).digest()
    segment = problem.segment if isinstance(problem, X12SyntaxError) else None
    new = uow.files.add(
        NewFile(
            id=file_id,
            direction="in",
            kind="unread",
            name=kept_name(digest),
            body=data,
            sha256=digest,
            status="quarantined",
            reason=problem.message,
            segment=segment,
        )
    )
    if new:
        uow.record("file.quarantined", {"file": [file_id]}, size_bytes=len(data))
    return Received(name=name, kinds=(), status="quarantined", sentence=problem.message)
