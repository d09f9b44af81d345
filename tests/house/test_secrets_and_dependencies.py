"""No secret lies in the repository, and every dependency is bounded and says why it is there."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from tests.house.sources import REPOSITORY
from tests.house.test_size_and_words import tracked

# The parts are joined so that this file does not hold what it looks for.
SECRETS = {
    "a private key": "-----BEGIN " + r"(?:[A-Z0-9]+ )*PRIVATE KEY",
    "a key of a cloud": r"\b(?:AKIA|ASIA)" + r"[0-9A-Z]{16}\b",
    "a token of a code host": r"\b(?:gh[pousr]_|github" + r"_pat_)[A-Za-z0-9_]{20,}",
    "a token of a chat": r"\bxox[abprs]" + r"-[A-Za-z0-9-]{10,}",
    "a token of a key service": r"\bhv[sb]\." + r"[A-Za-z0-9_-]{20,}",
    "a signed web token": r"\beyJ[A-Za-z0-9_-]{10,}"
    r"\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",
    "a keyring": r'"root_keys"\s*:\s*\{\s*"1"\s*:\s*"[A-Za-z0-9+/]{43}="',
    "a live payment key": r"\b[sr]k_live" + r"_[A-Za-z0-9]{16,}",
}


def secrets_in(text: str) -> list[str]:
    return [name for name, pattern in SECRETS.items() if re.search(pattern, text)]


@pytest.mark.attack("S-68")
def test_no_tracked_file_holds_a_secret() -> None:
    found = []
    for path in tracked():
        if path.is_file() and path.stat().st_size < 5_000_000:
            text = path.read_text(encoding="utf-8", errors="replace")
            found += [f"{path.relative_to(REPOSITORY)}: {name}" for name in secrets_in(text)]
    assert not found


@pytest.mark.parametrize(
    ("name", "example"),
    [
        ("a private key", "-----BEGIN " + "EC PRIVATE KEY-----"),
        ("a private key", "-----BEGIN " + "PRIVATE KEY-----"),
        ("a key of a cloud", "AKIA" + "Z" * 16),
        ("a token of a code host", "ghp_" + "a" * 36),
        ("a token of a chat", "xoxb-" + "1" * 12),
        ("a token of a key service", "hvs." + "C" * 24),
        ("a signed web token", ".".join(["eyJ" + "h" * 12, "eyJ" + "p" * 12, "s" * 12])),
        ("a keyring", '"root_keys": {"1": "' + "A" * 43 + '="'),
        ("a live payment key", "sk_live" + "_" + "9" * 20),
    ],
)
def test_a_secret_that_was_pasted_is_noticed(name: str, example: str) -> None:
    assert secrets_in(f"x = '{example}'") == [name]


def test_no_file_that_holds_secrets_by_its_nature_is_tracked() -> None:
    names = {"keyring.json", "database.json", ".env", "id_rsa", "id_ed25519", ".netrc"}
    suffixes = {".pem", ".key", ".p12", ".pfx", ".jks"}
    assert not [p for p in tracked() if p.name in names or p.suffix in suffixes]


def dependencies() -> list[tuple[str, str]]:
    """(the comment above, the requirement) of every runtime dependency, in order."""
    text = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
    part = text.partition("\ndependencies = [\n")[2].partition("\n]\n")[0]
    found, comment = [], ""
    for line in map(str.strip, part.splitlines()):
        if line.startswith("#"):
            comment += line
        elif line:
            found.append((comment, line.strip('",')))
            comment = ""
    return found


@pytest.mark.attack("S-68")
def test_every_dependency_has_an_upper_bound_and_says_why_it_is_there() -> None:
    project = tomllib.loads(Path(REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    listed = dependencies()
    assert [requirement for _, requirement in listed] == project["project"]["dependencies"]
    assert not [requirement for comment, requirement in listed if len(comment) < 12]
    everything = [
        *project["project"]["dependencies"],
        *(one for extra in project["project"]["optional-dependencies"].values() for one in extra),
    ]
    assert not [one for one in everything if not re.search(r"<\d|==\d", one)]
