"""``plugin new`` writes packages that are green as they stand, and nothing it must not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from api.partner_kit.new import SPECIALTIES, NewPlugin, write_package
from core.errors import ConflictError, InputError

REPOSITORY = Path(__file__).parents[3]


RUN_EACH = """
import sys
from api import cli
for folder in sys.argv[1:]:
    try:
        cli.main(["plugin", "test", folder])
    except SystemExit as ended:
        if ended.code:
            raise
    for name in ("test_rules", "test_fees"):
        del sys.modules[name]
"""


def test_the_tests_of_every_specialty_are_green_as_written(tmp_path: Path) -> None:
    folders = [
        write_package(NewPlugin(name=f"my_{name}", specialty=name), tmp_path)
        for name in SPECIALTIES
    ]
    ran = subprocess.run(
        [sys.executable, "-c", RUN_EACH, *folders],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.count(" passed") == 7
    assert "skipped" not in ran.stdout


def test_it_writes_what_a_package_needs_and_leaves_no_placeholder(tmp_path: Path) -> None:
    folder = write_package(NewPlugin(name="eye_care", author="Eye Ltd, eye@example.org"), tmp_path)
    written = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert written == {
        ".github/workflows/check.yml", ".gitignore", "README.md", "pyproject.toml",
        "eye_care/__init__.py", "eye_care/data/fees.csv", "eye_care/fees.py", "eye_care/rules.py",
        "eye_care/settings.py", "tests/test_fees.py", "tests/test_rules.py",
    }  # fmt: skip
    text = {path: (folder / path).read_text() for path in written}
    assert [path for path, said in text.items() if "$" in said.replace("${{", "")] == []
    assert 'prefixes=("EYE",)' in text["eye_care/__init__.py"]
    assert 'eye_care = "eye_care"' in text["pyproject.toml"]
    assert [one.name for one in tmp_path.iterdir()] == ["eye_care"]


@pytest.mark.parametrize(
    ("name", "more", "error", "says"),
    [
        ("Eye", {}, InputError, "Python name in lower case"),
        ("eye-care", {}, InputError, "Python name in lower case"),
        ("../eye", {}, InputError, "Python name in lower case"),
        ("class", {}, InputError, "Python name in lower case"),
        ("a" * 41, {}, InputError, "Python name in lower case"),
        ("dental", {}, ConflictError, "comes with Claimwright"),
        ("plugins", {}, ConflictError, "package that is there"),
        ("json", {}, ConflictError, "package that is there"),
        ("hypothesis", {}, ConflictError, "installed already"),
        ("eye", {"prefix": "BH"}, ConflictError, "belong to somebody else"),
        ("eye", {"prefix": "PS"}, ConflictError, "belong to somebody else"),
        ("eye", {"prefix": "e-"}, InputError, "capitals and digits"),
        ("eye", {"specialty": "surgery"}, InputError, "there is no specialty"),
        ("eye", {"author": 'a"; import os'}, InputError, "without quotes"),
        ("a", {}, InputError, "--prefix"),
    ],
)
def test_a_name_that_cannot_be_is_refused_and_nothing_is_written(
    tmp_path: Path, name: str, more: dict[str, str], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        write_package(NewPlugin(name=name, **more), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "eye").mkdir()
    with pytest.raises(ConflictError, match="is there already"):
        write_package(NewPlugin(name="eye"), tmp_path)
    assert list((tmp_path / "eye").iterdir()) == []
