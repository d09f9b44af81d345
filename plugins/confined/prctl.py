"""What a process asks of the Linux kernel about itself."""

from __future__ import annotations

import ctypes
import sys


def prctl(option: int, value: int, pointer: bytes | None = None) -> bool:
    """Whether the kernel did it; False where there is no such call."""
    if sys.platform != "linux":
        return False
    asked = ctypes.CDLL(None, use_errno=True).prctl
    given = ctypes.c_char_p(pointer) if pointer is not None else ctypes.c_ulong(0)
    none = ctypes.c_ulong(0)
    return bool(asked(ctypes.c_int(option), ctypes.c_ulong(value), given, none, none) == 0)
