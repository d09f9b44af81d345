"""R30: no example, test, demonstration or page holds what could be somebody's real identifier."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
LOOKED_AT = {
    ".py",
    ".md",
    ".csv",
    ".toml",
    ".x12",
    ".edi",
    ".837",
    ".835",
    ".txt",
    ".html",
    ".json",
}

SOCIAL_SECURITY = re.compile(r"(?<![\d-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])")
# Printed on specimen cards from 1938 on, voided by the administration: it is nobody's.
NOBODYS = {"078-05-1120"}
# Exchange 555 is kept for invention, in every area code.
TELEPHONE = re.compile(r"(?<![\d-])\(?[2-9]\d{2}\)?[ -.]([2-9]\d{2})[-.](\d{4})(?![\d-])")
MAIL = re.compile(r"[A-Za-z0-9._%+-]+@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,})\b")
INVENTED_DOMAIN = re.compile(r"(.*\.)?(example(\.(org|com|net))?|test|invalid|localhost)\Z")


def found(text: str) -> list[str]:
    """What in ``text`` looks like somebody's identifier."""
    numbers = [hit[0] for hit in SOCIAL_SECURITY.finditer(text) if hit[0] not in NOBODYS]
    told = [f"social security number {number}" for number in numbers]
    told += [f"telephone {hit[0]}" for hit in TELEPHONE.finditer(text) if hit[1] != "555"]
    told += [f"mail {hit[0]}" for hit in MAIL.finditer(text) if not INVENTED_DOMAIN.match(hit[1])]
    return told


def test_the_detector_sees_what_it_is_for() -> None:
    real = "417-" + "55-" + "1234"
    for text in (real, "(717) 234-" + "5678", "717-234-" + "5678", "a.b@somewhere." + "org"):
        assert found(f"x {text} y"), text
    for text in ("717-555-0100", "a@example.org", "a@clinic.example", "2026-01-30", "000-12-3456"):
        assert not found(f"x {text} y"), text


@pytest.mark.control("R30")
def test_nothing_in_the_repository_looks_like_somebodys_identifier() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    told = []
    for line in listed.stdout.splitlines():
        path = REPOSITORY / line
        if path.suffix in LOOKED_AT and path.is_file():
            text = path.read_text(encoding="utf-8", errors="replace")
            told += [f"{line}: {one}" for one in found(text)]
    assert told == []
