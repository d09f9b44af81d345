"""Published examples and generated files, for the tests of this folder."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[4] / "shared"
EXAMPLES = SHARED / "data" / "x12"
MUTANTS = SHARED / "data" / "x12-mutants"
MAKE = SHARED / "tools" / "make_x12.py"

needs_shared = pytest.mark.skipif(not MAKE.exists(), reason="no published examples beside us")


def examples() -> list[Path]:
    """Every published example file."""
    return sorted(path for path in EXAMPLES.rglob("*") if path.is_file())


@cache
def made(kind: str, count: int, *options: str) -> bytes:
    """A generated file of ``count`` items."""
    command = [sys.executable, str(MAKE), kind, str(count), *options]
    return subprocess.run(command, check=True, capture_output=True).stdout
