"""The fences: the filter of calls is run here word by word for both machines, and each fence holds
on this one (S-45).
"""

from __future__ import annotations

import errno
import os
import struct
from pathlib import Path

import pytest

from api.doctor import _plugin_fences
from api.settings import Settings
from plugins.confined import landlock, seccomp
from plugins.confined.fences import WORDS, Fence
from plugins.confined.plugin import ConfinedPlugin
from tests.plugins.confined.partners import source

MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
ALLOW, KILL, REFUSE = 0x7FFF0000, 0x80000000, 0x00050000

# Numbers of calls as the kernel's tables have them: x86_64, aarch64.
DANGEROUS = {
    "socket": (41, 198), "socketpair": (53, 199), "connect": (42, 203), "bind": (49, 200),
    "sendto": (44, 206), "sendmsg": (46, 211), "recvmsg": (47, 212), "clone": (56, 220),
    "execve": (59, 221), "execveat": (322, 281), "kill": (62, 129), "tkill": (200, 130),
    "tgkill": (234, 131), "rt_sigqueueinfo": (129, 138), "pidfd_send_signal": (424, 424),
    "pidfd_open": (434, 434), "pidfd_getfd": (438, 438), "ptrace": (101, 117),
    "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "unlinkat": (263, 35),
    "mkdirat": (258, 34), "renameat2": (316, 276), "linkat": (265, 37), "symlinkat": (266, 36),
    "fchmod": (91, 52), "fchmodat": (268, 53), "fchown": (93, 55), "truncate": (76, 45),
    "ftruncate": (77, 46), "fallocate": (285, 47), "mknodat": (259, 33), "mount": (165, 40),
    "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "unshare": (272, 97),
    "setns": (308, 268), "bpf": (321, 280), "perf_event_open": (298, 241), "keyctl": (250, 219),
    "io_uring_setup": (425, 425), "userfaultfd": (323, 282), "memfd_create": (319, 279),
    "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265), "setuid": (105, 146),
    "setrlimit": (160, 164), "seccomp": (317, 277), "prctl": (157, 167), "shmget": (29, 194),
    "msgget": (68, 186), "semget": (64, 190), "inotify_init1": (294, 26), "ptrace2": (101, 117),
    "init_module": (175, 105), "kexec_load": (246, 104), "reboot": (169, 142),
    "setsid": (112, 157), "personality": (135, 92), "utimensat": (280, 88),
}  # fmt: skip
UNKNOWN = {"clone3": (435, 435), "openat2": (437, 437)}
NEEDED = {"read": (0, 63), "write": (1, 64), "mmap": (9, 222), "exit_group": (231, 94)}
OPENAT, FCNTL, PRLIMIT = (257, 56), (72, 25), (302, 261)


def answer(machine: str, number: int, *arguments: int, asked_as: int = 0) -> int:
    """What the filter says of a call: its program run as the kernel runs it."""
    given = (list(arguments) + [0] * 6)[:6]
    data = struct.pack("=iIQ6Q", number, asked_as or MACHINES[machine], 0, *given)
    program = seccomp.program(machine)
    words = [struct.unpack_from("=HBBI", program, at) for at in range(0, len(program), 8)]
    at = accumulator = 0
    while True:
        code, if_true, if_false, value = words[at]
        at += 1
        if code == 0x20:
            (accumulator,) = struct.unpack_from("=I", data, value)
        elif code == 0x15:
            at += if_true if accumulator == value else if_false
        elif code == 0x45:
            at += if_true if accumulator & value else if_false
        else:
            assert code == 0x06
            return int(value)


BOTH = pytest.mark.parametrize(("machine", "of"), [("x86_64", 0), ("aarch64", 1)])


@pytest.mark.attack("S-45")
@BOTH
def test_what_could_do_harm_is_refused(machine: str, of: int) -> None:
    for name, numbers in DANGEROUS.items():
        assert answer(machine, numbers[of]) == REFUSE | errno.EPERM, name
    for name, numbers in UNKNOWN.items():
        assert answer(machine, numbers[of]) == REFUSE | errno.ENOSYS, name
    for name, numbers in NEEDED.items():
        assert answer(machine, numbers[of]) == ALLOW, name


@BOTH
def test_what_the_list_does_not_name_is_refused(machine: str, of: int) -> None:
    allowed = [number for number in range(600) if answer(machine, number, 0, 0, 1) == ALLOW]
    assert 40 < len(allowed) < 80
    beyond = [0x40000000 + number for number in range(600)]
    assert not [number for number in beyond if answer(machine, number) == ALLOW]


@BOTH
def test_files_are_opened_for_reading_only(machine: str, of: int) -> None:
    assert answer(machine, OPENAT[of], 0, 0, os.O_RDONLY | os.O_CLOEXEC) == ALLOW
    for flag in (
        os.O_WRONLY, os.O_RDWR, os.O_CREAT, os.O_TRUNC, os.O_APPEND, 0o20000000, 3,
        os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC,
    ):  # fmt: skip
        assert answer(machine, OPENAT[of], 0, 0, flag) == REFUSE | errno.EACCES


@BOTH
def test_handles_and_limits_are_asked_about_and_not_changed(machine: str, of: int) -> None:
    # F_GETFD and F_SETOWN; limits read, and given anew.
    assert answer(machine, FCNTL[of], 3, 1) == ALLOW
    assert answer(machine, FCNTL[of], 3, 8) == REFUSE | errno.EPERM
    assert answer(machine, PRLIMIT[of], 0, 9, 0) == ALLOW
    for pointer in (1, 1 << 32, 0x7FFF_0000_0000):
        assert answer(machine, PRLIMIT[of], 0, 9, pointer) == REFUSE | errno.EPERM


def test_a_call_in_the_way_of_another_machine_ends_the_process() -> None:
    assert answer("x86_64", 1, asked_as=0x40000003) == KILL, "32 bits"
    assert answer("aarch64", 64, asked_as=MACHINES["x86_64"]) == KILL


def test_every_fence_has_words_and_holds_on_this_machine() -> None:
    assert WORDS.keys() == set(Fence)
    plugin = ConfinedPlugin(source("lens"))
    if not (seccomp.is_known() and landlock.version()):
        pytest.skip("this machine has no such fences")
    plugin.ready()
    assert set(plugin.held) == {one.value for one in Fence}
    plugin.close()


def test_doctor_says_which_fences_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = {one.name: one for one in (_plugin_fences(Settings(home=tmp_path)),)}["plugin fences"]
    assert told.ok
    assert all(words in told.sentence for words in WORDS.values())
    monkeypatch.setattr(
        "plugins.confined.plugin.fences_that_hold", lambda: frozenset(Fence) - {Fence.READS}
    )
    missing = _plugin_fences(Settings(home=tmp_path, plugins=("lens",)))
    assert not missing.ok
    assert WORDS[Fence.READS] in missing.sentence
    assert _plugin_fences(Settings(home=tmp_path)).ok, "nobody is kept from anything"
