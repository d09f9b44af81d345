"""Runs commands in this process, over a test's own database and home."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from api import bootstrap, cli
from api.settings import Settings
from tenants.postgres import DatabaseUrls

PRACTICE = (
    "--billing-npi=1234567893",
    "--billing-tax-id=741234567",
    "--billing-taxonomy=261QM0801X",
    "--billing-name=River Clinic",
    "--billing-street=1 Elm St",
    "--billing-city=Lindenfeld",
    "--billing-state=PA",
    "--billing-zip=17101-1234",
    "--billing-phone=7175550100",
)


class Ran(msgspec.Struct, frozen=True):
    """How a command ended and what it said."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> list[Any]:
        """Every line of standard output, each one JSON object."""
        return [json.loads(line) for line in self.out.splitlines()]


class CommandLine:
    """``claimwright ...`` as a person types it."""

    def __init__(self, capsys: pytest.CaptureFixture[str], home: Path) -> None:
        self._capsys = capsys
        self.home = home

    def __call__(self, *arguments: str | Path) -> Ran:
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main([str(one) for one in arguments])
        out, err = self._capsys.readouterr()
        status = ended.value.code
        assert isinstance(status, int)
        assert "Traceback" not in out + err
        return Ran(status, out, err)

    def found(self, slug: str = "river") -> None:
        """Found a practice with its billing provider."""
        ran = self("practice", "create", slug, "--name", slug.title(), *PRACTICE)
        assert (ran.status, ran.err) == (0, "")

    def outbound(self, slug: str = "river") -> list[bytes]:
        """What was sent."""
        folder = self.home / "exchange" / slug / "outbound"
        return [path.read_bytes() for path in sorted(folder.rglob("*.x12"))]


def command_line(
    database: DatabaseUrls,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> CommandLine:
    """The command line over ``database``."""

    def urls(_: Settings) -> DatabaseUrls:
        return database

    monkeypatch.setenv("CLAIMWRIGHT_HOME", str(home))
    monkeypatch.setattr(bootstrap, "open_urls", urls)
    return CommandLine(capsys, home)
