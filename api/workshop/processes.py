"""The workshop's processes: a round for each save, and the server of the pages."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec

import api
from api import settings as settings_module
from api.settings import Settings
from api.workshop.told import Order, RoundTold
from core.errors import UnavailableError
from plugins.project import PluginProject
from plugins.spec import ENTRY_POINT_GROUP

_STOP_SECONDS = 10
_ROUND_SECONDS_MAX = 300


class Workshop:
    """One plugin, one home, and the processes that see the plugin as an installed one."""

    def __init__(self, project: PluginProject, settings: Settings) -> None:
        self.project = project
        self.settings = settings
        self._server: subprocess.Popen[bytes] | None = None

    def play(self, order: Order) -> RoundTold:
        """One round in a process of its own.

        What ends it from outside, or breaks off while the plugin is imported, is a fault of the
        round. Its error lines go where ours go.
        """
        self._put_on_shelf()
        try:
            ended = subprocess.run(
                [sys.executable, "-P", "-m", "api.workshop.round"],
                input=msgspec.json.encode(order),
                env=self._environment(),
                stdout=subprocess.PIPE,
                timeout=_ROUND_SECONDS_MAX,
                check=False,
            )
        except subprocess.TimeoutExpired:
            fault = f"the round did not end within {_ROUND_SECONDS_MAX} seconds: a rule that loops?"
            return RoundTold(plugin=order.plugin, fault=fault)
        try:
            return msgspec.json.decode(ended.stdout.splitlines()[-1], type=RoundTold)
        except (IndexError, msgspec.MsgspecError):
            return RoundTold(plugin=order.plugin, fault="the round broke off; see the lines above")

    def serve(self, port: int) -> None:
        """Serve the pages with the plugin as it is now, in place of what served before."""
        self.stop_serving()
        command = [sys.executable, "-P", "-m", "api.cli", "serve", "--port", str(port)]
        self._server = subprocess.Popen(
            command, env=self._environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )

    def check_serving(self) -> None:
        """``UnavailableError`` when the server has ended by itself, as where its port is taken."""
        if self._server is not None and self._server.poll() is not None:
            self._server = None
            raise UnavailableError("the pages are not served: is the port taken? Say --port")

    def stop_serving(self) -> None:
        """End the server, if there is one."""
        if self._server is None:
            return
        self._server.terminate()
        try:
            self._server.wait(timeout=_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()
        self._server = None

    def _environment(self) -> dict[str, str]:
        given = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        given |= settings_module.environment(self.settings)
        given["PYTHONPATH"] = os.pathsep.join(map(str, self._path()))
        given["PYTHONDONTWRITEBYTECODE"] = "1"
        return given

    def _path(self) -> list[Path]:
        """Where the plugin is found; and ourselves, where we run from a checkout."""
        ours = Path(api.__file__).parents[1]
        installed = {"site-packages", "dist-packages"} & set(ours.parts)
        return [self._shelf, self.project.source, *([] if installed else [ours])]

    @property
    def _shelf(self) -> Path:
        return self.settings.home / "shelf"

    def _put_on_shelf(self) -> None:
        """What an installer would write: the entry point, beside code that stays where it is."""
        project = self.project
        name = (project.distribution or project.name).replace("-", "_")
        version = project.version or "0"
        info = self._shelf / f"{name}-{version}.dist-info"
        info.mkdir(parents=True, exist_ok=True)
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        points = f"[{ENTRY_POINT_GROUP}]\n{project.name} = {project.module}\n"
        (info / "METADATA").write_text(metadata, encoding="utf-8")
        (info / "entry_points.txt").write_text(points, encoding="utf-8")
