"""The package around a plugin's code: its name, its version, its requirements, its tests."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from api.partner_kit.locate import Located
from plugins.conformance.contract import Contract
from plugins.conformance.fault import Fault


def package_faults(plugin: Located, found: Contract) -> Iterator[Fault]:
    """Whether names and versions agree, it is described, and its rules are tried."""
    if found.name and found.name != plugin.name:
        said = (
            f"the entry point is called {plugin.name} and the manifest {found.name}; use one name"
        )
        yield Fault(check="package", message=said)
    if plugin.version and found.version and plugin.version != found.version:
        said = (
            f"the package is version {plugin.version} and the manifest says {found.version}; "
            "a practice is told both"
        )
        yield Fault(check="package", message=said)
    if plugin.wheel is not None:
        yield from _wheel_faults(plugin)
    if plugin.project is not None:
        yield from _project_faults(plugin.project.folder, found)


def _wheel_faults(plugin: Located) -> Iterator[Fault]:
    wheel = plugin.wheel
    assert wheel is not None
    needed = [one for one in wheel.requires if "extra ==" not in one]
    if needed:
        said = f"the wheel needs {needed[0]}; where a plugin runs, there is nothing but Claimwright"
        yield Fault(check="package", message=said)
    package = wheel.module.split(".")[0]
    for one in wheel.files:
        top = one.path.partition("/")[0]
        if top not in {package, f"{package}.py"} and not top.endswith(".dist-info"):
            said = f"the wheel also has {top}; a plugin is its one package"
            yield Fault(check="package", where=one.path, message=said)
            return


def _project_faults(folder: Path, found: Contract) -> Iterator[Fault]:
    if not any(path.name.lower().startswith("readme") for path in folder.iterdir()):
        said = "there is no README; say what the plugin is for, and what it asks for"
        yield Fault(check="docs", message=said, is_warning=True)
    named = _named_in_tests(folder)
    if named is None:
        said = "there are no tests; give each rule a claim that trips it and one that does not"
        yield Fault(check="tests", message=said, is_warning=True)
        return
    for rule in dict.fromkeys(key.rpartition("/")[0] for key in sorted(found.answers)):
        if rule not in named:
            said = f"no test names rule {rule}; give it a claim that trips it and one that does not"
            yield Fault(check="tests", rule=rule, message=said, is_warning=True)


def _named_in_tests(folder: Path) -> set[str] | None:
    """Every text in the project's tests; None where there are none."""
    files = [path for path in folder.rglob("test_*.py") if ".venv" not in path.parts]
    if not files:
        return None
    texts: set[str] = set()
    for path in files:
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, SyntaxError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.add(node.value)
    return texts
