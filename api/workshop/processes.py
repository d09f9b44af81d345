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
from plugins.project import PluginProject

_STOP_SECONDS = 10
_ROUND_SECONDS_MAX = 300


class Workshop:
    """One plugin, one home, and the processes in which the plugin is an installed one."""

    def __init__(self, project: PluginProject, settings: Settings) -> None:
        self.project = project
        self.settings = settings
        self._server: subprocess.Popen[bytes] | None = None

    def play(self, order: Order) -> RoundTold:
        """One round in a process of its own.

        What ends it from outside, or breaks off while the plugin is imported, is a fault of the
        round. Its error lines go where ours go.
        """
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
            return RoundTold(plugin=self.project.name, fault=fault)
        try:
            return msgspec.json.decode(ended.stdout.splitlines()[-1], type=RoundTold)
        except (IndexError, msgspec.MsgspecError):
            fault = "the round broke off; see the lines above"
            return RoundTold(plugin=self.project.name, fault=fault)

    def serve(self, port: int) -> None:
        """Serve the pages with the plugin as it is now, in place of what served before."""
        self.stop_serving()
        command = [sys.executable, "-P", "-m", "api.cli", "serve", "--port", str(port)]
        self._server = subprocess.Popen(
            command, env=self._environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )

    def is_serving(self) -> bool:
        """False once, when the server has ended by itself, as where its port is taken."""
        if self._server is None or self._server.poll() is None:
            return True
        self._server = None
        return False

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
        environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        environment |= settings_module.environment(self.settings)
        # An installation finds itself; a checkout is named to those it starts.
        ours = Path(api.__file__).parents[1]
        if not {"site-packages", "dist-packages"} & set(ours.parts):
            environment["PYTHONPATH"] = str(ours)
        return environment
