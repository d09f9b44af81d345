"""The page that lists what a partner may import: each name, its words, its fields and their units.

Made from the values themselves (``docs/partners/reference.md``).
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from enum import Enum
from types import ModuleType
from typing import Any

import msgspec

import plugins
from plugins import demo, demo_payers, sample_files, testing

MODULES: tuple[tuple[ModuleType, str], ...] = (
    (plugins, "what a plugin imports"),
    (demo, "for `demo_encounters`"),
    (demo_payers, "the invented payers, for `demo_encounters`"),
    (testing, "for tests: claims, visits and facts that are right as they come"),
    (sample_files, "for tests: the files a claim becomes, and what is answered"),
)
"""The modules partners may import, and what each is for."""

_FROM = re.compile(r"\b(?:core|plugins|datetime|decimal|uuid|collections\.abc|typing)\.(?:\w+\.)*")


_QUOTED = re.compile(r"(: |-> )'([^']*)'")


def public_names(module: ModuleType) -> tuple[str, ...]:
    """The names of ``module`` that a partner may use, in order."""
    listed = getattr(module, "__all__", None)
    if listed is not None:
        return tuple(listed)
    return tuple(
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and not inspect.ismodule(value)
        and (name.isupper() or getattr(value, "__module__", "") == module.__name__)
    )


def reference() -> str:
    """The text of ``docs/partners/reference.md``."""
    parts = [
        "# Reference",
        "",
        "Made from the code; do not edit. Money is whole cents (`_cents`), days are dates; an",
        "empty text or None means: not stated, not known. A field with `=` may be left out. Names",
        "that are not here are ours and change without notice.",
    ]
    for module, purpose in MODULES:
        parts += ["", f"## {module.__name__}: {purpose}"]
        for name in public_names(module):
            parts += ["", *_entry(name, getattr(module, name), module)]
    return "\n".join(parts) + "\n"


def _entry(name: str, value: Any, module: ModuleType) -> Iterator[str]:
    yield f"### {name}"
    if inspect.isclass(value):
        words = inspect.getdoc(value) or ""
        inherited = words == (inspect.getdoc(value.__mro__[1]) or "") if words else True
        if not inherited:
            yield from ("", _plain(words))
        yield from _members(value)
    elif inspect.isfunction(value):
        yield from ("", f"`{name}{_short(str(inspect.signature(value)))}`")
        yield from ("", _plain(inspect.getdoc(value) or ""))
    elif inspect.ismodule(value):
        yield from ("", _plain(inspect.getdoc(value) or ""))
    else:
        yield from ("", f"{_constant(value)}")
        if words := _words_after(name, module):
            yield from ("", _plain(words))


def _members(kind: type) -> Iterator[str]:
    if issubclass(kind, Enum):
        yield from ("", ", ".join(f"`{one.value}`" for one in kind))
        return
    if issubclass(kind, msgspec.Struct):
        names = kind.__struct_fields__
        defaults = (msgspec.NODEFAULT,) * len(names) + kind.__struct_defaults__
        if names:
            yield from ("", "| field | type |", "|---|---|")
        for name, default in zip(names, defaults[-len(names) :], strict=True):
            sign = "" if default is msgspec.NODEFAULT else " ="
            yield f"| `{name}`{sign} | {_type(kind, name)} |"
    for name, method in vars(kind).items():
        if inspect.isfunction(method) and not name.startswith("_") and inspect.getdoc(method):
            signature = _short(str(inspect.signature(method))).replace("(self, ", "(")
            yield from ("", f"`.{name}{signature.replace('(self)', '()')}`: {_line(method)}")


def _line(method: Any) -> str:
    return _plain(" ".join((inspect.getdoc(method) or "").split()))


def _type(kind: type, name: str) -> str:
    """The type as it is written in the code."""
    for one in kind.__mro__:
        written = inspect.get_annotations(one).get(name)
        if written is not None:
            return f"`{_short(str(written))}`".replace("|", "\\|")
    return ""


def _short(text: str) -> str:
    return _FROM.sub("", _QUOTED.sub(r"\1\2", text))


def _constant(value: object) -> str:
    if isinstance(value, int | str) and not isinstance(value, bool):
        return f"`{value!r}`"
    return f"A `{type(value).__name__}`."


def _words_after(name: str, module: ModuleType) -> str:
    """The text under a constant, where the module that makes it has one."""
    for made_in in (module, *(one for one in vars(module).values() if inspect.ismodule(one))):
        found = re.search(
            rf'^{re.escape(name)}\b[^=\n]*= .*?\n"""(.*?)"""',
            inspect.getsource(made_in),
            re.M | re.S,
        )
        if found and "\n\n\n" not in found.group(0):
            return inspect.cleandoc(found.group(1))
    return ""


def _plain(words: str) -> str:
    return words.replace("``", "`")
