"""The process of a plugin, seen from outside: started, asked, and ended when it overstays."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from mmap import mmap
from pathlib import Path
from typing import TypeVar

import msgspec

from plugins.confined.child import BEFORE, PROGRESS
from plugins.confined.faults import FaultKind
from plugins.confined.limits import Limits
from plugins.confined.protocol import framed, read_frame

T = TypeVar("T")

ROOT = Path(__file__).resolve().parent.parent.parent
"""What holds the packages ``core`` and ``plugins``."""

_DYING_SECONDS = 1.0

_RUN = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from plugins.confined.child import main; main(*map(int, sys.argv[2:]))"
)


class PluginProcessError(Exception):
    """The process did not answer. ``at`` is the question it was busy with, or None."""

    def __init__(self, kind: FaultKind, at: int | None, *, is_idle: bool = False) -> None:
        super().__init__(kind)
        self.kind, self.at, self.is_idle = kind, at, is_idle


class PluginProcess:
    """One process. Not to be asked by two threads at once.

    It lives no longer than its parent, nor than the thread that waits for it here: the kernel ends
    it with either.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.worked_seconds = 0.0
        self._is_ended = False
        self._socket, theirs = socket.socketpair()
        with tempfile.TemporaryFile() as shared:
            shared.truncate(PROGRESS.size)
            self._word = mmap(shared.fileno(), PROGRESS.size)
            PROGRESS.pack_into(self._word, 0, BEFORE)
            started = threading.Event()
            self._process: subprocess.Popen[bytes] | None = None
            self._waiting = threading.Thread(
                target=self._run, args=(theirs, shared.fileno(), started), daemon=True,
                name="plugin process",
            )  # fmt: skip
            self._waiting.start()
            started.wait()
        theirs.close()

    def _run(self, theirs: socket.socket, shared: int, started: threading.Event) -> None:
        # The kernel tells a process of the death of the thread that started it: this one stays.
        inherited = (theirs.fileno(), shared)
        numbers = (*inherited, os.getpid())
        command = [sys.executable, "-s", "-P", "-B", "-c", _RUN, str(ROOT)]
        try:
            self._process = subprocess.Popen(
                [*command, *map(str, numbers)],
                pass_fds=inherited,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env={"PYTHONHASHSEED": "0", "PYTHONUTF8": "1"},
            )
        except OSError:
            return
        finally:
            started.set()
        self._process.wait()

    @property
    def is_alive(self) -> bool:
        """Whether it runs and was not ended."""
        process = self._process
        return not self._is_ended and process is not None and process.returncode is None

    @property
    def pid(self) -> int | None:
        """Its number."""
        return self._process.pid if self._process is not None else None

    def send(self, request: object, seconds: float) -> None:
        """Hand over ``request``; ``PluginProcessError`` when it is not taken."""
        try:
            self._socket.settimeout(seconds)
            self._socket.sendall(framed(request))
        except TimeoutError:
            raise self._failed(FaultKind.OVERSTAYED) from None
        except OSError:
            raise self._failed(FaultKind.ENDED) from None

    def receive(self, kind: type[T], *, seconds: float, call_seconds: float, most: int) -> T:
        """The answer, decoded; ``PluginProcessError`` when it does not come or is none.

        ``seconds`` for all of it; ``call_seconds`` for each rule on the way.
        """
        began = time.monotonic()
        watch = _Watch(self, began + seconds, call_seconds)
        try:
            frame = read_frame(watch.read, most)
            if frame is None:
                raise self._failed(FaultKind.ENDED)
            return msgspec.msgpack.decode(frame, type=kind)
        except TimeoutError:
            raise self._failed(FaultKind.OVERSTAYED) from None
        except OSError:
            raise self._failed(FaultKind.ENDED) from None
        except (ValueError, RecursionError):
            # Too long a frame, and whatever is no msgpack of this type (a ValueError as well).
            raise self._failed(FaultKind.WRONG_ANSWER) from None
        finally:
            self.worked_seconds += time.monotonic() - began

    def ask(self, request: object, kind: type[T], *, seconds: float, most: int) -> T:
        """``send`` and ``receive`` in one."""
        self.send(request, seconds)
        return self.receive(kind, seconds=seconds, call_seconds=seconds, most=most)

    def progress(self) -> int:
        """What it is busy with."""
        return int(PROGRESS.unpack_from(self._word)[0])

    def _failed(self, kind: FaultKind) -> PluginProcessError:
        # Who is busy is known where it stands still: overstaying, or dead. A wrong answer, or the
        # end of what connects us, may be the doing of another rule than the one that runs now.
        still = kind is FaultKind.OVERSTAYED
        if kind is FaultKind.ENDED:
            still = self.ended(_DYING_SECONDS)
        at = self.progress()
        self.end()
        known = at >= 0 and still
        return PluginProcessError(kind, at if known else None, is_idle=at == BEFORE)

    def end(self) -> None:
        """End it at once."""
        if self.is_alive and self._process is not None:
            self._process.kill()
        self._is_ended = True
        self._socket.close()

    def ended(self, seconds: float) -> bool:
        """Whether it ends within so long."""
        self._waiting.join(seconds)
        return not self._waiting.is_alive()

    def forget(self) -> None:
        """In a copy of the parent made by fork: it is the parent's process, not ours."""
        self._socket.close()
        self._process = None


class _Watch:
    """Reads with an eye on the clock and on the rule that runs."""

    def __init__(self, process: PluginProcess, until: float, call_seconds: float) -> None:
        self._process, self._until, self._call_seconds = process, until, call_seconds

    def read(self, length: int) -> bytes:
        connection, at = self._process._socket, self._process.progress()
        since = time.monotonic()
        while True:
            now = time.monotonic()
            left = min(self._until - now, since + self._call_seconds - now)
            if left <= 0:
                raise TimeoutError
            connection.settimeout(left)
            try:
                return connection.recv(length)
            except TimeoutError:
                if (new := self._process.progress()) != at:
                    at, since = new, time.monotonic()
