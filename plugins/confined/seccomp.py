"""Which calls of the system a plugin's process may make: a filter the kernel asks at each call.

The list says what is allowed: what Python needs to compute, to read modules, and to answer. Not on
it are sockets, new processes, signals, other processes' memory, and everything that changes a file;
files are opened for reading only. It is put together here from the numbers of two machines, because
a library for it would need one of the system.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys
from collections.abc import Iterable

from plugins.confined.prctl import prctl

_LOAD, _EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
_KILL, _REFUSE, _ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
_NUMBER_AT, _MACHINE_AT, _ARGUMENTS_AT = 0, 4, 16
_PR_SET_SECCOMP, _FILTER = 22, 2

_MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

# What is asked most stands first.
_ALLOWED: dict[str, dict[str, int]] = {
    "x86_64": {
        "read": 0, "write": 1, "mmap": 9, "munmap": 11, "brk": 12, "mremap": 25, "madvise": 28,
        "pselect6": 270, "select": 23, "poll": 7, "ppoll": 271, "futex": 202, "close": 3,
        "fstat": 5, "newfstatat": 262, "stat": 4, "lstat": 6, "statx": 332, "lseek": 8,
        "mprotect": 10, "pread64": 17, "readv": 19, "writev": 20, "access": 21, "faccessat": 269,
        "faccessat2": 439, "getdents64": 217, "getcwd": 79, "readlink": 89, "readlinkat": 267,
        "rt_sigaction": 13, "rt_sigprocmask": 14, "rt_sigreturn": 15, "sigaltstack": 131,
        "sched_yield": 24, "sched_getaffinity": 204, "dup": 32, "dup2": 33, "dup3": 292,
        "nanosleep": 35, "clock_nanosleep": 230, "clock_gettime": 228, "clock_getres": 229,
        "gettimeofday": 96, "time": 201, "times": 100, "getrusage": 98, "getrlimit": 97,
        "getpid": 39, "getppid": 110, "gettid": 186, "getuid": 102, "geteuid": 107, "getgid": 104,
        "getegid": 108, "uname": 63, "sysinfo": 99, "getcpu": 309, "getrandom": 318,
        "set_robust_list": 273, "rseq": 334, "membarrier": 324, "restart_syscall": 219,
        "mincore": 27, "exit": 60, "exit_group": 231,
    },
    "aarch64": {
        "read": 63, "write": 64, "mmap": 222, "munmap": 215, "brk": 214, "mremap": 216,
        "madvise": 233, "pselect6": 72, "ppoll": 73, "futex": 98, "close": 57, "fstat": 80,
        "newfstatat": 79, "statx": 291, "lseek": 62, "mprotect": 226, "pread64": 67, "readv": 65,
        "writev": 66, "faccessat": 48, "faccessat2": 439, "getdents64": 61, "getcwd": 17,
        "readlinkat": 78, "rt_sigaction": 134, "rt_sigprocmask": 135, "rt_sigreturn": 139,
        "sigaltstack": 132, "sched_yield": 124, "sched_getaffinity": 123, "dup": 23, "dup3": 24,
        "nanosleep": 101, "clock_nanosleep": 115, "clock_gettime": 113, "clock_getres": 114,
        "gettimeofday": 169, "times": 153, "getrusage": 165, "getrlimit": 163, "getpid": 172,
        "getppid": 173, "gettid": 178, "getuid": 174, "geteuid": 175, "getgid": 176,
        "getegid": 177, "uname": 160, "sysinfo": 179, "getcpu": 168, "getrandom": 278,
        "set_robust_list": 99, "rseq": 293, "membarrier": 283, "restart_syscall": 128,
        "mincore": 232, "exit": 93, "exit_group": 94,
    },
}  # fmt: skip
_OPENING = {"x86_64": ((257, 2), (2, 1)), "aarch64": ((56, 2),)}
"""Calls that open a file, and which argument says for what."""

_ABOUT_HANDLES = {"x86_64": {"fcntl": 72, "ioctl": 16}, "aarch64": {"fcntl": 25, "ioctl": 29}}
_HANDLE_WORDS = {
    # Duplicate, flags of the handle, flags of the file: not who is sent signals.
    "fcntl": (0, 1, 2, 3, 1030),
    # Whether it is a terminal; close on exec.
    "ioctl": (0x5401, 0x5451),
}
_LIMITS = {"x86_64": 302, "aarch64": 261}
"""Limits may be read (no new ones given)."""

_UNKNOWN = {"x86_64": (435, 437), "aarch64": (435, 437)}
"""Newer calls for which the C library knows an older one when told that they do not exist."""

_WRITING = (
    os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND | 0o20000000
    # The last is an unnamed new file.
)


def is_known() -> bool:
    """Whether there is a filter for this machine."""
    return sys.platform == "linux" and platform.machine() in _MACHINES and _is_64_bit()


def install() -> bool:
    """Have the kernel ask the filter from now on; whether it does. Nothing takes it away again."""
    if not is_known():
        return False
    words = program(platform.machine())
    buffer = ctypes.create_string_buffer(words, len(words))
    described = struct.pack("HxxxxxxP", len(words) // 8, ctypes.addressof(buffer))
    return prctl(_PR_SET_SECCOMP, _FILTER, described)


def program(machine: str) -> bytes:
    """The filter for ``machine`` in the words of the kernel."""
    code = [
        _word(_LOAD, _MACHINE_AT),
        _word(_EQUAL, _MACHINES[machine], 1, 0),
        _word(_RETURN, _KILL),
        _word(_LOAD, _NUMBER_AT),
    ]
    for number in _ALLOWED[machine].values():
        code += _when(number, [_word(_RETURN, _ALLOW)])
    for number, argument in _OPENING[machine]:
        code += _when(
            number,
            [
                _word(_LOAD, _low(argument)),
                _word(_ANY_BIT, _WRITING, 1, 0),
                _word(_RETURN, _ALLOW),
                _word(_RETURN, _REFUSE | errno.EACCES),
            ],
        )
    for name, number in _ABOUT_HANDLES[machine].items():
        code += _when(number, [_word(_LOAD, _low(1)), *_one_of(_HANDLE_WORDS[name])])
    code += _when(
        _LIMITS[machine],
        [
            _word(_LOAD, _low(2)),
            _word(_EQUAL, 0, 0, 3),
            _word(_LOAD, _low(2) + 4),
            _word(_EQUAL, 0, 0, 1),
            _word(_RETURN, _ALLOW),
            _word(_RETURN, _REFUSE | errno.EPERM),
        ],
    )
    for number in _UNKNOWN[machine]:
        code += _when(number, [_word(_RETURN, _REFUSE | errno.ENOSYS)])
    return b"".join([*code, _word(_RETURN, _REFUSE | errno.EPERM)])


def _when(number: int, then: list[bytes]) -> list[bytes]:
    """``then`` (which ends the filter) where the call has this number."""
    return [_word(_EQUAL, number, 0, len(then)), *then]


def _one_of(values: Iterable[int]) -> list[bytes]:
    code: list[bytes] = []
    for value in values:
        code += [_word(_EQUAL, value, 0, 1), _word(_RETURN, _ALLOW)]
    return [*code, _word(_RETURN, _REFUSE | errno.EPERM)]


def _word(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)


def _low(argument: int) -> int:
    """Where the low half of an argument stands; both machines write it first."""
    return _ARGUMENTS_AT + 8 * argument


def _is_64_bit() -> bool:
    return struct.calcsize("P") == 8
