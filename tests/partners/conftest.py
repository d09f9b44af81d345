"""The sample partner: its folder, and the wheel a practice would be given."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.plugin_packing import pack
from plugins.project import read_project

VISION = Path(__file__).parents[2] / "docs" / "partners" / "vision"


@pytest.fixture(scope="session")
def vision_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the vision plugin, as ``claimwright plugin build`` makes it."""
    return pack(read_project(VISION), tmp_path_factory.mktemp("dist"))
