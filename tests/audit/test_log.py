"""Verification of the whole log, one way of tampering each."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from audit import outside, verify
from audit.bundle import export
from audit.checkpoint import CheckpointSigner
from audit.log import verify_all
from audit.store import record
from core.errors import AuditLogError
from tests.audit.logdatabase import SIGNER, LogDatabase, claims_event

# What a database administrator does with triggers switched off, and the entries that the check in
# the database names. The log has 40 entries, signed at 10, 25 and 40; {t} is the practice.
EVENT = "(SELECT event_id FROM audit_leaf WHERE tenant_id = '{t}' AND index = %d)"
TAMPERINGS: dict[str, tuple[str, int, int]] = {
    "the actor of an entry": (
        f"UPDATE audit_event SET actor_id = gen_random_uuid() WHERE id = {EVENT % 5}",
        5,
        5,
    ),
    "the kind of an entry": (
        f"UPDATE audit_event SET kind = 'claim.released' WHERE id = {EVENT % 12}",
        12,
        12,
    ),
    "the time of an entry": (
        f"UPDATE audit_event SET at = at - interval '1 microsecond' WHERE id = {EVENT % 39}",
        39,
        39,
    ),
    "a count of an entry": (
        f"UPDATE audit_event SET counts = '{{\"claims\": 2}}' WHERE id = {EVENT % 24}",
        24,
        24,
    ),
    "the object of an entry": (
        f"UPDATE audit_event SET object_ids = ARRAY[gen_random_uuid()] WHERE id = {EVENT % 0}",
        0,
        0,
    ),
    "the object type of an entry": (
        f"UPDATE audit_event SET object_groups = 'patient:1' WHERE id = {EVENT % 7}",
        7,
        7,
    ),
    "the id of an entry": (
        (
            f"UPDATE audit_event SET id = '{UUID(int=5)}' WHERE id = {EVENT % 6};"
            f"UPDATE audit_leaf SET event_id = '{UUID(int=5)}'"
            " WHERE tenant_id = '{t}' AND index = 6"
        ),
        6,
        6,
    ),
    "a time that no calendar of ours knows": (
        f"UPDATE audit_event SET at = 'infinity' WHERE id = {EVENT % 19}",
        19,
        19,
    ),
    "a time of five digits of years": (
        f"UPDATE audit_event SET at = at + interval '9000 years' WHERE id = {EVENT % 20}",
        20,
        20,
    ),
    "a microsecond of the time of an entry": (
        f"UPDATE audit_event SET at = at + interval '1 microsecond' WHERE id = {EVENT % 26}",
        26,
        26,
    ),
    "the kind of actor of an entry": (
        f"UPDATE audit_event SET actor_kind = 'client' WHERE id = {EVENT % 14}",
        14,
        14,
    ),
    "the purpose of an entry": (
        f"UPDATE audit_event SET purpose = 'treatment' WHERE id = {EVENT % 15}",
        15,
        15,
    ),
    "the request of an entry": (
        f"UPDATE audit_event SET request_id = gen_random_uuid() WHERE id = {EVENT % 16}",
        16,
        16,
    ),
    "the digests of an entry": (
        f'UPDATE audit_event SET digests = \'{{"rule_book": "00"}}\' WHERE id = {EVENT % 17}',
        17,
        17,
    ),
    "the practice of an entry": (
        f"UPDATE audit_event SET tenant_id = gen_random_uuid() WHERE id = {EVENT % 21}",
        21,
        21,
    ),
    "a boundary between two fields": (
        (
            "UPDATE audit_event SET kind = 'claim.create', purpose = 'dpayment'"
            f" WHERE id = {EVENT % 22}"
        ),
        22,
        22,
    ),
    "a value moved to the next field": (
        f"UPDATE audit_event SET counts = '{{}}', digests = counts WHERE id = {EVENT % 23}",
        23,
        23,
    ),
    "objects that do not fit their types": (
        f"UPDATE audit_event SET object_groups = 'claim:9' WHERE id = {EVENT % 8}",
        8,
        8,
    ),
    "an entry deleted, its leaf left": (f"DELETE FROM audit_event WHERE id = {EVENT % 33}", 33, 33),
    "an entry and its leaf deleted": (
        (
            f"DELETE FROM audit_event WHERE id = {EVENT % 33};"
            "DELETE FROM audit_leaf WHERE tenant_id = '{t}' AND index = 33"
        ),
        33,
        33,
    ),
    "a leaf hash": (
        "UPDATE audit_leaf SET hash = sha256(hash) WHERE tenant_id = '{t}' AND index = 20",
        20,
        20,
    ),
    "an entry deleted and the rest renumbered": (
        (
            f"DELETE FROM audit_event WHERE id = {EVENT % 13};"
            "DELETE FROM audit_leaf WHERE tenant_id = '{t}' AND index = 13;"
            "UPDATE audit_leaf SET index = index + 999 WHERE tenant_id = '{t}' AND index > 13;"
            "UPDATE audit_leaf SET index = index - 1000 WHERE tenant_id = '{t}' AND index > 999"
        ),
        10,
        24,
    ),
    "two entries exchanged": (
        (
            "UPDATE audit_leaf SET index = 999 WHERE tenant_id = '{t}' AND index = 30;"
            "UPDATE audit_leaf SET index = 30 WHERE tenant_id = '{t}' AND index = 31;"
            "UPDATE audit_leaf SET index = 31 WHERE tenant_id = '{t}' AND index = 999"
        ),
        25,
        39,
    ),
    "the tail cut off": (
        (
            f"DELETE FROM audit_event WHERE id = {EVENT % 39};"
            "DELETE FROM audit_leaf WHERE tenant_id = '{t}' AND index = 39"
        ),
        39,
        39,
    ),
    "the tail and its checkpoint cut off": (
        (
            "DELETE FROM audit_event WHERE id IN (SELECT event_id FROM audit_leaf"
            " WHERE tenant_id = '{t}' AND index >= 25);"
            "DELETE FROM audit_leaf WHERE tenant_id = '{t}' AND index >= 25;"
            "DELETE FROM audit_checkpoint WHERE tenant_id = '{t}' AND size > 25"
        ),
        25,
        39,
    ),
    "the whole log removed": (
        (
            "DELETE FROM audit_event WHERE tenant_id = '{t}';"
            "DELETE FROM audit_leaf WHERE tenant_id = '{t}';"
            "DELETE FROM audit_checkpoint WHERE tenant_id = '{t}'"
        ),
        0,
        39,
    ),
    "a forged event kept out of the queue": (
        (
            "SET LOCAL app.tenant = '{t}';"
            "INSERT INTO audit_event SELECT tenant_id, gen_random_uuid(), at, actor_kind, actor_id,"
            f" kind, object_groups, object_ids, counts, digests, purpose FROM audit_event"
            f" WHERE id = {EVENT % 3}; DELETE FROM audit_pending"
        ),
        -1,
        -1,
    ),
    "a forged event with a leaf of its own": (
        (
            "SET LOCAL app.tenant = '{t}';"
            "INSERT INTO audit_event SELECT tenant_id, gen_random_uuid(), at, actor_kind, actor_id,"
            f" kind, object_groups, object_ids, counts, digests, purpose FROM audit_event"
            f" WHERE id = {EVENT % 3};"
            "INSERT INTO audit_leaf SELECT tenant_id, 40, event_id, sha256('') FROM audit_pending;"
            "DELETE FROM audit_pending"
        ),
        40,
        40,
    ),
    "an entry and its leaf hash": (
        (
            f"UPDATE audit_event SET actor_id = gen_random_uuid() WHERE id = {EVENT % 18};"
            "UPDATE audit_leaf SET hash = sha256('') WHERE tenant_id = '{t}' AND index = 18"
        ),
        18,
        18,
    ),
    "a checkpoint's note": (
        (
            "UPDATE audit_checkpoint SET note = replace(note, E'\\n25\\n', E'\\n24\\n')"
            " WHERE tenant_id = '{t}' AND size = 25"
        ),
        -1,
        -1,
    ),
    "the newest checkpoint": (
        "DELETE FROM audit_checkpoint WHERE tenant_id = '{t}' AND size = 40",
        -1,
        -1,
    ),
}


@pytest.fixture
def signed_log(database: LogDatabase, practice: UUID, tmp_path: Path) -> LogDatabase:
    for start, count in ((0, 10), (10, 15), (25, 15)):
        database.record(practice, count, start=start)
        database.sequence(tmp_path)
    return database


def test_an_untouched_log_verifies(signed_log: LogDatabase, tmp_path: Path) -> None:
    verification = signed_log.verify(tmp_path)
    assert verification.verified
    assert (verification.events, verification.practices) == (40, 1)
    assert (
        verification.sentence == "40 audit events in 1 log verify against their signed checkpoints"
    )


def test_an_empty_log_verifies(database: LogDatabase, tmp_path: Path) -> None:
    assert database.verify(tmp_path).verified


# Which attack each row is; one that changes an entry is S-47.
ATTACKS = {
    "the tail cut off": "S-48",
    "the tail and its checkpoint cut off": "S-48",
    "the whole log removed": "S-48",
    "the newest checkpoint": "S-48",
    "a checkpoint's note": "S-49",
}

# What an exported log cannot show: an event that no checkpoint covers is not exported at all. The
# check in the database names it, and what was signed stays as it was.
ONLY_IN_PLACE = {"a forged event kept out of the queue", "a forged event with a leaf of its own"}


def _matrix() -> list[Any]:
    return [
        pytest.param(name, marks=pytest.mark.attack(ATTACKS.get(name, "S-47")), id=name)
        for name in TAMPERINGS
    ]


@pytest.mark.control("R17")
@pytest.mark.parametrize("tampering", _matrix())
def test_tampering_is_found_and_the_entry_named(
    signed_log: LogDatabase, practice: UUID, tmp_path: Path, tampering: str
) -> None:
    statements, first, last = TAMPERINGS[tampering]
    signed_log.tamper(*(part.replace("{t}", str(practice)) for part in statements.split(";")))
    verification = signed_log.verify(tmp_path)
    assert not verification.verified
    assert (first, last) in [(problem.first, problem.last) for problem in verification.problems]
    if tampering != "the practice of an entry":
        assert {problem.tenant_id for problem in verification.problems} == {practice}
    kept = outside.checkpoint_path(tmp_path, practice)
    found = _offline(signed_log, practice, tmp_path / "bundle", kept)
    if tampering in ONLY_IN_PLACE:
        assert found == []
    elif first < 0:
        assert found, "a checkpoint is not the one that was kept"
    else:
        assert any(one <= first and last <= other for one, other in found), found


def _offline(log: LogDatabase, practice: UUID, folder: Path, kept: Path) -> list[tuple[int, int]]:
    """The ranges the offline verifier names in the exported log, beside the checkpoints kept.

    The export stops at an entry that is gone, and says which.
    """
    try:
        with log.tenant(practice) as connection:
            export(connection, practice, folder, SIGNER.verifier)
    except AuditLogError as refused:
        said = re.search(r"entry (\d+)", refused.message)
        return [(int(said[1]), int(said[1]))] if said else [(-1, -1)]
    report = verify.verify_bundle(folder, key=SIGNER.verifier.key, checkpoints=kept)
    return [(problem.first, problem.last) for problem in report.problems]


def test_an_event_that_waits_is_not_verified_yet(
    signed_log: LogDatabase, practice: UUID, tmp_path: Path
) -> None:
    signed_log.record(practice, 2, start=40)
    verification = signed_log.verify(tmp_path)
    assert not verification.verified
    assert "2 events wait for the sequencer" in verification.sentence


def test_what_is_on_its_way_is_given_a_minute(
    signed_log: LogDatabase, practice: UUID, tmp_path: Path
) -> None:
    signed_log.record(practice, 2, start=40)
    with signed_log.sequencer.connect() as connection:
        patient = verify_all(connection, SIGNER.verifier, tmp_path, patience_seconds=60)
        assert patient.verified, patient.sentence
    signed_log.tamper("UPDATE audit_event SET transaction_at = now() - interval '61 seconds'")
    with signed_log.sequencer.connect() as connection:
        late = verify_all(connection, SIGNER.verifier, tmp_path, patience_seconds=60)
    assert "2 events wait for the sequencer" in late.sentence


@pytest.mark.attack("S-49")
@pytest.mark.control("R17")
def test_a_log_of_another_practice_under_this_ones_name_is_found(
    signed_log: LogDatabase, practice: UUID, tmp_path: Path
) -> None:
    other = uuid4()
    for table in ("audit_event", "audit_leaf", "audit_checkpoint"):
        signed_log.tamper(f"UPDATE {table} SET tenant_id = '{other}'")
    outside.checkpoint_path(tmp_path, practice).rename(outside.checkpoint_path(tmp_path, other))
    verification = signed_log.verify(tmp_path)
    assert not verification.verified
    assert "not signed for this log" in verification.problems[0].sentence


@pytest.mark.attack("S-49")
def test_a_second_key_verifies_nothing(signed_log: LogDatabase, tmp_path: Path) -> None:
    other = CheckpointSigner("claimwright/test", b"o" * 32)
    with signed_log.sequencer.connect() as connection:
        assert not verify_all(connection, other.verifier, tmp_path).verified


@pytest.mark.attack("S-48")
@pytest.mark.control("R18")
@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[: content.index(b"\n") + 1],
        lambda content: content.replace(b"audit", b"audix", 1),
        lambda content: b"garbage\n" + content,
        lambda content: content[:-1],
    ],
    ids=["emptied", "cut", "altered", "garbage", "torn"],
)
def test_damage_to_the_file_outside_is_found(
    signed_log: LogDatabase, practice: UUID, tmp_path: Path, damage
) -> None:
    path = outside.checkpoint_path(tmp_path, practice)
    path.write_bytes(damage(path.read_bytes()))
    assert not signed_log.verify(tmp_path).verified


@pytest.mark.parametrize(
    "statement",
    [
        (
            "DELETE FROM audit_object WHERE event_id = (SELECT min(event_id::text)::uuid"
            " FROM audit_object)"
        ),
        "DELETE FROM audit_object_span",
        "UPDATE audit_object_span SET highest_id = lowest_id",
    ],
    ids=["an object", "a batch", "the span of a batch"],
)
def test_an_event_hidden_from_timelines_is_found(
    signed_log: LogDatabase, practice: UUID, tmp_path: Path, statement: str
) -> None:
    batch = claims_event(practice, 40, ids=[uuid4() for _ in range(65)])
    with signed_log.tenant(practice) as connection:
        record(connection, (batch,))
    signed_log.sequence(tmp_path)
    assert signed_log.verify(tmp_path).verified
    assert signed_log.tamper(statement) == 1
    verification = signed_log.verify(tmp_path)
    assert [problem.sentence for problem in verification.problems] == [
        "1 events are missing from the index that timelines use"
    ]
