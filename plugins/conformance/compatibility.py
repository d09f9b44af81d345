"""Whether a plugin goes on under another contract, by its code alone: nothing of it is run."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from enum import StrEnum

import msgspec

from plugins.conformance.code import PluginCode
from plugins.contract_changes import CHANGES, TAKES_BEFORE, ContractChange, Part
from plugins.spec import CONTRACT

_OFFERING = "plugins"


class Verdict(StrEnum):
    """How a plugin will fare."""

    SAFE = "safe"
    """It goes on as it is."""
    WARNS = "warns"
    """It goes on, and uses something that will go."""
    BLOCKS = "blocks"
    """It would be refused, or break."""


class Use(msgspec.Struct, frozen=True):
    """A part of the contract that a plugin's code uses, and where."""

    part: Part
    subject: str
    where: str


class Compatibility(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict on one plugin, with a sentence a reason, each with its place."""

    contract: int
    verdict: Verdict
    reasons: tuple[str, ...] = ()


def compatibility(
    code: PluginCode, contract: int, changes: Iterable[ContractChange] = CHANGES
) -> Compatibility:
    """How ``code`` fares with a program of ``contract``."""
    written_for, where = _written_for(code)
    blocks: list[str] = []
    warns: list[str] = []
    if not contract - TAKES_BEFORE <= written_for <= contract:
        blocks.append(
            f"{where}: is written for contract {written_for}; a program of contract {contract} "
            f"takes {contract - TAKES_BEFORE} and {contract}"
        )
    by_subject: dict[tuple[Part, str], list[Use]] = {}
    for use in uses(code):
        by_subject.setdefault((use.part, use.subject), []).append(use)
    for change in changes:
        found = by_subject.get((change.part, change.subject), ())
        is_gone = bool(change.removed) and change.removed <= contract
        is_going = bool(change.deprecated) and change.deprecated <= contract
        if not found or not (is_gone or is_going):
            continue
        when = f"is gone from contract {change.removed} on" if is_gone else "will go"
        instead = f"; use {change.instead}" if change.instead else ""
        said = f"{change.part} {change.subject} {when}{instead}"
        (blocks if is_gone else warns).extend(f"{use.where}: {said}" for use in found)
    verdict = Verdict.BLOCKS if blocks else Verdict.WARNS if warns else Verdict.SAFE
    return Compatibility(contract=written_for, verdict=verdict, reasons=(*blocks, *warns))


def uses(code: PluginCode) -> Iterator[Use]:
    """Every hook, argument, field and name of the contract in ``code``."""
    for path, tree in code.trees():
        for node in ast.walk(tree):
            where = f"{path}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == _OFFERING:
                for alias in node.names:
                    yield Use(Part.NAME, alias.name, where)
            elif isinstance(node, ast.FunctionDef) and _is_hook(node):
                yield Use(Part.HOOK, node.name, where)
                for argument in node.args.args:
                    yield Use(Part.ARGUMENT, f"{node.name}.{argument.arg}", where)
            elif isinstance(node, ast.Call):
                for keyword in node.keywords:
                    if keyword.arg:
                        yield Use(Part.FIELD, f"{_called(node)}.{keyword.arg}", where)


def _is_hook(node: ast.FunctionDef) -> bool:
    for one in node.decorator_list:
        target = one.func if isinstance(one, ast.Call) else one
        name = target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", "")
        if name == "hook":
            return True
    return False


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return getattr(node.func, "id", "")


def _written_for(code: PluginCode) -> tuple[int, str]:
    """The contract its manifest names; that of this program where it names ours."""
    for path, tree in code.trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _called(node) == "Manifest":
                for keyword in node.keywords:
                    if keyword.arg == "contract":
                        value = keyword.value
                        number = value.value if isinstance(value, ast.Constant) else CONTRACT
                        where = f"{path}:{value.lineno}"
                        return (number if isinstance(number, int) else CONTRACT), where
    return CONTRACT, ""
