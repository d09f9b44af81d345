"""What a plugin reaches for that is not given to it, seen in its code before it is imported.

A rule is a function of the claim it is handed: no network, no files but its own tables, no clock,
no randomness, no environment, no state kept between claims. What code hides from a reader of its
text is caught when it runs (``api.partner_kit.tripwires``).
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from plugins.conformance.code import PluginCode
from plugins.conformance.fault import Fault

CHECK = "reaches"

_STANDARD = frozenset({
    "__future__", "abc", "base64", "bisect", "calendar", "collections", "contextlib", "copy", "csv",
    "dataclasses", "datetime", "decimal", "difflib", "enum", "fractions", "functools", "hashlib",
    "heapq", "itertools", "json", "math", "operator", "re", "statistics", "string", "textwrap",
    "types", "typing", "unicodedata", "uuid",
})  # fmt: skip
"""What a rule may need of the standard library: all of it pure."""

_WHAT_FOR = {
    "socket": "the network", "ssl": "the network", "http": "the network", "urllib": "the network",
    "requests": "the network", "httpx": "the network", "ftplib": "the network",
    "smtplib": "the network", "asyncio": "the network", "select": "the network",
    "os": "the operating system", "sys": "the interpreter", "subprocess": "other programs",
    "multiprocessing": "other processes", "threading": "threads", "signal": "signals",
    "ctypes": "the machine", "pathlib": "files", "io": "files", "shutil": "files",
    "tempfile": "files", "glob": "files", "fileinput": "files", "sqlite3": "files",
    "pickle": "files", "shelve": "files", "random": "randomness", "secrets": "randomness",
    "time": "the clock", "importlib": "other modules", "logging": "the log", "inspect": "frames",
    "gc": "the interpreter", "builtins": "the interpreter",
}  # fmt: skip

_CALLS = {
    "open": "opens a file", "input": "asks the terminal", "print": "prints",
    "exec": "runs text as code", "eval": "runs text as code", "compile": "runs text as code",
    "__import__": "imports by name", "breakpoint": "stops in a debugger",
    "hash": "asks for a hash, which differs from process to process",
    "id": "asks for an address, which differs from process to process",
    "globals": "reaches into its module", "uuid4": "draws at random", "uuid1": "reads the clock",
    "setattr": "sets attributes by name", "delattr": "deletes attributes by name",
}  # fmt: skip

_CLOCKS = frozenset({"now", "today", "utcnow", "fromtimestamp"})
_CLOCK_OWNERS = frozenset({"datetime", "date", "time", "dt"})
_FORCED = frozenset({"__setattr__", "force_setattr", "__globals__", "__subclasses__", "__code__"})

_INSTEAD = "a rule is given all it may know"


def reaching_faults(code: PluginCode, package: str) -> list[Fault]:
    """Everything ``code``, imported as ``package``, reaches for; each with its place."""
    return [
        Fault(check=CHECK, where=f"{path}:{line}", message=message, is_warning=is_warning)
        for path, tree in code.trees()
        for line, message, is_warning in _found(tree, package)
    ]


def unparsed_faults(code: PluginCode) -> list[Fault]:
    """Python files that are none."""
    return [
        Fault(check="syntax", where=f"{one.path}:{_syntax_line(one.text)}",
              message="is not Python; correct it first")
        for one in code.files
        if one.path.endswith(".py") and one.tree is None
    ]  # fmt: skip


def _syntax_line(text: str) -> int:
    try:
        ast.parse(text)
    except SyntaxError as error:
        return error.lineno or 1
    except (ValueError, RecursionError):
        pass
    return 1


_Found = tuple[int, str, bool]


def _found(tree: ast.Module, package: str) -> Iterator[_Found]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _import(node.lineno, alias.name, (), package)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [alias.name for alias in node.names]
            yield from _import(node.lineno, node.module or "", names, package)
        elif isinstance(node, ast.Call):
            yield from _call(node)
        elif isinstance(node, ast.Global):
            yield node.lineno, "keeps state between claims (global); pass it on instead", False
        elif isinstance(node, ast.Attribute) and node.attr in _FORCED:
            yield node.lineno, f"uses {node.attr} to get behind a value; values are read", False


def _import(line: int, module: str, names: Iterable[str], package: str) -> Iterator[_Found]:
    top = module.partition(".")[0]
    if top in _STANDARD or top == package.partition(".")[0] != "plugins" or top == "msgspec":
        return
    if (module == "importlib" and set(names) == {"resources"}) or module == "importlib.resources":
        return
    if top == "plugins":
        yield from _ours(line, module, names, package)
    elif top == "core":
        yield line, f"imports {module}: only what plugins offers is promised to stay", True
    elif top in {"api", "tenants", "audit"}:
        yield line, f"imports {module}: a plugin imports plugins and nothing else of ours", False
    else:
        what = _WHAT_FOR.get(top)
        reason = f"which is {what}" if what else "which is not there where it runs"
        yield line, f"imports {module}, {reason}: {_INSTEAD}", False


_OFFERED = frozenset({"", "demo", "demo_payers", "tables"})
_FOR_TESTS = frozenset({"testing", "samples", "sample_files", "strategies", "pytest_plugin"})


def _ours(line: int, module: str, names: Iterable[str], package: str) -> Iterator[_Found]:
    if module == package or module.startswith(f"{package}."):
        return
    below = module.partition(".")[2]
    parts = [below] if below else [name for name in names if name in _FOR_TESTS] or [""]
    for part in parts:
        if part in _FOR_TESTS:
            yield line, f"imports plugins.{part}, which is for tests", False
        elif part not in _OFFERED:
            yield line, f"imports {module}: a plugin imports what plugins offers", False


def _call(node: ast.Call) -> Iterator[_Found]:
    called = node.func
    if isinstance(called, ast.Name) and called.id in _CALLS:
        yield node.lineno, f"{_CALLS[called.id]} ({called.id}): {_INSTEAD}", False
    elif isinstance(called, ast.Attribute):
        owner = called.value
        name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
        if called.attr in _CLOCKS and name in _CLOCK_OWNERS:
            yield node.lineno, f"reads the clock ({name}.{called.attr}): case.as_of is today", False
        elif called.attr in {"uuid4", "uuid1"} and name == "uuid":
            yield node.lineno, f"{_CALLS[called.attr]} ({called.attr}): {_INSTEAD}", False
