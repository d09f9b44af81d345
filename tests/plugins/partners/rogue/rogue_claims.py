"""A partner's plugin that does one bad deed: which one is in its settings. Deeds that are tried and
refused are told in a flag, so that a test sees that the attempt was made.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import sys
import time
from pathlib import Path

import msgspec

from plugins import (
    ClaimEdit,
    Confidence,
    Fee,
    FeeSchedule,
    Flag,
    Gate,
    HistoryNeed,
    Layer,
    Manifest,
    Needs,
    PayerPolicy,
    PricingStep,
    Severity,
    Touches,
    Window,
    hook,
)

MANIFEST = Manifest(
    name="rogue",
    version="1.0.0",
    contract=1,
    title="Rogue",
    prefixes=("RGE",),
    fails_open=("deadlines",),
)
LIBC = ctypes.CDLL(None, use_errno=True)
OFTEN = {"code": "V2100"}


class Settings(msgspec.Struct, frozen=True):
    """The deed, and where it is done."""

    deed: str = ""
    path: str = ""
    pid: int = 0


def flood(case):
    for _ in range(2_000):
        print("x" * 1_000)
        print("x" * 1_000, file=sys.stderr)
    return []


def connect(path, pid):
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as one:
        one.connect(("127.0.0.1", 9))


def connect_beside_python(path, pid):
    if LIBC.socket(2, 1, 0) < 0:
        raise OSError(ctypes.get_errno(), "socket")


def write(path, pid):
    Path(path).write_text("taken", encoding="utf-8")


def write_beside_python(path, pid):
    if LIBC.open(path.encode(), os.O_WRONLY | os.O_CREAT, 0o600) < 0:
        raise OSError(ctypes.get_errno(), "open")


def read(path, pid):
    Path(path).read_bytes()


def read_environment(path, pid):
    Path(f"/proc/{pid}/environ").read_bytes()


def read_memory(path, pid):
    with Path(f"/proc/{pid}/mem").open("rb"):
        pass


def remove(path, pid):
    Path(path).unlink()


def fork(path, pid):
    if os.fork() == 0:
        os._exit(0)


def run(path, pid):
    os.execv(sys.executable, [sys.executable, "-c", "pass"])


def kill(path, pid):
    os.kill(pid, signal.SIGTERM)


def trace(path, pid):
    # PTRACE_ATTACH
    if LIBC.ptrace(16, pid, 0, 0) < 0:
        raise OSError(ctypes.get_errno(), "ptrace")


def look_into(path, pid):
    room = ctypes.create_string_buffer(8)
    local = (ctypes.c_void_p * 2)(ctypes.addressof(room), 8)
    if LIBC.process_vm_readv(pid, local, 1, local, 1, 0) < 0:
        raise OSError(ctypes.get_errno(), "process_vm_readv")


def old_machine(path, pid):
    # Sockets asked by the number they had under another way of calling: x32.
    if LIBC.syscall(ctypes.c_long(0x40000000 + 41), 2, 1, 0) < 0:
        raise OSError(ctypes.get_errno(), "socket")


def more_memory(path, pid):
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (-1, -1))


def take_fence_away(path, pid):
    # PR_SET_SECCOMP with no filter, and another NO_NEW_PRIVS.
    if LIBC.prctl(22, 0, 0, 0, 0) < 0:
        raise OSError(ctypes.get_errno(), "prctl")


REFUSED = {
    "connect": connect, "connect_beside_python": connect_beside_python, "write": write,
    "write_beside_python": write_beside_python, "read": read, "remove": remove,
    "read_environment": read_environment, "read_memory": read_memory, "fork": fork, "run": run,
    "kill": kill, "trace": trace, "look_into": look_into, "old_machine": old_machine,
    "more_memory": more_memory, "take_fence_away": take_fence_away,
}  # fmt: skip


def is_other(case):
    """The claims beside the one on which the deed is done."""
    return any(line.code == "V2199" for line in case.claim.lines)


def check(settings):
    deed = settings.deed

    def rule(case, lines):
        if is_other(case):
            return [Flag(message="Looked at in peace")]
        if deed in REFUSED:
            try:
                REFUSED[deed](settings.path, settings.pid)
            except (OSError, ValueError):
                return [Flag(message="refused")]
            return [Flag(message="it was possible")]
        return DEEDS[deed](case) if deed in DEEDS else []

    return rule


def loop(case):
    while True:
        pass


def sleep(case):
    time.sleep(600)


def hoard(case):
    return [0] * (10 * 2**30 // 8)


def name_the_patient(case):
    raise type("Zephyrquill", (ValueError,), {})("Zephyrquill, Wilhelmine 1948-11-23")


def leave(case):
    raise SystemExit(0)


def leave_at_once(case):
    os._exit(0)


def crash(case):
    ctypes.string_at(0)


def close_everything(case):
    os.closerange(0, 64)


def forge(case):
    for handle in range(3, 64):
        try:
            os.write(handle, b"\x00\x00\x00\x05hello" * 10)
        except OSError:
            continue
    return []


def say_much(case):
    return [Flag(message="x" * 1_000_000)]


def never_end(case):
    while True:
        yield Flag(message="again")


def mutate(case):
    type(case.claim).charge_cents = property(lambda claim: 1)
    with contextlib.suppress(TypeError):
        object.__setattr__(case.claim, "lines", ())
    return [Flag(message=f"Changed to {case.claim.charge_cents}")]


DEEDS = {
    "loop": loop,
    "sleep": sleep,
    "hoard": hoard,
    "name_the_patient": name_the_patient,
    "leave": leave,
    "leave_at_once": leave_at_once,
    "crash": crash,
    "close_everything": close_everything,
    "forge": forge,
    "say_much": say_much,
    "never_end": never_end,
    "mutate": mutate,
    "flood": flood,
    "wrong_type": lambda case: 7,
    "no_flag": lambda case: ["Zephyrquill"],
    "flag_of_wrong_type": lambda case: [Flag(message=7)],
    "nonsense_line": lambda case: [Flag(message="There", line_no=99)],
}

COMMON = {"title": "Rule", "source": "rogue manual p. 1", "touches": Touches(prefixes=("V2",))}


def edit(**changes):
    given = {"id": "RGE-1", "severity": Severity.DENY, "check": lambda case, lines: (), **COMMON}
    return ClaimEdit(**{**given, **changes})


ILL_STATED = {
    "no_citation": lambda: (edit(source=""),),
    "foreign_prefix": lambda: (edit(id="BH-1"),),
    "same_id_twice": lambda: (edit(), edit()),
    "platform_layer": lambda: (edit(layer=Layer.PLATFORM),),
    "no_tuple": lambda: [edit()],
    "another_kind": lambda: (Gate(id="RGE-1", check=lambda case, lines: (), **COMMON),),
    "wrong_types": lambda: (edit(version=3),),
    "raises": lambda: 1 / 0,
    "tables": lambda: (edit(needs=Needs(tables=("horoscope",))),),
    "undeclared_need": lambda: (edit(needs=Needs(history=(HistoryNeed(look_back_days=30),))),),
    "silences": lambda: (edit(supersedes=("PS-001",), severity=Severity.WARN),),
    "low_confidence": lambda: (edit(confidence=Confidence.LOW),),
    "hooked_loop": lambda: loop(None),
}


@hook
def settings_type():
    return Settings


@hook
def claim_edits(settings):
    if settings.deed in ILL_STATED:
        return ILL_STATED[settings.deed]()
    return (edit(check=check(settings)),)


@hook
def gates(settings):
    if settings.deed != "gate":
        return ()
    return (Gate(id="RGE-G1", check=lambda case, lines: 1 / 0, **COMMON),)


@hook
def fee_schedules(settings):
    if settings.deed != "overlapping_fees":
        return ()
    fees = tuple(Fee(code="V2100", amount_cents=cents, effective=Window()) for cents in (1, 2))
    return (FeeSchedule(id="RGE-F1", title="Fees", source="board decision", fees=fees),)


@hook
def payer_policies(settings):
    if settings.deed != "equal_rank":
        return ()
    return tuple(
        PayerPolicy(
            id=f"RGE-P{days}",
            title="Days",
            source="manual p. 9",
            knobs={"timely_filing_days": days},
        )
        for days in (30, 60)
    )


@hook
def pricing_steps(settings):
    if settings.deed != "unseen_money":
        return ()
    return (
        PricingStep(id="RGE-M1", title="x", source="manual", apply=lambda case, line, cents: cents),
    )
