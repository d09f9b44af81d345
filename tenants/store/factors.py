"""Second factors of people: authenticator apps, security keys, recovery codes, and challenges.

Also the codes an administrator hands out for a new password. Of recovery and password codes only
the SHA-256 is stored: they are random, 112 bits and more, so no slow hash is needed. Time is the
database's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import msgspec
from sqlalchemy import Connection, text

from core.crypto.one_time_codes import is_code, matching_step
from core.errors import ConflictError
from tenants.codes import code_digest
from tenants.keys import Sealer

CHALLENGE_LIVES = timedelta(minutes=5)
RESET_LIVES = timedelta(minutes=10)

_TABLE, _COLUMN = "authenticator_app", "secret"


class Use(StrEnum):
    """What a challenge was given out for; it serves nothing else."""

    ENROL = "enrol"
    PROVE = "prove"


class SecurityKey(msgspec.Struct, frozen=True, kw_only=True):
    """A security key or passkey; ``sign_count`` at its last use, 0 when it does not count."""

    id: UUID
    staff_id: UUID
    credential_id: bytes
    public_key: bytes
    sign_count: int
    label: str
    created_at: datetime | None = None
    used_at: datetime | None = None


class Factors(msgspec.Struct, frozen=True, kw_only=True):
    """What a person can prove themselves with."""

    app_since: datetime | None
    keys: tuple[SecurityKey, ...]
    recovery_codes: int


_KEY_COLUMNS = "id, staff_id, credential_id, public_key, sign_count, label, created_at, used_at"


def of_person(connection: Connection, staff_id: UUID) -> Factors:
    """Everything a person has."""
    row = connection.execute(
        text(
            "SELECT (SELECT created_at FROM authenticator_app WHERE staff_id = :staff"
            "   AND confirmed) AS app_since,"
            " (SELECT count(*) FROM recovery_code WHERE staff_id = :staff) AS codes"
        ),
        {"staff": staff_id},
    ).one()
    return Factors(
        app_since=row.app_since, keys=keys_of(connection, staff_id), recovery_codes=row.codes
    )


def begin_app(
    connection: Connection, sealer: Sealer, *, factor_id: UUID, staff_id: UUID, secret: bytes
) -> None:
    """Keep the secret of an app that is being added; it opens nothing until it is confirmed."""
    connection.execute(
        text("DELETE FROM authenticator_app WHERE staff_id = :staff AND NOT confirmed"),
        {"staff": staff_id},
    )
    connection.execute(
        text("INSERT INTO authenticator_app (id, staff_id, secret) VALUES (:id, :staff, :secret)"),
        {
            "id": factor_id,
            "staff": staff_id,
            "secret": sealer.seal(_TABLE, _COLUMN, factor_id, secret),
        },
    )


def app_being_added(connection: Connection, sealer: Sealer, staff_id: UUID) -> bytes | None:
    """The secret of the app that waits for its first code."""
    row = connection.execute(
        text("SELECT id, secret FROM authenticator_app WHERE staff_id = :staff AND NOT confirmed"),
        {"staff": staff_id},
    ).one_or_none()
    return None if row is None else sealer.open(_TABLE, _COLUMN, row.id, row.secret)


def confirm_app(
    connection: Connection, sealer: Sealer, staff_id: UUID, code: str
) -> tuple[UUID, UUID | None] | None:
    """The app shows the right code: from now on it counts, and takes the place of the one before.

    The ids of the new one and of the one it replaced; None for a wrong code.
    """
    factor_id = _use_code(connection, sealer, staff_id, code, confirmed=False)
    if factor_id is None:
        return None
    before = connection.execute(
        text("DELETE FROM authenticator_app WHERE staff_id = :staff AND confirmed RETURNING id"),
        {"staff": staff_id},
    ).scalar_one_or_none()
    connection.execute(
        text("UPDATE authenticator_app SET confirmed = true WHERE id = :id"), {"id": factor_id}
    )
    return factor_id, before


def use_app_code(connection: Connection, sealer: Sealer, staff_id: UUID, code: str) -> UUID | None:
    """The id of the app that shows this code now, and the code is spent; None when it is wrong."""
    return _use_code(connection, sealer, staff_id, code, confirmed=True)


def _use_code(
    connection: Connection, sealer: Sealer, staff_id: UUID, code: str, *, confirmed: bool
) -> UUID | None:
    # The lock makes the second of two equal codes sent at once read what the first one spent.
    row = connection.execute(
        text(
            "SELECT id, secret, last_step, floor(extract(epoch FROM now()))::bigint AS now_seconds"
            " FROM authenticator_app WHERE staff_id = :staff AND confirmed = :confirmed FOR UPDATE"
        ),
        {"staff": staff_id, "confirmed": confirmed},
    ).one_or_none()
    if row is None:
        return None
    secret = sealer.open(_TABLE, _COLUMN, row.id, row.secret)
    step = matching_step(secret, code, now_seconds=row.now_seconds, last_step=row.last_step)
    if step is None:
        return None
    connection.execute(
        text("UPDATE authenticator_app SET last_step = :step WHERE id = :id"),
        {"id": row.id, "step": step},
    )
    return UUID(str(row.id))


def remove_app(connection: Connection, staff_id: UUID) -> UUID | None:
    """Forget the app of a person; its id, None when there was none."""
    removed = connection.execute(
        text("DELETE FROM authenticator_app WHERE staff_id = :staff AND confirmed RETURNING id"),
        {"staff": staff_id},
    ).scalar_one_or_none()
    return removed if removed is None else UUID(str(removed))


def add_key(connection: Connection, key: SecurityKey) -> None:
    """Add a security key; ``ConflictError`` when it is enrolled already."""
    done = connection.execute(
        text(
            "INSERT INTO security_key (id, staff_id, credential_id, public_key, sign_count, label)"
            " VALUES (:id, :staff_id, :credential_id, :public_key, :sign_count, :label)"
            " ON CONFLICT (credential_id) DO NOTHING"
        ),
        msgspec.structs.asdict(key),
    )
    if done.rowcount != 1:
        raise ConflictError("this security key is enrolled already")


def keys_of(connection: Connection, staff_id: UUID) -> tuple[SecurityKey, ...]:
    """The security keys of a person, oldest first."""
    rows = connection.execute(
        text(
            f"SELECT {_KEY_COLUMNS} FROM security_key WHERE staff_id = :staff"
            " ORDER BY created_at, id"
        ),
        {"staff": staff_id},
    )
    return tuple(SecurityKey(**row._mapping) for row in rows)


def key_to_check(connection: Connection, credential_id: bytes) -> SecurityKey | None:
    """The key of an active person with this credential id, locked until its use is settled."""
    row = connection.execute(
        text(
            f"SELECT {_KEY_COLUMNS} FROM security_key WHERE credential_id = :credential"
            " AND EXISTS (SELECT FROM staff p WHERE p.id = staff_id AND p.active) FOR UPDATE"
        ),
        {"credential": credential_id},
    ).one_or_none()
    return None if row is None else SecurityKey(**row._mapping)


def key_was_used(connection: Connection, key_id: UUID, sign_count: int) -> None:
    """Remember the key's counter."""
    connection.execute(
        text("UPDATE security_key SET sign_count = :count, used_at = now() WHERE id = :id"),
        {"id": key_id, "count": sign_count},
    )


def remove_key(connection: Connection, staff_id: UUID, key_id: UUID) -> bool:
    """Forget a key of this person; False when it is not theirs."""
    done = connection.execute(
        text("DELETE FROM security_key WHERE staff_id = :staff AND id = :id"),
        {"staff": staff_id, "id": key_id},
    )
    return done.rowcount == 1


def replace_recovery_codes(
    connection: Connection, staff_id: UUID, digests: Sequence[bytes]
) -> None:
    """Give a person new recovery codes; the ones before are worthless."""
    connection.execute(
        text("DELETE FROM recovery_code WHERE staff_id = :staff"), {"staff": staff_id}
    )
    connection.execute(
        text(
            "INSERT INTO recovery_code (staff_id, code_sha256)"
            " SELECT :staff, unnest(CAST(:digests AS bytea[]))"
        ),
        {"staff": staff_id, "digests": list(digests)},
    )


def use_recovery_code(connection: Connection, staff_id: UUID, digest: bytes) -> int | None:
    """Spend a recovery code; how many are left, None when it is not one of theirs."""
    done = connection.execute(
        text("DELETE FROM recovery_code WHERE staff_id = :staff AND code_sha256 = :digest"),
        {"staff": staff_id, "digest": digest},
    )
    if done.rowcount != 1:
        return None
    left = connection.execute(
        text("SELECT count(*) FROM recovery_code WHERE staff_id = :staff"), {"staff": staff_id}
    ).scalar_one()
    return int(left)


class Used(msgspec.Struct, frozen=True, kw_only=True):
    """What was shown: the id of the app or key, or how many recovery codes are left."""

    factor: UUID | None = None
    recovery_codes_left: int | None = None


def use_code(
    connection: Connection, staff_id: UUID, code: str, sealer: Callable[[], Sealer]
) -> Used | None:
    """Spend what a person typed, a code of their app or a recovery code; None when it is wrong."""
    if is_code(code):
        app = use_app_code(connection, sealer(), staff_id, code)
        return None if app is None else Used(factor=app)
    left = use_recovery_code(connection, staff_id, code_digest(code))
    return None if left is None else Used(recovery_codes_left=left)


def forget_all_of(connection: Connection, staff_id: UUID) -> int:
    """Take every factor and code of a person away; how many factors there were."""
    factors = 0
    for table in ("authenticator_app", "security_key"):
        factors += connection.execute(_FORGET[table], {"staff": staff_id}).rowcount
    for table in ("recovery_code", "password_reset"):
        connection.execute(_FORGET[table], {"staff": staff_id})
    return factors


_FORGET = {
    "authenticator_app": text("DELETE FROM authenticator_app WHERE staff_id = :staff"),
    "security_key": text("DELETE FROM security_key WHERE staff_id = :staff"),
    "recovery_code": text("DELETE FROM recovery_code WHERE staff_id = :staff"),
    "password_reset": text("DELETE FROM password_reset WHERE staff_id = :staff"),
}


def give_challenge(connection: Connection, *, holder: bytes, use: Use, challenge: bytes) -> None:
    """Remember the challenge given to a holder; the one before for this use is void."""
    connection.execute(text("DELETE FROM key_challenge WHERE expires_at < now()"))
    connection.execute(
        text(
            "INSERT INTO key_challenge (holder_sha256, use, challenge, expires_at)"
            " VALUES (:holder, :use, :challenge, now() + CAST(:lives AS interval))"
            " ON CONFLICT (holder_sha256, use) DO UPDATE"
            " SET challenge = excluded.challenge, expires_at = excluded.expires_at"
        ),
        {"holder": holder, "use": use.value, "challenge": challenge, "lives": CHALLENGE_LIVES},
    )


def take_challenge(connection: Connection, *, holder: bytes, use: Use) -> bytes | None:
    """The challenge of a holder, which is gone with this; None when there is none alive."""
    taken = connection.execute(
        text(
            "DELETE FROM key_challenge WHERE holder_sha256 = :holder AND use = :use"
            " RETURNING challenge, expires_at > now() AS is_alive"
        ),
        {"holder": holder, "use": use.value},
    ).one_or_none()
    return bytes(taken.challenge) if taken is not None and taken.is_alive else None


def issue_reset(connection: Connection, staff_id: UUID, digest: bytes) -> None:
    """Let whoever holds this code set a password, once and soon; an earlier code is void."""
    connection.execute(
        text(
            "INSERT INTO password_reset (staff_id, code_sha256, expires_at)"
            " VALUES (:staff, :digest, now() + CAST(:lives AS interval))"
            " ON CONFLICT (staff_id) DO UPDATE"
            " SET code_sha256 = excluded.code_sha256, expires_at = excluded.expires_at"
        ),
        {"staff": staff_id, "digest": digest, "lives": RESET_LIVES},
    )


def reset_holder(connection: Connection, digest: bytes) -> UUID | None:
    """Whose password this code may set now, without spending it."""
    found = connection.execute(
        text(
            "SELECT r.staff_id FROM password_reset r JOIN staff p ON p.id = r.staff_id"
            " WHERE r.code_sha256 = :digest AND r.expires_at > now() AND p.active"
        ),
        {"digest": digest},
    ).scalar_one_or_none()
    return found if found is None else UUID(str(found))


def use_reset(connection: Connection, digest: bytes) -> UUID | None:
    """Whose password this code may set; the code is spent with this, right or too late."""
    row = connection.execute(
        text(
            "DELETE FROM password_reset WHERE code_sha256 = :digest"
            " RETURNING staff_id, expires_at > now() AS is_alive"
        ),
        {"digest": digest},
    ).one_or_none()
    return UUID(str(row.staff_id)) if row is not None and row.is_alive else None
