"""A plugin's folder is made into a wheel; what makes none is refused with a sentence."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest

from api.plugin_packing import pack
from api.plugin_wheel import read_wheel
from core.errors import InputError
from plugins.project import read_project
from tests.api.command_line import CommandLine
from tests.partners.conftest import VISION


def test_the_same_files_make_the_same_bytes_wherever_they_lie(
    vision_wheel: Path, tmp_path: Path
) -> None:
    shutil.copytree(VISION, tmp_path / "copy")
    (tmp_path / "copy" / "src" / "claimwright_vision" / "__pycache__").mkdir(exist_ok=True)
    (tmp_path / "copy" / "src" / "claimwright_vision" / ".hidden").write_text("x")
    again = pack(read_project(tmp_path / "copy"), tmp_path)
    assert again.read_bytes() == vision_wheel.read_bytes()


def test_the_wheel_holds_the_code_and_tables_and_names_the_plugin(vision_wheel: Path) -> None:
    told = read_wheel(vision_wheel)
    assert (told.name, told.module, told.version) == ("vision", "claimwright_vision", "1.0.0")
    with zipfile.ZipFile(vision_wheel) as archive:
        names = set(archive.namelist())
    assert "claimwright_vision/data/lenses.csv" in names
    assert not [one for one in names if "test" in one or "golden" in one or "cache" in one]


def test_the_command_says_where_the_wheel_is(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, vision_wheel: Path
) -> None:
    commands = CommandLine(capsys, tmp_path)
    ran = commands("plugin", "build", VISION, "--to", tmp_path, "--json")
    (told,) = ran.json
    assert (ran.status, told["name"], told["version"]) == (0, "vision", "1.0.0")
    assert Path(told["wheel"]).read_bytes() == vision_wheel.read_bytes()
    assert commands("plugin", "build", tmp_path).status == 2


def project(folder: Path, text: str) -> Path:
    folder.joinpath("pyproject.toml").write_text(text, encoding="utf-8")
    folder.joinpath("example.py").write_text("")
    return folder


POINT = '[project.entry-points."claimwright.plugins.v1"]\n'


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[project", "is not TOML"),
        ("project = 1", "project must be a table"),
        ("", "names 0 plugins"),
        (f'{POINT}a = "a"\nb = "b"', "names 2 plugins"),
        (f"{POINT}example = 1", "must name a module"),
        (f'{POINT}example = "no-module"', "must name a module"),
        (f'{POINT}example = "absent"', "lies neither in the project's folder nor in its src"),
        (f'{POINT}example = "example"', "needs a name and a version"),
    ],
)
def test_what_is_no_project_of_a_plugin_is_refused(
    tmp_path: Path, text: str, sentence: str
) -> None:
    with pytest.raises(InputError) as refused:
        pack(read_project(project(tmp_path, text)), tmp_path / "dist")
    assert sentence in refused.value.message
    assert not (tmp_path / "dist").exists()


def test_a_plugin_of_one_file_is_packed_as_well(tmp_path: Path) -> None:
    text = f'[project]\nname = "an-example"\nversion = "2"\n{POINT}example = "example"'
    wheel = pack(read_project(project(tmp_path, text)), tmp_path)
    assert wheel.name == "an_example-2-py3-none-any.whl"
    assert read_wheel(wheel).files[0].path == "an_example-2.dist-info/METADATA"
