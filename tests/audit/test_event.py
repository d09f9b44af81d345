"""Events: closed lists only, one line of bytes each, and a page that lists them all."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from audit.event import (
    KINDS,
    Actor,
    ActorKind,
    Event,
    ObjectType,
    Purpose,
    catalogue_markdown,
    event_line,
    machine,
    plugin_object,
)
from core.errors import AuditLogError

PAGE = Path(__file__).parents[2] / "docs" / "audit-events.md"
AT = datetime(2026, 3, 1, 12, 0, 0, 7, tzinfo=UTC)


def uid(number: int) -> UUID:
    return UUID(int=0x018F_0000_0000_7000_8000_0000_0000_0000 + number)


EVENT = Event.of(
    "claim.sent",
    id=uid(1),
    tenant_id=uid(2),
    at=AT,
    actor=Actor(kind=ActorKind.PERSON, id=uid(3)),
    about={ObjectType.CLAIM: (uid(4), uid(5)), ObjectType.FILE: (uid(6),), ObjectType.BATCH: ()},
    counts={"claims": 2, "charge_cents": 12_345},
    purpose=Purpose.PAYMENT,
)


def test_the_line_of_an_event_never_changes() -> None:
    """What was hashed years ago must hash the same today: this line may not be edited."""
    assert event_line(EVENT) == (
        b'{"v":1,"id":"018f0000-0000-7000-8000-000000000001",'
        b'"tenant":"018f0000-0000-7000-8000-000000000002","at":"2026-03-01T12:00:00.000007Z",'
        b'"actor":["person","018f0000-0000-7000-8000-000000000003"],"kind":"claim.sent",'
        b'"objects":[["claim",["018f0000-0000-7000-8000-000000000004",'
        b'"018f0000-0000-7000-8000-000000000005"]],'
        b'["file",["018f0000-0000-7000-8000-000000000006"]]],'
        b'"counts":{"charge_cents":12345,"claims":2},"digests":{},"purpose":"payment",'
        b'"request":null}'
    )


def test_the_line_is_plain_json_that_others_write_the_same() -> None:
    line = event_line(EVENT)
    assert json.dumps(json.loads(line), separators=(",", ":")).encode() == line


def test_each_part_of_an_event_changes_its_line() -> None:
    changes = {
        "id": uid(9),
        "tenant_id": uid(9),
        "at": AT + timedelta(microseconds=1),
        "actor": Actor(kind=ActorKind.CLIENT, id=uid(3)),
        "kind": "claim.batched",
        "objects": EVENT.objects[:1],
        "counts": (("claims", 3),),
        "purpose": Purpose.OPERATIONS,
        "request_id": uid(9),
    }
    base = msgspec.structs.replace(EVENT, objects=EVENT.objects[:1])
    lines = {event_line(EVENT), event_line(base)}
    for name, value in changes.items():
        if name != "objects":
            lines.add(event_line(msgspec.structs.replace(base, **{name: value})))
    assert len(lines) == 2 + len(changes) - 1
    edited = {"kind": "claim.edited", "counts": ()}
    with_digest = msgspec.structs.replace(base, **edited, digests=(("before", bytes(32)),))
    assert event_line(with_digest) != event_line(msgspec.structs.replace(base, **edited))


WRONG = {
    "an unknown kind": {"kind": "claim.vanished"},
    "no time zone": {"at": AT.replace(tzinfo=None)},
    "another time zone": {"at": AT.astimezone(timezone(timedelta(hours=-5)))},
    "an object type the kind does not have": {"about": {ObjectType.STAFF: (uid(1),)}},
    "a count the kind does not have": {"counts": {"patients": 1}},
    "a count that is no whole number": {"counts": {"claims": 1.5}},
    "a count that is text": {"counts": {"claims": "Smith"}},
    "a count that is a flag": {"counts": {"claims": True}},
    "a count beyond the database": {"counts": {"claims": 1 << 63}},
    "a digest the kind does not have": {"digests": {"before": bytes(32)}},
}


@pytest.mark.parametrize("case", WRONG)
def test_an_event_that_is_not_declared_cannot_be_made(case: str) -> None:
    given = {"kind": "claim.sent", "at": AT, **WRONG[case]}
    with pytest.raises(AuditLogError) as caught:
        Event.of(given.pop("kind"), id=uid(1), tenant_id=uid(2), actor=machine("worker"), **given)
    assert "Smith" not in caught.value.message


def test_a_digest_has_32_bytes() -> None:
    with pytest.raises(AuditLogError):
        Event.of(
            "claim.edited",
            id=uid(1),
            tenant_id=uid(2),
            at=AT,
            actor=machine("worker"),
            digests={"before": b"Smith"},
        )


def test_no_field_of_an_event_takes_text() -> None:
    """Only ids, times, numbers, digests and words of closed lists; ``kind`` is checked by table."""
    types = {field.name: str(field.type) for field in msgspec.structs.fields(Event)}
    assert [name for name, type_ in types.items() if type_ == "<class 'str'>"] == ["kind"]


def test_machines_and_plugins_have_stable_ids() -> None:
    assert machine("worker") == machine("worker")
    assert machine("worker") != machine("sequencer")
    assert plugin_object("dental") == plugin_object("dental") != machine("dental").id
    for text in ("", "Jane Smith", "a b", "x" * 65):
        with pytest.raises(AuditLogError):
            machine(text)
        with pytest.raises(AuditLogError):
            plugin_object(text)


@pytest.mark.parametrize("code", sorted(KINDS))
def test_a_kind_is_declared_well(code: str) -> None:
    kind = KINDS[code]
    assert re.fullmatch(r"[a-z_]+\.[a-z_]+", code)
    assert kind.meaning.endswith(".")
    assert kind.objects
    for name in (*kind.counts, *kind.digests):
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", name)


def test_no_kind_is_declared_twice() -> None:
    source = (Path(__file__).parents[2] / "audit" / "catalogue.py").read_text()
    codes = re.findall(r'_(?:write|read|refusal|access)\(\s*"([^"]+)"', source)
    assert sorted(codes) == sorted(KINDS)


def test_the_page_of_audit_events_is_current() -> None:
    assert PAGE.read_text() == catalogue_markdown(), (
        "write it again: python -c 'from audit.event import catalogue_markdown;"
        ' print(catalogue_markdown(), end="")\' > docs/audit-events.md'
    )
