"""Handing in files at the page: what is taken, what is refused, and what of it is kept."""

from __future__ import annotations

import asyncio
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from api.http import sessions, uploads
from api.http.app import create_app
from api.http.security import form_token
from api.settings import Settings
from tenants.session import tenant_transaction
from tests.api.http import pages_world as world
from tests.api.http.asgi import post
from tests.api.http.visitors import Visitor, start_session
from tests.core.intake.charge_rows import ROW, text_of
from tests.core.usecases.office import check, era, file_of, made

Visit = Callable[[str], Visitor]
SCRIPT = Path(__file__).with_name("flooded_app.py")
ONE = world.PRACTICES[0]
FILES = f"/practices/{ONE.slug}/files"
KEPT = ("patient", "encounter", "charge", "exchange_file", "intake_batch", "remittance")


def hand_in(visitor: Visitor, data: bytes, name: str = "some.csv", **headers: str) -> Any:
    return visitor.post(FILES, files={"file": (name, data)}, **headers)


def kept() -> dict[str, int]:
    with tenant_transaction(world.runtime().engine, ONE.tenant_id) as connection:
        return {
            table: connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
            for table in KEPT
        }


def events(answer: Any) -> dict[str, UUID]:
    with tenant_transaction(world.runtime().engine, ONE.tenant_id) as connection:
        return dict(
            connection.execute(
                text("SELECT kind, actor_id FROM audit_event WHERE request_id = :id"),
                {"id": UUID(answer.headers["x-request-id"])},
            ).all()
        )


def charges(visit_id: str) -> bytes:
    bad = {**ROW, "visit_id": f"{visit_id}b", "birth_date": "1981-02-30"}
    return text_of([{**ROW, "visit_id": visit_id}, bad]).encode()


def test_a_charge_file_says_at_the_page_what_the_command_says(visit: Visit) -> None:
    biller = visit("biller")
    answer = hand_in(biller, charges("H1"), "charges <b>.csv")
    assert answer.status_code == 200
    assert "2 rows in = 1 taken (1 charges) + 0 repeated + 1 refused; difference 0" in answer.text
    assert "line 3: column birth_date" in answer.text
    assert "charges &lt;b&gt;.csv" in answer.text
    assert events(answer)["intake.received"] == world.PEOPLE["biller"].id
    again = hand_in(biller, charges("H1"))
    assert "This file was taken before; nothing was added" in again.text


def test_an_837_and_a_payers_answer_go_the_ways_of_their_commands(visit: Visit) -> None:
    poster = visit("poster")
    claims = hand_in(poster, file_of(made(2)), "x.837")
    assert "2 claims in = 2 taken" in claims.text
    remittance = era(check(trace="NOTHING"), control=77)
    answer = hand_in(poster, remittance, "x.835")
    assert answer.status_code == 200
    assert "835, applied" in answer.text
    assert events(answer)["file.received"] == world.PEOPLE["poster"].id
    cut = hand_in(poster, remittance[:-40], "x.835")
    assert (cut.status_code, set(events(cut))) == (422, {"upload.refused"})
    damaged = hand_in(poster, era(check(trace="N2"), control=79).replace(b"BPR*", b"XXX*"), "x.835")
    assert "Quarantined: segment" in damaged.text
    assert "file.quarantined" in events(damaged)


def test_a_practice_hands_in_its_own_visits_and_no_answers_of_payers(visit: Visit) -> None:
    director = visit("director")
    assert FILES in director.get("/portal").text
    assert "1 taken" in hand_in(director, charges("H2")).text
    before = kept()
    answer = hand_in(director, era(check(trace="MINE"), control=78), "x.835")
    assert (answer.status_code, kept()) == (403, before)
    assert set(events(answer)) == {"upload.refused"}
    for who in ("viewer", "coder", "auditor"):
        assert hand_in(visit(who), charges("H3")).status_code == 403


def archive(members: dict[str, bytes], **given: Any) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made_archive:
        for name, content in members.items():
            made_archive.writestr(zipfile.ZipInfo(name) if given else name, content)
    return out.getvalue()


def link_archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made_archive:
        link = zipfile.ZipInfo("claims.csv")
        link.external_attr = 0o120777 << 16
        made_archive.writestr(link, "/etc/passwd")
    return out.getvalue()


BOMB = archive({"a.csv": b"0" * 5_000_000})
HOSTILE = {
    "a zip bomb": BOMB,
    "a zip in a zip": archive({"a.zip": BOMB}),
    "many members": archive({f"{n}.csv": b"" for n in range(2_000)}),
    "a path that climbs": archive({"../../etc/cron.d/x": b"x", "/etc/passwd": b"x"}),
    "a link": link_archive(),
    "gzip": b"\x1f\x8b\x08\x00" + b"0" * 100,
    "a picture that is a zip": b"GIF89a" + BOMB,
    "a program": b"\x7fELF\x02\x01" + b"\x00" * 100,
    "a PDF": b"%PDF-1.7\n",
    "a page": b"\n <!doctype html><script>alert(1)</script>",
    "XML with entities": b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'aa'>]><x>&a;</x>",
    "JSON": b"[" * 10 + b"{",
    "deep JSON": b"{" * 100_000,
    "an old Office file": b"\xd0\xcf\x11\xe0" + b"\x00" * 100,
    "UTF-16": text_of([ROW]).encode("utf-16"),
    "a charge file with a zip behind": text_of([ROW]).encode() + BOMB,
    "an X12 file with a zip behind": file_of(made(1), control=90) + BOMB,
    "nothing but a mark": b"\xef\xbb\xbf",
    "blanks": b"   \r\n",
    "NUL": b"visit_id,\x00\n",
    "a text without commas": b"Dear biller, please find attached",
}


@pytest.mark.attack("S-37")
@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_is_refused_and_nothing_of_it_is_kept(visit: Visit, data: bytes) -> None:
    before = kept()
    for name in ("a.csv", "../../etc/passwd", "x.837"):
        answer = hand_in(visit("lead"), data, name)
        assert answer.status_code == 422, answer.text
        assert 'role="alert"' in answer.text
        assert kept() == before
        assert set(events(answer)) == {"upload.refused"}


def raw(boundary: bytes, *parts: tuple[bytes, bytes]) -> bytes:
    body = b"".join(
        b"--%b\r\nContent-Disposition: form-data; %b\r\n\r\n%b\r\n" % (boundary, head, content)
        for head, content in parts
    )
    return body + b"--%b--\r\n" % boundary


@pytest.mark.attack("S-37")
@pytest.mark.attack("S-20")
def test_the_token_comes_before_the_file_or_the_file_is_not_read(visit: Visit) -> None:
    lead, other = visit("lead"), visit("lead")
    token = (b'name="token"', lead.token.encode())
    file = (b'name="file"; filename="a.csv"', charges("H9"))
    kind = {"content_type": "multipart/form-data; boundary=xx"}
    for parts in (
        [file, token],
        [file],
        [(b'name="token"', other.token.encode()), file],
        [(b'name="token"', b""), file],
    ):
        answer = lead.send(FILES, raw(b"xx", *parts), **kind)
        assert answer.status_code == 403, parts
    for parts in (
        [token],
        [token, (b'name="file"; filename="a.csv"', b"")],
        [token, file, file],
        [token, (b'name="x"', b"y" * 2_000), file],
        [token, *[(b'name="x"', b"y")] * 9, file],
        [token, (b'name="x"', b"\xff"), file],
    ):
        answer = lead.send(FILES, raw(b"xx", *parts), **kind)
        assert answer.status_code == 422, parts
    whole = raw(b"xx", token, file)
    for body in (whole[:-4], whole[:80], b"", b"--yy\r\n\r\n"):
        assert lead.send(FILES, body, **kind).status_code in (403, 422), body[:90]
    assert lead.send(FILES, whole, **kind).status_code == 200


@pytest.mark.attack("S-37")
def test_a_length_beyond_the_limit_is_refused_unread(visit: Visit) -> None:
    said = visit("lead").send(
        FILES, b"", content_type="multipart/form-data; boundary=xx", content_length="99999999999"
    )
    assert said.status_code == 413


@pytest.mark.attack("S-37")
def test_floods_are_refused_and_the_process_stays_small() -> None:
    urls = world.runtime().urls
    given = (
        *(world.runtime().settings.home, urls.migrator, urls.app, urls.sequencer),
        *(urls.context_key, world.ORIGIN, start_session("lead"), FILES),
    )
    ran = subprocess.run(
        [sys.executable, SCRIPT, *map(str, given)],
        cwd=SCRIPT.parents[3],
        env={"PYTHONPATH": str(SCRIPT.parents[3]), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert told["statuses"].pop("ten gigabytes") == 413
    assert set(told["statuses"].values()) == {422}
    assert len(told["statuses"]) == 7
    assert told["before_kb"] < told["after_kb"] < 200_000, told


@pytest.mark.attack("S-37")
def test_a_body_that_trickles_is_given_up(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "_BODY_SECONDS", 0.05)
    monkeypatch.setattr(sessions, "_FORM_SECONDS", 0.05)
    session, app = start_session("lead"), create_app(world.runtime())
    part = raw(b"xx", (b'name="token"', form_token(session).encode()))[:60]

    def status(path: str, kind: str, first: bytes) -> int:
        return asyncio.run(post(app, session, path, kind, iter([first]), ends=False))[0]

    assert status(FILES, "multipart/form-data; boundary=xx", part) == 408
    assert status("/sign-out", "application/x-www-form-urlencoded", b"token=") == 408


SCANNERS = {
    "clean": ("#!/bin/sh\ncat >/dev/null\nexit 0\n", 200, "1 taken"),
    "found": ("#!/bin/sh\nexit 1\n", 422, "found something"),
    "broken": ("#!/bin/sh\ncat >/dev/null\nexit 2\n", 503, "could not be scanned"),
    "killed": ("#!/bin/sh\nkill -9 $$\n", 503, "could not be scanned"),
    "looks": ('#!/bin/sh\ngrep -q visit_id && [ -z "$CLAIMWRIGHT_HOME" ]\n', 200, "1 taken"),
    "gone": ("", 503, "could not be scanned"),
}


@pytest.mark.attack("S-37")
@pytest.mark.parametrize("name", SCANNERS)
def test_a_file_is_scanned_first_and_an_unsure_scan_is_a_refusal(
    visit: Visit, tmp_path: Any, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    script, status, words = SCANNERS[name]
    program = tmp_path / "scan"
    if script:
        program.write_text(script)
        program.chmod(0o700)
    monkeypatch.setenv("CLAIMWRIGHT_HOME", "/somewhere")
    scanning = Settings(home=world.runtime().settings.home, scan_command=(str(program),))
    monkeypatch.setattr(world.runtime(), "settings", scanning)
    before = kept()
    answer = hand_in(visit("lead"), charges(f"S-{name}"))
    assert answer.status_code == status
    assert words in answer.text
    if status != 200:
        assert kept() == before
        assert set(events(answer)) == {"upload.refused"}
