"""The five package names are ours alone, and a stranger's is said, not imported."""

from __future__ import annotations

import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from api import preflight

REPOSITORY = Path(__file__).parents[2]


@pytest.mark.parametrize("package", preflight.PACKAGES)
def test_no_other_distribution_has_a_package_of_our_name(package: str) -> None:
    assert set(metadata.packages_distributions().get(package, [])) <= {"claimwright"}


@pytest.mark.parametrize("package", preflight.PACKAGES)
def test_each_package_is_typed_and_says_what_it_is(package: str) -> None:
    assert (REPOSITORY / package / "py.typed").exists()
    first = (REPOSITORY / package / "__init__.py").read_text(encoding="utf-8")
    assert first.startswith('"""')


def test_a_folder_in_the_working_directory_that_takes_our_name_stops_the_program(
    tmp_path: Path,
) -> None:
    (tmp_path / "core").mkdir()
    (tmp_path / "core" / "__init__.py").write_text("")
    script = (
        f"import sys; sys.path[:0] = [{str(tmp_path)!r}, {str(REPOSITORY)!r}];"
        "from api import preflight; preflight.check()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "the package core is taken by another one" in done.stderr
