"""What a reader meets in any file: a docstring, a readable size, and none of what is banned."""

from __future__ import annotations

import ast
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

from tests.house.sources import FILES, REPOSITORY, files_below, name_of, nodes_of, text_of, tree_of

LINES_MAX = 500
FUNCTION_LINES_MAX = 70

# Tables of a guide or of events read top to bottom, not as a room with a door.
TABLES = ("core/x12/guides/", "tenants/store/migrations/", "audit/catalogue", "core/x12/show")


def test_a_file_has_a_docstring_and_can_be_read_at_a_sitting() -> None:
    faults = []
    for path in FILES:
        name = name_of(path)
        if not ast.get_docstring(tree_of(path)):
            faults.append(f"{name}: a module says what it is")
        if name.startswith(TABLES):
            continue
        if text_of(path).count("\n") > LINES_MAX:
            faults.append(f"{name}: this is two rooms")
        for node in nodes_of(path):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                size = (node.end_lineno or node.lineno) - node.lineno + 1
                if size > FUNCTION_LINES_MAX:
                    faults.append(f"{name}:{node.lineno}: {node.name} has {size} lines")
    assert faults == []


def test_every_public_function_and_class_has_a_docstring_or_is_a_plain_property() -> None:
    faults = []
    for path in FILES:
        if name_of(path).startswith(("api/commands/", "tenants/store/migrations/")):
            continue  # a command's help text says it
        for node in tree_of(path).body:
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
                continue
            if any(isinstance(one, ast.Name) and one.id == "hook" for one in node.decorator_list):
                continue  # the contract says it (docs/hooks.md)
            if not ast.get_docstring(node):
                faults.append(f"{name_of(path)}:{node.lineno}: {node.name} says what it does")
    assert faults == []


BANNED_FILES = {"utils.py", "util.py", "helpers.py", "misc.py", "common.py", "manager.py"}


def test_no_file_is_named_for_nothing() -> None:
    assert not [name_of(path) for path in FILES if path.name in BANNED_FILES]


def test_core_has_no_floating_point() -> None:
    """Money and rates are whole cents and decimals."""
    faults = [
        f"{name_of(path)}:{node.lineno}"
        for path in files_below("core/")
        for node in nodes_of(path)
        if (isinstance(node, ast.Constant) and isinstance(node.value, float))
        or (isinstance(node, ast.Name) and node.id == "float")
    ]
    assert faults == []


@cache
def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [REPOSITORY / line for line in listed.stdout.splitlines()]


REGISTRIES = "|".join(["py" + "pi", "python" + "hosted", "np" + "mjs", "deb" + "ian"])
FOREIGN = re.compile(rf"https?://[a-z.-]*({REGISTRIES})|cdn\.|unpkg\.com|jsdelivr|googleapis")
SUFFIXES = {".py", ".md", ".toml", ".html", ".css", ".js", ".csv", ".typ", ".txt", ""}


def test_no_registry_and_no_foreign_asset_stands_in_a_tracked_file() -> None:
    found = []
    for path in tracked():
        if path.suffix in SUFFIXES and path.is_file() and path != Path(__file__):
            text = path.read_text(encoding="utf-8", errors="replace")
            found += [f"{path.name}: {hit.group(0)}" for hit in FOREIGN.finditer(text)]
    assert not found


# Three consecutive words of well-known descriptors of licensed code sets. If one of them appears,
# somebody has pasted a descriptor: only code numbers with our own short labels are allowed.
DESCRIPTORS = [
    "office or other outpatient visit",
    "psychotherapy, 45 minutes with patient",
    "psychiatric diagnostic evaluation",
    "periodic oral evaluation - established",
    "prophylaxis - adult",
    "resin-based composite",
    "therapeutic procedure, 1 or more areas",
    "collection of venous blood by venipuncture",
    "comprehensive metabolic panel",
]


def test_no_descriptor_of_a_licensed_code_set_is_here() -> None:
    found = []
    for path in tracked():
        if path.suffix in SUFFIXES and path.is_file() and path != Path(__file__):
            text = path.read_text(encoding="utf-8", errors="replace").lower()
            found += [f"{path.name}: {words}" for words in DESCRIPTORS if words in text]
    assert not found
