"""``explain``, ``waivers list`` and ``plugin backtest``: what they print and how they end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tenants.postgres import DatabaseUrls
from tests.api.command_line import CommandLine, command_line
from tests.core.usecases.office import TODAY, file_of, made

AT = "--practice=river"


@pytest.fixture
def river(
    database: DatabaseUrls,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> CommandLine:
    """One claim that is ready, and one that is held: its service lies in the future."""
    made_here = command_line(database, tmp_path / "home", monkeypatch, capsys)
    made_here.found()
    good, late = (
        replace(claim, billing=replace(claim.billing, npi="1234567893")) for claim in made(2)
    )
    future = tuple(replace(line, service_from=TODAY.replace(year=2999)) for line in late.lines)
    path = tmp_path / "in.x12"
    path.write_bytes(file_of([good, replace(late, lines=future)]))
    assert made_here("intake", "837", path, AT).status == 0
    assert made_here("claims", "submit", AT).status == 1
    return made_here


def test_claims_are_explained_and_rules_replayed(river: CommandLine, tmp_path: Path) -> None:
    listed: Any = river("plugin", "backtest", "--rule=PS-011", AT, "--json")
    [told] = listed.json
    total = told["result"]["total"]
    assert (listed.status, told["subject"]) == (0, "PS-011")
    assert (told["result"]["claims"], total["held"], total["undecided"]) == (2, 1, 1)
    said = river("plugin", "backtest", "--rule=PS-011", AT)
    assert "would have held  1," in said.out
    assert "PS-011" in said.out

    number = next(iter(numbers(river)))
    explained = river("explain", number, AT)
    assert explained.status in (0, 1)
    for words in ("no opinion (", "quiet (", "rules are about something else"):
        assert words in explained.out
    [as_json] = river("explain", number, AT, "--json").json
    assert as_json["claim_number"] == number
    assert {rule["verdict"] for rule in as_json["rules"]} <= {"won", "lost", "quiet", "no_opinion"}
    for name in {claim.patient.name.last for claim in made(2)}:
        assert name not in explained.out + str(as_json)

    assert "Nothing is waived." in river("waivers", "list", AT).out
    assert river("waivers", "list", AT, "--json").json == [{"waivers": []}]

    settings = tmp_path / "settings.json"
    settings.write_text('{"a_field_nobody_knows": 1}')
    for arguments, words in (
        (("explain", "NO-SUCH", AT), "no claim with this number"),
        (("plugin", "backtest", "astrology", AT), "no plugin of this name"),
        (("plugin", "backtest", "telehealth", AT, "--settings", settings), "does not know"),
        (("plugin", "backtest", "--rule=PS-011", AT, "--settings", settings), "with a plugin"),
        (("plugin", "backtest", AT), "required"),
    ):
        ran = river(*arguments)
        assert (ran.status, ran.out) == (2, ""), arguments
        assert words in ran.err, ran.err


def numbers(river: CommandLine) -> list[str]:
    """The numbers of the practice's claims, as its own result names them."""
    [told] = river("plugin", "backtest", "--rule=PS-011", AT, "--json").json
    from api.bootstrap import runtime

    with runtime() as running, running.unit_of_work(running.practice("river").tenant_id) as uow:
        [ids] = told["result"]["rules"][0]["examples"].values()
        return list(uow.back_tests.numbers(ids).values())
