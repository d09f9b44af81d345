"""What a reader meets in any file: a docstring, a readable size, and none of what is banned."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
PACKAGES = ("core", "plugins", "tenants", "audit", "api")
FILES = sorted(path for package in PACKAGES for path in (REPOSITORY / package).rglob("*.py"))
LINES_MAX = 500
FUNCTION_LINES_MAX = 70

# Tables of a guide or of events read top to bottom, not as a room with a door.
TABLES = ("core/x12/guides/", "tenants/store/migrations/", "audit/catalogue", "core/x12/show")


def name_of(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix().removesuffix(".py")


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_file_has_a_docstring_and_can_be_read_at_a_sitting(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert ast.get_docstring(tree), "a module says what it is"
    if name_of(path).startswith(TABLES):
        return
    assert text.count("\n") <= LINES_MAX, "this is two rooms"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            size = (node.end_lineno or node.lineno) - node.lineno + 1
            assert size <= FUNCTION_LINES_MAX, f"{node.name} has {size} lines"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_every_public_function_and_class_has_a_docstring_or_is_a_plain_property(path: Path) -> None:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            if name_of(path).startswith(("api/commands/", "tenants/store/migrations/")):
                continue  # a command's help text says it
            if any(isinstance(one, ast.Name) and one.id == "hook" for one in node.decorator_list):
                continue  # the contract says it (docs/hooks.md)
            assert ast.get_docstring(node), f"{node.name} says what it does"


BANNED_FILES = {"utils.py", "util.py", "helpers.py", "misc.py", "common.py", "manager.py"}


def test_no_file_is_named_for_nothing() -> None:
    assert not [name_of(path) for path in FILES if path.name in BANNED_FILES]


MONEY_FLOAT = re.compile(r"float\(")


@pytest.mark.parametrize("path", [p for p in FILES if name_of(p).startswith("core/")], ids=name_of)
def test_core_has_no_floating_point(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, float)), (
            f"line {node.lineno}: money and rates are whole cents and decimals"
        )
        assert not (isinstance(node, ast.Name) and node.id == "float"), f"line {node.lineno}"


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
