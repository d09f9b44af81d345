"""The program that looks at a file before anything of it is taken in.

``CLAIMWRIGHT_SCAN_COMMAND`` names it. The file comes on its standard input; it ends with 0 when
the file is clean and with 1 when it is not. Whatever else happens, the file is refused too.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress

from core.errors import InputError, UnavailableError

SECONDS_MAX = 60.0

_CLEAN, _INFECTED = 0, 1

# The program sees the file and nothing else of ours: no passwords, no addresses, no paths.
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}


def scan(command: Sequence[str], data: bytes, *, seconds: float = SECONDS_MAX) -> None:
    """Let ``command`` look at ``data``; without a command nobody looks.

    ``InputError`` when it finds something, ``UnavailableError`` when it cannot be asked, fails, or
    takes longer than ``seconds``.
    """
    if not command:
        return
    try:
        program = subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env=_ENVIRONMENT,
            start_new_session=True,
        )
    except OSError:
        raise UnavailableError(_UNASKED) from None
    try:
        # A program that knows enough may stop reading; only how it ends counts.
        program.communicate(data, timeout=seconds)
    except subprocess.TimeoutExpired:
        raise UnavailableError(_UNASKED) from None
    finally:
        _end(program)
    if program.returncode == _INFECTED:
        raise InputError("the scanner found something in this file; it was not taken")
    if program.returncode != _CLEAN:
        raise UnavailableError(_UNASKED)


_UNASKED = "the file could not be scanned and was not taken; tell an administrator, then try again"


def _end(program: subprocess.Popen[bytes]) -> None:
    """End the program and whatever it started."""
    if program.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(program.pid, signal.SIGKILL)
    program.wait()
    if program.stdin is not None:
        with suppress(OSError):
            program.stdin.close()
