"""The guides of partners do what they say: every block is run, in order, as its reader would.

In the ordinary suite the steps up to a green test, in this process. In the soak run the whole page,
from an empty folder, with an installed wheel in a fresh environment.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from plugins import pytest_plugin
from tests.api.command_line import CommandLine
from tests.campaign import SOAK
from tests.partners.conftest import VISION

REPOSITORY = Path(__file__).parents[2]
GUIDE = REPOSITORY / "docs" / "partners" / "first-plugin.md"
TESTING = REPOSITORY / "docs" / "partners" / "testing.md"
_BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PORT = 8471
_WHOLE_SECONDS = 900


class Block(NamedTuple):
    """A fenced block: its kind, what is said of it, and what it holds."""

    kind: str
    note: str
    text: str


def blocks(page: Path) -> tuple[Block, ...]:
    found = _BLOCK.findall(page.read_text(encoding="utf-8"))
    return tuple(Block(*one) for one in found)


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    path, known, bytecode = [*sys.path], {*sys.modules}, sys.dont_write_bytecode
    yield
    sys.path[:], sys.dont_write_bytecode = path, bytecode
    for name in {*sys.modules} - known:
        if name.partition(".")[0] in {"eyecare", "claimwright_vision"}:
            del sys.modules[name]
    pytest_plugin._host.cache_clear()


def forget_eyecare() -> None:
    """A command of its own imports what was saved meanwhile."""
    for name in [one for one in sys.modules if one.partition(".")[0] == "eyecare"]:
        del sys.modules[name]
    pytest_plugin._host.cache_clear()


def test_a_newcomer_gets_to_a_green_rule(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = CommandLine(capsys, tmp_path / "home")
    monkeypatch.chdir(tmp_path)
    seen = []
    for block in blocks(GUIDE):
        if block.note.startswith("file="):
            path = tmp_path / "eyecare" / block.note.removeprefix("file=")
            path.write_text(block.text, encoding="utf-8")
            continue
        if block.kind != "sh" or block.note in {"install", "serve"}:
            continue
        for line in block.text.replace("\\\n", " ").splitlines():
            words = [one.strip('"') for one in re.findall(r'"[^"]*"|\S+', line)]
            if line.startswith("cd "):
                monkeypatch.chdir(words[1])
            elif words[:3] == ["claimwright", "plugin", "new"]:
                assert commands(*words[1:]).status == 0
            elif words[:3] == ["claimwright", "plugin", "test"]:
                forget_eyecare()
                ran = commands(*words[1:], "--no-contract")
                assert ran.status == (1 if block.note == "red" else 0), ran.out[-2000:]
                seen.append(block.note)
            elif line.startswith(("sed ", "rm ")):
                subprocess.run(["bash", "-c", line], check=True)
            if len(seen) == 3:
                break
    assert seen == ["", "red", ""]


def test_the_examples_of_the_page_on_testing_pass_with_the_vision_plugin(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    copy = tmp_path / "vision"
    shutil.copytree(VISION, copy)
    shutil.rmtree(copy / "tests")
    (copy / "tests").mkdir()
    examples = [block.text for block in blocks(TESTING) if block.note == "test"]
    assert len(examples) == 2
    for number, text in enumerate(examples):
        (copy / "tests" / f"test_example_{number}.py").write_text(text, encoding="utf-8")
    ran = CommandLine(capsys, tmp_path)("plugin", "test", copy, "--no-contract")
    assert (ran.status, "3 passed" in ran.out) == (0, True), ran.out[-2000:]


def test_every_fixture_of_the_page_is_there() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", TESTING.read_text(encoding="utf-8"), re.MULTILINE)
    fixture = type(pytest_plugin.clock)
    ours = [name for name, one in vars(pytest_plugin).items() if isinstance(one, fixture)]
    assert sorted(rows) == sorted(ours)


def script_of(guide: Path) -> Iterator[str]:
    """The whole page as one script of a shell; what is served is looked at by the caller."""
    yield "set -euo pipefail"
    for block in blocks(guide):
        if block.note.startswith("file="):
            path = block.note.removeprefix("file=")
            yield f"cat > {path} <<'END_OF_FILE'\n{block.text}END_OF_FILE"
        elif block.note == "red":
            yield f"if {block.text.strip()}; then echo NOT RED; exit 1; fi"
        elif block.note == "serve":
            yield f"{block.text.strip()} --port {_PORT} > ../served.txt 2>&1 &"
            yield "served=$!; touch ../serving; while [ -e ../serving ]; do sleep 0.2; done"
            yield "kill -TERM $served; wait $served || true"
        elif block.kind == "sh":
            yield f"echo '+ step'; date +%s\n{block.text}"


@pytest.mark.campaign
@pytest.mark.skipif(not SOAK, reason="minutes, and a registry: the soak run does it")
def test_the_whole_guide_runs_from_an_empty_folder_with_an_installed_wheel(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", tmp_path, REPOSITORY],
        check=True,
    )
    (wheel,) = tmp_path.glob("claimwright-*.whl")
    folder = tmp_path / "newcomer"
    folder.mkdir()
    script = folder / "guide.sh"
    script.write_text("\n".join(script_of(GUIDE)), encoding="utf-8")
    given = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTEST", "PYTHON", "CLAIMWRIGHT", "VIRTUAL_ENV"))
        and name != "DATABASE_URL"
    }
    began = time.monotonic()
    with (folder / "said.txt").open("w") as said:
        process = subprocess.Popen(
            ["bash", script],
            cwd=folder,
            env={**given, "CLAIMWRIGHT_WHEEL": str(wheel)},
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            look_at_the_workbench(process, folder, began + _WHOLE_SECONDS)
            status = process.wait(_WHOLE_SECONDS)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    text = (folder / "said.txt").read_text()
    assert status == 0, text[-3000:]
    assert "eyecare 0.1.0 is installed, signed by Eye Care Rules Ltd" in text
    assert re.search(r"maple +on +0\.1\.0", text, re.IGNORECASE), text[-2000:]


def look_at_the_workbench(process: subprocess.Popen[bytes], folder: Path, until: float) -> None:
    """Wait until it is served and the terminal names a held claim; then let the script go on."""
    served = folder / "served.txt"
    while time.monotonic() < until and process.poll() is None:
        time.sleep(0.3)
        if not (folder / "serving").exists() or "http://localhost" not in served.read_text():
            continue
        try:
            with urlopen(f"http://localhost:{_PORT}/sign-in", timeout=5) as answer:
                assert answer.status == 200
        except (URLError, OSError):
            continue
        told = served.read_text()
        assert re.search(r"EYE-1 .*: [1-9]\d* claims, [1-9]\d* held", told), told
        (folder / "serving").unlink()
        return
    assert process.poll() is None, (folder / "said.txt").read_text()[-3000:]
