"""Published examples, generated files and the independent judge, for the tests of this folder."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

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


@cache
def _judge() -> tuple[Any, Any]:
    """The judge's modules, made to load each of its maps once instead of for every file."""
    params = pytest.importorskip("pyx12.params")
    document = pytest.importorskip("pyx12.x12n_document")
    maps = pytest.importorskip("pyx12.map_if")
    logging.getLogger("pyx12").setLevel(logging.CRITICAL)
    load, loaded = maps.load_map_file, {}

    def load_once(name: str, param: Any, path: str | None = None) -> Any:
        if name not in loaded:
            loaded[name] = load(name, param, path)
        return loaded[name]

    maps.load_map_file = load_once
    return params, document


def judge(data: bytes) -> tuple[bool, dict[str, Any]]:
    """What pyx12 says: valid or not, and its findings. Raises where it has no map."""
    params, document = _judge()
    text = data.lstrip(b"\xef\xbb\xbf \r\n").decode("latin-1").replace("\r", "")
    answer, findings = io.StringIO(), io.StringIO()
    valid = document.x12n_document(params.params(), io.StringIO(text), answer, None, None, findings)
    return bool(valid), json.loads(findings.getvalue())


def judged(data: bytes) -> tuple[bool, list[tuple[int, str]]]:
    """The judge's verdict, and the places (segment number, segment id) it finds fault with."""
    valid, findings = judge(data)
    transactions = [
        transaction
        for interchange in findings["interchanges"]
        for group in interchange["groups"]
        for transaction in group["transactions"]
    ]
    return valid, [
        (segment["cur_line"], segment["seg_id"])
        for transaction in transactions
        for segment in transaction["segments"]
        if segment["errors"] or any(element["errors"] for element in segment["elements"])
    ]
