"""Which plugin is meant: a project's folder, a wheel, a built-in or an installed one."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from io import BytesIO
from pathlib import Path

import msgspec

from api.plugin_wheel import PluginWheel, read_wheel_bytes, wheel_of
from core.errors import InputError, NotFoundError
from plugins.host import BUILT_IN
from plugins.project import PluginProject, read_project
from plugins.spec import ENTRY_POINT_GROUP

WHEEL = ".whl"


class Located(msgspec.Struct, frozen=True, kw_only=True):
    """A plugin and where its code is. ``folder`` None: this environment's own packages.

    ``project`` and ``wheel`` are set where it was named by a folder or by a wheel; ``version`` is
    what these say of it.
    """

    name: str
    module: str
    version: str = ""
    folder: Path | None = None
    project: PluginProject | None = None
    wheel: PluginWheel | None = None

    @property
    def is_built_in(self) -> bool:
        """Whether it comes with the product."""
        return self.module in BUILT_IN

    @property
    def title(self) -> str:
        """How a person would tell it from another version of itself."""
        return f"{self.name} {self.version}".strip()


@contextmanager
def located(named: str) -> Iterator[Located]:
    """What ``named`` is. A wheel is unpacked for as long as it is looked at.

    ``NotFoundError`` or ``InputError`` when it is no plugin.
    """
    path = Path(named)
    if path.suffix == WHEEL and path.exists():
        data = read_wheel_bytes(path)
        wheel = wheel_of(path.name, data)
        with tempfile.TemporaryDirectory(prefix="claimwright-plugin-") as folder:
            with zipfile.ZipFile(BytesIO(data)) as archive:
                archive.extractall(folder)
            yield Located(
                name=wheel.name,
                module=wheel.module,
                version=wheel.version,
                folder=Path(folder),
                wheel=wheel,
            )
    elif path.is_dir():
        project = read_project(path)
        yield Located(
            name=project.name,
            module=project.module,
            version=project.version,
            folder=project.source,
            project=project,
        )
    else:
        yield _installed(named)


def _installed(name: str) -> Located:
    for module in BUILT_IN:
        if module.rpartition(".")[2] == name:
            return Located(name=name, module=module)
    for point in metadata.entry_points(group=ENTRY_POINT_GROUP, name=name):
        version = point.dist.version if point.dist else ""
        if ":" in point.value:
            raise InputError(f"the entry point {name} must name a module")
        return Located(name=name, module=point.value, version=version)
    raise NotFoundError(
        f"{Path(name).name}: is no folder, no wheel, and no plugin that is installed here"
    )
