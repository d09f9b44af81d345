"""``plugin check``: in processes of its own, what is wrong is found, placed, and survived."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.partner_kit.check import Checked, check
from api.partner_kit.locate import located
from api.partner_kit.new import NewPlugin, write_package
from api.partner_kit.package import package_faults
from core.errors import InputError, NotFoundError
from plugins.conformance.contract import Contract
from plugins.host import BUILT_IN
from tests.api.partner_kit.wheels import GROUP, wheel
from tests.campaign import SOAK
from tests.plugins.conformance.made import line_of, source

PROJECT = f"""\
[project]
name = "sight"
version = "1.2.0"
[project.entry-points."{GROUP}"]
sight = "sight"
"""


def project(folder: Path, text: str) -> Path:
    (folder / "sight").mkdir()
    (folder / "sight" / "__init__.py").write_text(text)
    (folder / "pyproject.toml").write_text(PROJECT)
    return folder


def checked(named: Path | str, **more: float) -> Checked:
    with located(str(named)) as plugin:
        return check(plugin, is_fenced=False, **more)


def said(found: Checked) -> dict[str, str]:
    return {one.message: one.where for one in found.faults}


def test_a_new_package_is_fit_and_runs_fenced(tmp_path: Path) -> None:
    folder = write_package(NewPlugin(name="eye_care", author="Eye Ltd"), tmp_path)
    with located(str(folder)) as plugin:
        found = check(plugin)
    assert found.faults == ()
    assert (found.name, found.version, found.rules) == ("eye_care", "0.1.0", 1)
    assert found.sees == ("clinical",)
    assert found.is_fenced or found.note


HIDDEN = """\
import re


def check(case, lines):
    for line in lines:
        yield Flag(line_no=line.line_no, message=" ".join({"GY", "LT", "RT", "GA", "GX", "XU"}))


def late(case, lines):
    if re.enum.sys.modules["time"].time() > 4_000_000_000:
        yield Flag(message="late")


def asks(case, lines):
    if re.enum.sys.modules["socket"].socket():
        yield Flag(message="asked")


@hook
def claim_edits(settings):
    return (edit(check=check), edit("SGT-2", check=late), edit("SGT-3", check=asks))
"""


@pytest.mark.attack("S-45")
def test_what_its_text_hides_is_seen_when_it_runs(tmp_path: Path) -> None:
    text = source(HIDDEN)
    found = said(checked(project(tmp_path, text)))
    differs = "rule SGT-1 answers otherwise in another process; sort what comes from a set, and"
    assert [one for one in found if one.startswith(differs)]
    clock = "reads the clock while it runs; a rule is given all it may know"
    assert found[clock] == f"sight/__init__.py:{line_of(text, '4_000_000_000')}"
    network = "reaches for the network while it runs; a rule is given all it may know"
    assert found[network] == f"sight/__init__.py:{line_of(text, '.socket()')}"
    assert any(one.startswith("there are no tests") for one in found)


@pytest.mark.attack("S-45")
def test_a_plugin_without_an_end_or_a_measure_is_stopped_and_placed(tmp_path: Path) -> None:
    text = source("while True:\n    pass  # for ever\n")
    found = checked(project(tmp_path, text), seconds=1)
    ended = "did not come to an end within 1 s; a rule looks at a claim and answers"
    at = line_of(text, "for ever")
    assert said(found)[ended] in {f"sight/__init__.py:{at - 1}", f"sight/__init__.py:{at}"}
    assert not found.is_fit


@pytest.mark.attack("S-45")
def test_an_import_that_fails_says_where(tmp_path: Path) -> None:
    text = source("ALL = [0] * 10**11\n")
    found = said(checked(project(tmp_path, text)))
    assert found["cannot be imported: MemoryError: "] == (
        f"sight/__init__.py:{line_of(text, 'ALL =')}"
    )


def test_the_package_around_the_code_is_looked_at(tmp_path: Path) -> None:
    said_of_itself = Contract(name="sight", version="1.3.0", answers={"SGT-1/0": "", "SGT-2/0": ""})

    def faults(named: Path, of: Contract = said_of_itself) -> list[str]:
        with located(str(named)) as plugin:
            return [one.message.partition(";")[0] for one in package_faults(plugin, of)]

    plain = wheel(tmp_path / "a")
    versions = "the package is version 1.2.0 and the manifest says 1.3.0"
    assert faults(plain) == [versions]
    assert faults(plain, Contract(name="sights", version="1.2.0")) == [
        "the entry point is called sight and the manifest sights"
    ]
    metadata = b"Name: sight\nVersion: 1.3.0\nRequires-Dist: requests>=2\n"
    more = {"sight-1.2.0.dist-info/METADATA": metadata, "other/__init__.py": b""}
    assert faults(wheel(tmp_path / "b", more=more)) == [
        "the wheel needs requests>=2",
        "the wheel also has other",
    ]
    folder = project(tmp_path, source(""))
    (folder / "pyproject.toml").write_text(PROJECT.replace("1.2.0", "1.3.0"))
    assert faults(folder) == ["there is no README", "there are no tests"]
    (folder / "README.md").write_text("Sight")
    (folder / "test_sight.py").write_text('RULES = ("SGT-1",)')
    assert faults(folder) == ["no test names rule SGT-2"]


def test_what_is_no_plugin_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no plugin that is installed here"), located("nobody"):
        pass
    with pytest.raises(InputError, match=r"no pyproject\.toml"), located(str(tmp_path)):
        pass


@pytest.mark.campaign
def test_the_specialties_are_fit_by_the_whole_check() -> None:
    """In one process ``tests/plugins/test_host.py`` asks all of them on every run."""
    for module in BUILT_IN if SOAK else ():
        found = checked(module.rpartition(".")[2])
        assert found.is_fit, found.faults
