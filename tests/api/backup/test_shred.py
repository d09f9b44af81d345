"""A practice whose keys were destroyed stays destroyed, also in backups made before (S-67)."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from api.backup.make import forget_destroyed_keys, newest_below
from api.backup.manifest import read_keys
from api.backup.restore import restore
from api.bootstrap import Runtime, runtime
from api.lifecycle.offboard import approve_destruction, begin, request_destruction
from core.errors import DestroyedError
from tenants.ids import new_id
from tenants.staff import Role, Staff
from tenants.store import staff, whole
from tests.api.backup.conftest import Office
from tests.by_hand import by_hand

pytestmark = pytest.mark.xdist_group("backup")


def administrator(running: Runtime, name: str) -> Staff:
    person = Staff(id=new_id(), email=f"{name}@example.org", name=name, role=Role.ADMIN)
    with by_hand(running.engine) as connection:
        staff.add(connection, person, password_hash=None)
    return person


@pytest.mark.attack("S-67")
@pytest.mark.control("R29")
def test_after_destruction_not_even_an_older_backup_opens(
    office: Office, running: Runtime, tmp_path: Path
) -> None:
    shutil.copytree(office.made.folder, tmp_path / office.made.folder.name)
    folder = newest_below(tmp_path)
    assert folder is not None
    assert forget_destroyed_keys(running, tmp_path) == 0
    before = read_keys(folder, running.keys.provider)
    assert not any(key.destroyed for key in before)
    ada, ben = administrator(running, "ada"), administrator(running, "ben")
    begin(running, "brook", ada)
    request_destruction(
        running, "brook", ada, shred_now=True, without_export=True, because="contract ended"
    )
    destroyed = approve_destruction(running, "brook", ben)
    assert forget_destroyed_keys(running, tmp_path) == destroyed.keys >= 2
    assert forget_destroyed_keys(running, tmp_path) == 0
    after = read_keys(folder, running.keys.provider)
    assert {key.tenant_id for key in after if key.destroyed} == {office.brook.tenant_id}
    assert [key.row for key in after if not key.destroyed] == [
        key.row for key in before if key.tenant_id != office.brook.tenant_id
    ]
    settings = office.empty("shredded")
    done = restore(settings, folder)
    assert all(proof.ok for proof in done.proofs)
    (sealed,) = [proof for proof in done.proofs if proof.name == "sealed values"]
    assert "of 2 practices open" in sealed.sentence
    assert "the keys of 1 practices were destroyed" in sealed.sentence
    with runtime(settings) as back, back.reading_everything() as connection:
        assert whole.balances(connection) == office.made.manifest.balances
        cells = list(
            whole.sealed_cells(connection, office.brook.tenant_id, "patient", "demographics")
        )
        assert len(cells) == 10
        sealer = back.keys.for_tenant(connection, office.brook.tenant_id)
        with pytest.raises(DestroyedError, match="were destroyed"):
            sealer.open(cells[0].table, cells[0].column, cells[0].row_id, cells[0].sealed)
    with runtime(settings) as back:
        back.sequence_audit()
        assert back.verify_audit().verified
