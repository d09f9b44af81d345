"""Sessions of signed-in people, how far each is proven, and how fast sign-ins may be tried.

Only the SHA-256 of a session's id is stored. Time is the database's, for every process the same.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, text

from audit.event import Actor, ActorKind
from core.ports import Practice
from tenants.staff import Role, Staff

IDLE = timedelta(minutes=15)
ABSOLUTE = timedelta(hours=12)

PASSWORD = 1
"""Assurance of a session whose password was right: it reaches the second factor, nothing else."""

TWO_FACTORS = 2
"""Assurance of a session that showed a second factor as well."""

# So long may somebody take between the password and the second factor.
_HALF_WAY = timedelta(minutes=15)

FRESH = timedelta(minutes=5)
"""So long after a factor was shown the most sensitive acts ask for no other."""

# A session in use is written at most this often, so that most requests only read.
_TOUCH = timedelta(seconds=30)

# Free attempts before the delay begins, and its upper end.
_FREE_BY_ACCOUNT = 5
_FREE_BY_NETWORK = 50
_DELAY_MAX = timedelta(minutes=15)

# Failures are forgotten after a quiet day; a network known for an account stays known for a month.
_FORGET = timedelta(days=1)
_PROVEN = timedelta(days=30)


class LiveEmergency(msgspec.Struct, frozen=True, kw_only=True):
    """Emergency access that has not run out; ``medical``: a medical emergency (42 CFR 2.51)."""

    id: UUID
    practice: Practice
    medical: bool
    expires_at: datetime


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """Who a session belongs to, the practices they are assigned to now, and what they proved.

    ``assurance`` is ``PASSWORD`` or ``TWO_FACTORS``; ``is_fresh`` when a factor was shown within
    ``FRESH``. ``has_app`` and ``key_count`` say which factors the person has now. ``form_token``
    is there once the id was renewed: forms that were open before still carry it.
    """

    session_id: UUID
    staff: Staff
    practices: tuple[Practice, ...]
    assurance: int = PASSWORD
    is_fresh: bool = False
    has_app: bool = False
    key_count: int = 0
    form_token: str | None = None
    emergencies: tuple[LiveEmergency, ...] = ()

    @property
    def actor(self) -> Actor:
        """The person as the actor of audit events."""
        return Actor(kind=ActorKind.PERSON, id=self.staff.id)

    @property
    def has_factor(self) -> bool:
        """Whether there is a second factor to ask for."""
        return self.has_app or self.key_count > 0

    def practice(self, slug: str) -> Practice | None:
        """The assigned practice of this short name; None for one of somebody else's."""
        return next((found for found in self.practices if found.slug == slug), None)

    def emergencies_in(self, slug: str) -> tuple[LiveEmergency, ...]:
        """What emergency access there is now to the practice of this short name."""
        return tuple(one for one in self.emergencies if one.practice.slug == slug)


class OpenSession(msgspec.Struct, frozen=True, kw_only=True):
    """One of a person's sessions, as they see it; ``network`` is where it was begun."""

    session_id: UUID
    created_at: datetime
    seen_at: datetime
    network: str
    assurance: int


_LIVE = (
    "s.seen_at > now() - CAST(:idle AS interval) AND s.created_at > now()"
    " - CASE s.assurance WHEN 2 THEN CAST(:absolute AS interval) ELSE CAST(:half AS interval) END"
)
_LIMITS = {"idle": IDLE, "absolute": ABSOLUTE, "half": _HALF_WAY}

_PRACTICE = (
    "json_build_object('tenant_id', o.tenant_id, 'number', o.number, 'slug', o.slug,"
    " 'name', o.name, 'submitter_id', o.submitter_id, 'time_zone', o.time_zone)"
)


def start(
    connection: Connection,
    *,
    digest: bytes,
    session_id: UUID,
    staff_id: UUID,
    assurance: int = PASSWORD,
    network: str = "",
) -> None:
    """Begin a session, and clear away those that ended."""
    connection.execute(text(f"DELETE FROM web_session s WHERE NOT ({_LIVE})"), _LIMITS)
    connection.execute(
        text("DELETE FROM sign_in_throttle WHERE changed_at < now() - CAST(:proven AS interval)"),
        {"proven": _PROVEN},
    )
    connection.execute(
        text(
            "INSERT INTO web_session"
            " (id_sha256, public_id, staff_id, assurance, proven_at, network)"
            " VALUES (:digest, :id, :staff, :assurance,"
            " CASE WHEN :assurance = 2 THEN now() END, :network)"
        ),
        {
            "digest": digest,
            "id": session_id,
            "staff": staff_id,
            "assurance": assurance,
            "network": network,
        },
    )


def prove(
    connection: Connection, digest: bytes, fresh_digest: bytes, *, form_token: str | None
) -> bool:
    """A factor was shown in this session: it is proven from now on, under a new id.

    ``form_token`` stays good for forms that are open already; None where none may be. False when
    the session was gone already; then nothing was proven.
    """
    done = connection.execute(
        text(
            "UPDATE web_session SET id_sha256 = :fresh, assurance = 2, proven_at = now(),"
            " seen_at = now(), form_token = :form_token WHERE id_sha256 = :digest"
        ),
        {"digest": digest, "fresh": fresh_digest, "form_token": form_token},
    )
    return done.rowcount == 1


def renew(connection: Connection, digest: bytes, fresh_digest: bytes) -> None:
    """Go on under a new id, as far proven as before; forms open until now are void."""
    connection.execute(
        text(
            "UPDATE web_session SET id_sha256 = :fresh, form_token = NULL WHERE id_sha256 = :digest"
        ),
        {"digest": digest, "fresh": fresh_digest},
    )


def find(connection: Connection, digest: bytes) -> SignedIn | None:
    """The live session with this digest whose person is active, marked as seen; else None."""
    row = connection.execute(
        text(
            "SELECT s.public_id, s.seen_at < now() - CAST(:touch AS interval) AS stale,"
            " s.assurance, s.form_token,"
            " coalesce(s.proven_at > now() - CAST(:fresh AS interval), false) AS is_fresh,"
            " EXISTS (SELECT FROM authenticator_app f WHERE f.staff_id = p.id AND f.confirmed)"
            "   AS has_app,"
            " (SELECT count(*) FROM security_key k WHERE k.staff_id = p.id) AS key_count,"
            " p.id, p.email, p.name, p.role, p.location,"
            f" coalesce((SELECT json_agg({_PRACTICE} ORDER BY o.number)"
            "   FROM staff_assignment a JOIN practice o USING (tenant_id)"
            "   WHERE a.staff_id = p.id AND o.active), '[]') AS practices,"
            " coalesce((SELECT json_agg(json_build_object('id', e.id, 'medical', e.medical,"
            f"   'expires_at', e.expires_at, 'practice', {_PRACTICE}) ORDER BY e.expires_at)"
            "   FROM emergency_access e JOIN practice o USING (tenant_id)"
            "   WHERE e.staff_id = p.id AND o.active AND e.ended_at IS NULL"
            "   AND e.expires_at > now()), '[]') AS emergencies"
            " FROM web_session s JOIN staff p ON p.id = s.staff_id"
            f" WHERE s.id_sha256 = :digest AND p.active AND {_LIVE}"
        ),
        {**_LIMITS, "digest": digest, "touch": _TOUCH, "fresh": FRESH},
    ).one_or_none()
    if row is None:
        return None
    if row.stale:
        connection.execute(
            text("UPDATE web_session SET seen_at = now() WHERE id_sha256 = :digest"),
            {"digest": digest},
        )
    return SignedIn(
        session_id=row.public_id,
        staff=Staff(
            id=row.id,
            email=row.email,
            name=row.name,
            role=Role(row.role),
            location=row.location,
        ),
        practices=msgspec.convert(row.practices, tuple[Practice, ...]),
        assurance=row.assurance,
        is_fresh=row.is_fresh,
        has_app=row.has_app,
        key_count=row.key_count,
        form_token=row.form_token,
        emergencies=msgspec.convert(row.emergencies, tuple[LiveEmergency, ...]),
    )


def of_person(connection: Connection, staff_id: UUID) -> tuple[OpenSession, ...]:
    """The live sessions of a person, the latest used first."""
    rows = connection.execute(
        text(
            "SELECT s.public_id AS session_id, s.created_at, s.seen_at, s.network, s.assurance"
            f" FROM web_session s WHERE s.staff_id = :staff AND {_LIVE}"
            " ORDER BY s.seen_at DESC, s.public_id"
        ),
        {**_LIMITS, "staff": staff_id},
    )
    return tuple(OpenSession(**row._mapping) for row in rows)


def end_one_of(connection: Connection, staff_id: UUID, session_id: UUID) -> bool:
    """End one session of this person, by its public id; False when it is not theirs or is gone."""
    done = connection.execute(
        text("DELETE FROM web_session WHERE staff_id = :staff AND public_id = :id"),
        {"staff": staff_id, "id": session_id},
    )
    return done.rowcount == 1


def end(connection: Connection, digest: bytes) -> None:
    """End one session."""
    connection.execute(
        text("DELETE FROM web_session WHERE id_sha256 = :digest"), {"digest": digest}
    )


def end_all_of(connection: Connection, staff_id: UUID, *, but: UUID | None = None) -> int:
    """End every session of a person, ``but`` one by its public id; how many there were."""
    done = connection.execute(
        text("DELETE FROM web_session WHERE staff_id = :staff AND public_id IS DISTINCT FROM :but"),
        {"staff": staff_id, "but": but},
    )
    return done.rowcount


def attempt(connection: Connection, *, account_key: bytes, network_key: bytes) -> int:
    """Count one attempt before password or factor is looked at; seconds to wait, 0 = go on.

    The attempt counts as failed until ``succeeded`` says otherwise, so that parallel guesses are
    counted too. ``account_key`` stands for this account from this network: a stranger elsewhere
    cannot slow down its owner. ``network_key`` stands for the network alone, against one password
    tried on many accounts; an account that signed in from here lately is not held up by it.
    """
    own = _count(connection, account_key, free=_FREE_BY_ACCOUNT)
    shared = _count(connection, network_key, free=_FREE_BY_NETWORK)
    return max(int(own.wait), 0 if own.proven else int(shared.wait))


def slowed(connection: Connection, key: bytes) -> int:
    """Count a refused token from the network of ``key``; seconds to wait, 0 = not slowed yet."""
    return int(_count(connection, key, free=_FREE_BY_NETWORK).wait)


def succeeded(connection: Connection, *, account_key: bytes, network_key: bytes) -> None:
    """The password was right: take the counted attempt back and remember the network."""
    connection.execute(
        text(
            "UPDATE sign_in_throttle SET failures = 0, open_at = 'epoch', proven_at = now()"
            " WHERE key = :key"
        ),
        {"key": account_key},
    )
    connection.execute(
        text("UPDATE sign_in_throttle SET failures = greatest(failures - 1, 0) WHERE key = :key"),
        {"key": network_key},
    )


def _count(connection: Connection, key: bytes, *, free: int) -> Any:
    """Count an attempt for ``key`` unless it must wait; the row with ``wait`` and ``proven``."""
    connection.execute(
        text(
            # Open since ever, not since now: of two first attempts in one moment the one that
            # began earlier would read a time to come, and wait.
            "INSERT INTO sign_in_throttle (key, open_at) VALUES (:key, 'epoch')"
            " ON CONFLICT DO NOTHING"
        ),
        {"key": key},
    )
    row = connection.execute(
        text(
            "SELECT greatest(ceil(extract(epoch FROM open_at - now())), 0)::integer AS wait,"
            " coalesce(proven_at > now() - CAST(:proven AS interval), false) AS proven"
            " FROM sign_in_throttle WHERE key = :key FOR UPDATE"
        ),
        {"key": key, "proven": _PROVEN},
    ).one()
    if row.wait == 0:
        # Doubling from one second: 1, 2, 4 ... after the free ones.
        connection.execute(
            text(
                "UPDATE sign_in_throttle SET changed_at = now(),"
                " failures = CASE WHEN changed_at < now() - CAST(:forget AS interval) THEN 1"
                "   ELSE failures + 1 END,"
                " open_at = CASE"
                "   WHEN changed_at < now() - CAST(:forget AS interval) OR failures + 1 < :free"
                "   THEN open_at ELSE now() + least(CAST(:most AS interval), interval '1 second'"
                "     * power(2, least(failures + 1 - :free, 20))) END"
                " WHERE key = :key"
            ),
            {"key": key, "free": free, "forget": _FORGET, "most": _DELAY_MAX},
        )
    return row
