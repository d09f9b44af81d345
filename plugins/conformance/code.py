"""A plugin's own files as text: where something stands, and the words it is written with."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import PurePath
from types import ModuleType, TracebackType
from typing import Any

import msgspec

_FILES_MAX = 1_000
_CODE = re.compile(r"(?=.*\d)[A-Z0-9]{5}\Z", re.ASCII)
_SHORT = re.compile(r"[A-Z0-9]{2}\Z", re.ASCII)
_KNOB = re.compile(r"[a-z0-9_]+\.[a-z0-9_]+\Z", re.ASCII)
# A letter and four digits may be either; it is asked as a procedure code.
_DIAGNOSIS = re.compile(r"(?![A-Z]\d{4}\Z)[A-Z]\d[0-9A-Z]{1,5}\Z", re.ASCII)


class CodeFile(msgspec.Struct, frozen=True):
    """A file by the path its author knows; ``tree`` None where it is not Python that parses."""

    path: str
    text: str
    tree: ast.Module | None


class PluginCode(msgspec.Struct, frozen=True):
    """The files of a plugin's package."""

    files: tuple[CodeFile, ...] = ()

    def trees(self) -> Iterator[tuple[str, ast.Module]]:
        """Every module with its path."""
        return ((one.path, one.tree) for one in self.files if one.tree is not None)

    def tables(self) -> Iterator[CodeFile]:
        """Every csv."""
        return (one for one in self.files if one.path.endswith(".csv"))

    def place_of(self, text: str) -> str:
        """``file:line`` of the first constant that is ``text``, such as a rule's id; or empty."""
        for path, tree in self.trees():
            for node in ast.walk(tree):
                if isinstance(node, ast.Constant) and node.value == text:
                    return f"{path}:{node.lineno}"
        return ""

    def place_of_class(self, name: str) -> str:
        """``file:line`` of the class ``name``; empty when it is not the plugin's own."""
        for path, tree in self.trees():
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef) and node.name == name:
                    return f"{path}:{node.lineno}"
        return ""

    def place_of_function(self, function: Callable[..., Any] | None) -> str:
        """Where a rule's function stands; empty when it is not the plugin's own."""
        while isinstance(function, partial):
            function = function.func
        code = getattr(function, "__code__", None)
        return self._own(code.co_filename, code.co_firstlineno) if code else ""

    def place_of_error(self, traceback: TracebackType | None) -> str:
        """The innermost line of the plugin's own code an exception passed through."""
        found = ""
        while traceback is not None:
            at = self._own(traceback.tb_frame.f_code.co_filename, traceback.tb_lineno)
            found = at or found
            traceback = traceback.tb_next
        return found

    def place_of_frame(self, file_name: str, line: int) -> str:
        """``file:line`` where ``file_name`` is one of the plugin's; else empty."""
        return self._own(file_name, line)

    def _own(self, file_name: str, line: int) -> str:
        parts = PurePath(file_name).parts
        for one in self.files:
            own = PurePath(one.path).parts
            if parts[-len(own) :] == own:
                return f"{one.path}:{line}"
        return ""

    def attributes(self) -> dict[str, str]:
        """Every attribute name that is read anywhere, with the first place."""
        found: dict[str, str] = {}
        for path, tree in self.trees():
            for node in ast.walk(tree):
                if isinstance(node, ast.Attribute):
                    found.setdefault(node.attr, f"{path}:{node.lineno}")
        return found

    def words(self) -> Words:
        """What its texts and tables look like codes, so that its rules can be asked of them."""
        texts = {text for one in self.files for text in _texts(one)}
        return Words(
            codes=tuple(sorted(text for text in texts if _CODE.match(text))),
            modifiers=tuple(sorted(text for text in texts if _SHORT.match(text))),
            diagnoses=tuple(sorted(text for text in texts if _DIAGNOSIS.match(text))),
            texts=tuple(sorted(text for text in texts if text.isidentifier())),
            knobs=tuple(sorted(text for text in texts if _KNOB.match(text))),
        )


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """Texts of a plugin by their shape: procedure codes, modifiers and places, and so on."""

    codes: tuple[str, ...] = ()
    modifiers: tuple[str, ...] = ()
    diagnoses: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    knobs: tuple[str, ...] = ()


NO_CODE = PluginCode()


def code_of(module: ModuleType) -> PluginCode:
    """The files of an imported plugin; none where it was made without a file."""
    name = module.__name__
    if hasattr(module, "__path__"):
        return code_in(resources.files(module), name.rpartition(".")[2])
    spec = module.__spec__
    source = getattr(spec.loader, "get_source", None) if spec and spec.loader else None
    text = source(name) if source else None
    if not text:
        return NO_CODE
    return PluginCode((_file(f"{name.rpartition('.')[2]}.py", text),))


def code_in(folder: Traversable, prefix: str) -> PluginCode:
    """The Python and csv files below ``folder``, their paths beginning with ``prefix``."""
    found = sorted(_walk(folder, prefix), key=lambda one: one[0])[:_FILES_MAX]
    return PluginCode(tuple(_file(path, _decoded(entry)) for path, entry in found))


def _walk(folder: Traversable, above: str) -> Iterator[tuple[str, Traversable]]:
    for entry in folder.iterdir():
        path = f"{above}/{entry.name}"
        if entry.is_dir():
            if entry.name != "__pycache__":
                yield from _walk(entry, path)
        elif entry.name.endswith((".py", ".csv")):
            yield path, entry


def _decoded(entry: Traversable) -> str:
    return entry.read_bytes().decode("utf-8", "replace")


def _file(path: str, text: str) -> CodeFile:
    tree = None
    if path.endswith(".py"):
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError):
            tree = None
    return CodeFile(path, text, tree)


def _texts(one: CodeFile) -> Iterable[str]:
    if one.tree is not None:
        for node in ast.walk(one.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
    elif one.path.endswith(".csv"):
        for line in one.text.splitlines():
            if not line.startswith("#"):
                yield from line.split(",")
