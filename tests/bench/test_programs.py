"""Every program that measures is still made of parts that are there."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench"
OURS = ("core", "plugins", "audit", "tenants", "api", "bench")


@pytest.mark.parametrize("path", sorted(BENCH.glob("*.py")), ids=lambda path: path.stem)
def test_it_asks_us_for_nothing_that_is_gone(path: Path) -> None:
    asked = [
        (node.module, alias.name)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in OURS
        for alias in node.names
    ]
    gone = [f"{module}.{name}" for module, name in asked if module and not _has(module, name)]
    assert gone == []


def _has(module: str, name: str) -> bool:
    return hasattr(import_module(module), name) or _is_module(f"{module}.{name}")


def _is_module(name: str) -> bool:
    place = BENCH.parent / name.replace(".", "/")
    return place.is_dir() or place.with_suffix(".py").exists()
