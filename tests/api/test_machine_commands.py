"""``token`` and ``vendor`` on the command line."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest

from tenants.postgres import DatabaseUrls
from tenants.programs import TOKEN
from tests.api.command_line import command_line


@pytest.mark.control("R12")
@pytest.mark.control("R9")
def test_tokens_and_vendors_by_hand(
    database: DatabaseUrls,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    claimwright = command_line(database, tmp_path / "home", monkeypatch, capsys)
    claimwright.found("river")
    new = ("--scope=claims:read", "--practice=river", "--network=192.0.2.0/24")
    ran = claimwright("token", "create", "River's system", "--days=90", *new)
    assert ran.status == 0
    [secret] = TOKEN.findall(ran.out)
    assert claimwright("token", "create", "River's system", "--days=90", *new).status == 2
    second = claimwright("token", "create", "River's system", "--days=9", "--json").json[0]
    assert TOKEN.fullmatch(second["token"])
    assert claimwright("token", "create", "Other", "--days=366", *new).status == 2
    assert "scope" in claimwright("token", "create", "Third", "--days=1").err
    assert claimwright("token", "revoke", secret).status == 0
    assert claimwright("token", "revoke", "nothing").status == 2
    listed = claimwright("token", "list")
    assert secret not in listed.out
    assert listed.out.count("revoked") == 1
    program = claimwright("token", "list", "--json").json[0]["programs"][-1]
    assert program["networks"] == ["192.0.2.0/24"]
    assert len(program["tokens"]) == 2
    added = claimwright(
        "vendor", "add", "Clearing Co", "--connector=clearinghouse", "--signed-on=2020-01-02"
    )
    assert (added.status, added.out) == (0, "Clearing Co: verification overdue\n")
    assert claimwright("vendor", "verify", "Clearing Co", "--on=2999-01-01").status == 2
    assert claimwright("vendor", "verify", "Nobody", "--on=2026-01-01").status == 2
    assert claimwright("vendor", "end", "Clearing Co", "--on=2026-01-01").status == 0
    assert "ended" in claimwright("vendor", "list").out
    [vendor] = claimwright("vendor", "list", "--json").json[0]["vendors"]
    assert (vendor["connector"], vendor["ended_on"]) == ("clearinghouse", "2026-01-01")


def test_a_person_is_linked_to_the_companys_identity_provider_by_hand(
    database: DatabaseUrls,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    claimwright = command_line(database, tmp_path / "home", monkeypatch, capsys)
    monkeypatch.setattr("sys.stdin", StringIO("four unrelated plain words\n"))
    assert claimwright("staff", "create", "ada@example.org", "--name=Ada").status == 0
    link = ("staff", "link", "ada@example.org", "--subject=12345")
    assert "CLAIMWRIGHT_OIDC_ISSUER" in claimwright(*link).err
    monkeypatch.setenv("CLAIMWRIGHT_OIDC_ISSUER", "https://login.example.org")
    monkeypatch.setenv("CLAIMWRIGHT_OIDC_CLIENT_ID", "us")
    monkeypatch.setenv("CLAIMWRIGHT_OIDC_CLIENT_SECRET", "secret")
    monkeypatch.setenv("CLAIMWRIGHT_PUBLIC_URL", "https://billing.example.org")
    assert claimwright(*link).status == 0
    assert "linked already" in claimwright(*link).err
    assert claimwright("staff", "link", "nobody@example.org", "--subject=1").status == 2
