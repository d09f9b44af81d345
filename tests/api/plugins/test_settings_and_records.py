"""Secret fields of settings; what leaves with a practice, what dies with its keys (K7, K8)."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path

import msgspec
import pytest

from api.lifecycle.export import export_practice
from api.plugin_steps import PluginChoice
from api.practices import COMMAND
from core.errors import ClaimwrightError, DestroyedError, InputError, PluginError
from core.usecases.prepare import prepare_claims
from plugins.settings import secret_fields
from plugins.spec import Secret
from tenants.shred import shred
from tenants.store.practice_plugins import SecretField
from tests.api.plugins.conftest import House
from tests.core.usecases.office import Office, made


class Deep(msgspec.Struct):
    key: Secret = ""


class Below(msgspec.Struct):
    deep: Deep | None = None


class Given(msgspec.Struct):
    key: Secret = "in the source"


class Plain(msgspec.Struct):
    key: Secret = ""
    note: str = ""


SECRET = "kept-from-everybody-4711"
IN_ANY_FORM = re.compile(f"{SECRET}|{SECRET.encode().hex()}".encode())
ONE = PluginChoice(
    name="sight",
    version="1.0.0",
    settings=f'{{"severity": "warn", "account_key": "{SECRET}"}}'.encode(),
)


def everything_stored(office: Office) -> str:
    """Every row of the practice that could hold it, as text; bytes as hexadecimal digits."""
    tables = ("practice_plugin", "plugin_secret", "audit_event", "audit_capture", "back_test_run")
    rows = [row for table in tables for row in office.rows(f"SELECT t::text FROM {table} t")]
    return "\n".join(map(str, rows))


def test_a_secret_field_is_given_to_the_plugin_and_told_to_nobody(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    office, desk = house.office()
    with caplog.at_level(logging.DEBUG):
        step = desk.enable(ONE)
        shown, [status] = desk.settings("sight"), desk.status()
    assert step.settings == b'{"severity":"warn"}'
    assert (shown.fields, shown.secret) == ({"severity": "warn"}, ("account_key",))
    assert shown.secrets_set == ("account_key",)
    assert [one.field for one in status.secrets] == ["account_key"]
    assert set(SecretField.__struct_fields__) == {"plugin", "field", "set_by", "set_at"}
    told = "\n".join(
        [
            everything_stored(office),
            msgspec.json.encode([shown, status]).decode(),
            caplog.text,
        ]
    )
    assert "warn" in told
    assert not IN_ANY_FORM.search(told.encode())
    # The plugin has it, and only in memory.
    [trying] = house.running.enabled_plugins(office.tenant_id)
    assert json.loads(trying.settings)["account_key"] == SECRET
    desk.set_settings("sight", b'{"account_key": "no rules"}')
    assert not [
        one for one in house.running.rule_book(office.tenant_id).lookers if one.family == "sight"
    ]
    # Left out it stays; empty it goes.
    desk.set_settings("sight", b"{}")
    assert desk.settings("sight").secrets_set == ("account_key",)
    desk.set_settings("sight", b'{"account_key": ""}')
    assert desk.settings("sight").secrets_set == ()
    with pytest.raises(InputError):
        desk.set_settings("sight", b'{"account_key": 5}')


def test_a_secret_field_that_could_be_seen_is_refused() -> None:
    for kind in (Below, Given):
        with pytest.raises(PluginError, match="secret field"):
            secret_fields("example", msgspec.json.schema(kind))
    assert secret_fields("example", msgspec.json.schema(Plain)) == {"key"}


def test_plugin_records_leave_with_the_practice_and_its_secrets_die_with_its_keys(
    house: House, tmp_path: Path
) -> None:
    office, desk = house.office()
    desk.enable(ONE)
    desk.shadow(PluginChoice(name="sight", version="1.2.0"))
    office.take(made(3))
    office.cycle.prepare()
    done = export_practice(
        house.running, office.practice.slug, tmp_path, with_part2=True, actor=COMMAND
    )
    for table in ("practice_plugin", "plugin_fault", "shadow_claim", "shadow_finding"):
        rows = (done.folder / f"{table}.ndjson").read_text(encoding="utf-8").splitlines()
        assert len(rows) == done.rows[table] == office.count(table) > 0
    steps = (done.folder / "practice_plugin.ndjson").read_text(encoding="utf-8").splitlines()
    assert {(one["act"], one["version"]) for one in map(json.loads, steps)} == {
        ("enabled", "1.0.0"),
        ("shadowed", "1.2.0"),
    }
    assert not (done.folder / "plugin_secret.ndjson").exists()
    for path in done.folder.rglob("*"):
        assert path.is_dir() or not IN_ANY_FORM.search(path.read_bytes())
    running = house.running
    shred(running.engine, running.keys, office.tenant_id, hold_reasons=(), at=running.clock())
    with pytest.raises(DestroyedError):
        running.enabled_plugins(office.tenant_id)


@pytest.mark.attack("S-46")
def test_claims_of_a_job_that_was_interrupted_are_filed_by_one_version(house: House) -> None:
    office, desk = house.office()
    desk.enable(PluginChoice(name="sight", version="1.0.0"))
    office.take(made(9))
    first = house.running.rule_book(office.tenant_id)
    with office.work() as uow:
        prepare_claims(uow, first, limit=4)
    # The worker dies here; before its job is taken up again, another version counts.
    desk.promote("sight", "1.1.0", grant=("clinical",))
    second = house.running.rule_book(office.tenant_id)
    assert second.digest != first.digest
    office.cycle.prepare()
    office.cycle.file()
    judged_by = office.rows("SELECT DISTINCT rule_book_digest AS digest FROM claim")
    assert [row.digest for row in judged_by] == [second.digest]
    held = {
        record.claim.claim_number
        for record in office.records()
        if {line.code for line in record.claim.lines} & {"99214", "99203"}
    }
    filed = office.rows("SELECT c.claim_number FROM submission s JOIN claim c ON c.id = s.claim_id")
    assert held
    assert len(filed) + len(held) == 9
    assert not held & {row.claim_number for row in filed}


def test_no_plugin_step_is_lost_when_an_act_is_refused(house: House) -> None:
    office, desk = house.office()
    desk.enable(ONE)
    before = everything_stored(office)
    for act in (
        lambda: desk.promote("sight", "9.0"),
        lambda: desk.set_settings("sight", b'{"severity": "loud"}'),
        lambda: desk.shadow(ONE),
        lambda: desk.roll_back("sight"),
        lambda: desk.end_shadow("sight"),
    ):
        with pytest.raises(ClaimwrightError):
            act()
    assert everything_stored(office) == before
