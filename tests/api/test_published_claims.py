"""Claims written by others go through the whole cycle, file by file; what we write pyx12 takes."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import text

from api.bootstrap import Runtime
from api.settings import Settings
from core.claims.claim import Claim, Form
from core.claims.parties import Provider
from core.dates import parse_day
from core.usecases.work_claim import edit_claim
from core.x12.kinds import kinds
from tenants.postgres import DatabaseUrls
from tenants.session import tenant_transaction
from tests.api.command_line import CommandLine, command_line
from tests.campaign import rounds
from tests.core.x12.pyx12_oracle import faults

pytestmark = pytest.mark.shared

_DAY = re.compile(rb"DTP.(?:472|434).R?D8.(?:\d{8}-)?(\d{8})")
_GUIDE = re.compile(rb"005010X22[234]A\d")


@pytest.fixture
def claimwright(
    database: DatabaseUrls,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> CommandLine:
    return command_line(database, tmp_path / "home", monkeypatch, capsys)


def published(folder: Path) -> dict[int, list[Path]]:
    """The published 5010 claim files by year of service."""
    years: dict[int, list[Path]] = defaultdict(list)
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        data = path.read_bytes()
        if _GUIDE.search(data) and b"CLM" in data:
            days = _DAY.findall(data)
            years[int(days[0][:4]) if days else 0].append(path)
    return years


def last_day(paths: list[Path]) -> date:
    days = [day.decode() for path in paths for day in _DAY.findall(path.read_bytes())]
    return max(parse_day(day) for day in days)


def cycle(
    claimwright: CommandLine,
    slug: str,
    paths: list[Path],
    as_of: date,
    repair: Callable[[str, date], None] = lambda slug, as_of: None,
) -> dict[str, int]:
    """Intake, submission, answers, posting; what came of it. Everything is checked on the way.

    ``repair`` is what a biller does to held claims before they are submitted again.
    """
    claimwright.found(slug)
    practice, day = f"--practice={slug}", f"--as-of={as_of}"
    ran = claimwright("intake", "837", *paths, practice, "--accept-new-providers", "--json")
    assert (ran.status in (0, 1), ran.err) == (True, "")
    assert [one["file"] for one in ran.json] == [path.name for path in paths]
    came: dict[str, int] = defaultdict(int)
    for told in ran.json:
        if "refused_whole" in told:
            assert re.match(r"(segment \d+|the file)", told["refused_whole"])
            came["refused whole"] += 1
            continue
        assert told["difference"] == 0
        assert told["records"] == told["taken"] + told["repeated"] + told["refused"]
        for name in ("records", "taken", "repeated", "refused"):
            came[name] += told[name]
    [submitted] = claimwright("claims", "submit", practice, day, "--json").json
    repair(slug, as_of)
    files = submitted["files"]
    files += claimwright("claims", "submit", practice, day, "--json").json[0]["files"]
    for name in ("encounters", "claims", "ready", "held", "failed"):
        came[name] = submitted.get(name, 0)
    assert came["encounters"] == came["taken"]
    assert came["claims"] == came["ready"] + came["held"]
    came["filed"] = sum(file["claims"] for file in files)
    assert came["filed"] >= came["ready"]
    for data in claimwright.outbound(slug):
        if kinds(data) != ("837D",):  # pyx12 has no 5010 map of it
            assert faults(data) == []
        came["files"] += 1
    if not files:
        return came
    claimwright("simulator", "run", claimwright.home / "exchange", "--seed=2", "--json")
    received = claimwright("claims", "receive", practice, day, "--json")
    assert {one["status"] for one in received.json} <= {"applied"}
    came["posted"] = sum(
        check.get("paid_cents", 0) for one in received.json for check in one.get("checks", ())
    )
    [truth] = claimwright("simulator", "truth", claimwright.home / "exchange").json
    told = {one["practice"]: one for one in truth["practices"]}.get(slug, {})
    assert came["posted"] == sum(one.get("cents", 0) for one in told.get("checks", ()))
    return came


def longer_postal_codes(claim: Claim) -> Claim:
    """The nine digits that most published files lack."""

    def whole(provider: Provider | None) -> Provider | None:
        if provider is None or provider.address is None or len(provider.address.postal_code) != 5:
            return provider
        longer = replace(provider.address, postal_code=provider.address.postal_code + "0001")
        return replace(provider, address=longer)

    billing = whole(claim.billing)
    assert billing is not None
    return replace(claim, billing=billing, service_facility=whole(claim.service_facility))


def a_certificate(claim: Claim) -> Claim:
    """The certificate of the laboratory, which made claims lack."""
    return replace(claim, clia="45D1234567") if claim.form is Form.PROFESSIONAL else claim


def repairing(runtime: Runtime, edit: Callable[[Claim], Claim]) -> Callable[[str, date], None]:
    """A biller who does ``edit`` to every held claim of a practice."""

    def repair(slug: str, as_of: date) -> None:
        tenant_id = runtime.practice(slug).tenant_id
        book = runtime.rule_book(tenant_id)
        with tenant_transaction(runtime.engine, tenant_id) as connection:
            rows = connection.execute(text("SELECT id FROM claim WHERE stage = 'held'")).all()
        for row in rows:
            with runtime.unit_of_work(tenant_id, as_of=as_of) as uow:
                edit_claim(uow, row.id, expected_version=1, edit=edit, rule_book=book)

    return repair


def test_every_published_claim_file_comes_in_and_leaves_once_it_is_repaired(
    claimwright: CommandLine, shared: Path, database: DatabaseUrls
) -> None:
    claimwright("practice", "list")
    runtime = Runtime(Settings(home=claimwright.home), database)
    repair = repairing(runtime, longer_postal_codes)
    years = published(shared / "data" / "x12")
    assert sum(map(len, years.values())) >= 25
    total: dict[str, int] = defaultdict(int)
    for year, paths in sorted(years.items()):
        as_of = last_day(paths) + timedelta(days=14)
        came = cycle(claimwright, f"year-{year}", paths, as_of, repair)
        for name, count in came.items():
            total[name] += count
    assert total["records"] >= 40
    assert total["taken"] >= 15
    assert total["filed"] >= 5
    assert total["posted"] > 0
    runtime.close()


@pytest.mark.campaign
@pytest.mark.parametrize("kind", ["837P", "837I", "837D"])
def test_many_made_claims_of_a_kind_go_the_whole_way(
    claimwright: CommandLine, database: DatabaseUrls, shared: Path, tmp_path: Path, kind: str
) -> None:
    tool = shared / "tools" / "make_x12.py"
    if not tool.is_file():
        pytest.skip("the tool that makes claims is not beside this checkout")
    path = tmp_path / "made.x12"
    count = rounds(1000)
    subprocess.run([sys.executable, tool, kind, str(count), "--seed=1", "-o", path], check=True)
    claimwright("practice", "list")
    runtime = Runtime(Settings(home=claimwright.home), database)
    repair = repairing(runtime, a_certificate)
    came = cycle(claimwright, "made", [path], date(2026, 2, 15), repair)
    runtime.close()
    assert (came["records"], came["taken"], came["refused"]) == (count, count, 0)
    assert came["claims"] + came["failed"] == count
    assert came["filed"] * 3 >= count * 2
    assert came["posted"] > 0


def test_any_published_835_posts_is_held_or_is_put_aside_and_never_crashes(
    claimwright: CommandLine, shared: Path, tmp_path: Path
) -> None:
    paths = [
        path
        for path in sorted((shared / "data" / "x12").rglob("*"))
        if path.is_file() and re.search(rb"ST.835", path.read_bytes())
    ]
    tool = shared / "tools" / "make_x12.py"
    if tool.is_file():
        made = tmp_path / "made.835"
        subprocess.run([sys.executable, tool, "835", "300", "--seed=1", "-o", made], check=True)
        paths.append(made)
    assert len(paths) >= 4
    claimwright.found()
    ran = claimwright("era", "post", *paths, "--practice=river", "--json")
    assert ran.err == ""
    assert len(ran.json) == len(paths)
    assert {one["status"] for one in ran.json} <= {"applied", "held", "quarantined", "repeated"}
    posted = [check for one in ran.json for check in one.get("checks", ())]
    assert any(check["status"] == "posted" for check in posted)
    again = claimwright("era", "post", *paths, "--practice=river", "--json")
    assert again.status == 0
    assert {one["status"] for one in again.json} == {"repeated"}
