"""Which files a plugin's process may read: Landlock, by folder; no file may be written.

The kernel has it since 5.13 and it needs no privileges. What is granted is granted for reading;
whatever else the kernel knows to take away (connecting to ports, signals to processes outside) is
taken away as well.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

# The same numbers on every machine that is 64 bits wide.
_CREATE, _ADD, _RESTRICT = 444, 445, 446
_ASK_VERSION, _BENEATH = 1, 1
_READ_FILE, _READ_FOLDER = 1 << 2, 1 << 3

_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 5: 16}
"""How many rights on files a version knows, from that version on."""

_NET_RIGHTS_SINCE, _NET_RIGHTS = 4, 0b11
_SCOPES_SINCE, _SCOPES = 6, 0b11


def version() -> int:
    """The version of the kernel's Landlock; 0 where there is none."""
    if sys.platform != "linux" or platform.machine() not in ("x86_64", "aarch64"):
        return 0
    return max(0, _call(_CREATE, None, 0, _ASK_VERSION))


def restrict(readable: Iterable[str]) -> bool:
    """Leave this process only ``readable``, for reading; whether the kernel does it."""
    known = version()
    if not known:
        return False
    files = (1 << max(count for since, count in _FILE_RIGHTS.items() if since <= known)) - 1
    network = _NET_RIGHTS if known >= _NET_RIGHTS_SINCE else 0
    scopes = _SCOPES if known >= _SCOPES_SINCE else 0
    length = 24 if scopes else 16 if network else 8
    attributes = struct.pack("=QQQ", files, network, scopes)[:length]
    rules = _call(_CREATE, attributes, length, 0)
    if rules < 0:
        return False
    try:
        return all(_grant(rules, path) for path in readable) and _call(_RESTRICT, rules, 0) == 0
    finally:
        os.close(rules)


def _grant(rules: int, path: str) -> bool:
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return True  # What is not there need not be granted.
    try:
        rights = _READ_FILE | _READ_FOLDER if Path(path).is_dir() else _READ_FILE
        return _call(_ADD, rules, _BENEATH, struct.pack("=Qi", rights, handle), 0) == 0
    finally:
        os.close(handle)


def _call(number: int, *given: int | bytes | None) -> int:
    def word(one: int | bytes | None) -> ctypes.c_char_p | ctypes.c_long:
        return ctypes.c_long(one) if isinstance(one, int) else ctypes.c_char_p(one)

    asked = ctypes.CDLL(None, use_errno=True).syscall
    return int(asked(ctypes.c_long(number), *map(word, given)))
