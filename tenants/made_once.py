"""What is made once of files that ship: kept below ``CLAIMWRIGHT_HOME``, mapped by later ones."""

from __future__ import annotations

import fcntl
import mmap
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from core.codes.compact import unpack
from core.errors import IntegrityError

_UNFINISHED = ".part"


def made_once(path: Path, make: Callable[[], bytes], what: str) -> bytes | memoryview:
    """What ``make`` makes (a compact table), kept at ``path``; made when it is not there whole.

    It is told once on standard error as ``what``. Of several processes one makes it and the others
    wait for it; what a killed one left goes. Older ones of the same name (the part before its last
    dash) go too. Where nothing can be written, it is made for this process alone.
    """
    with suppress(OSError, ValueError, IntegrityError):
        return _mapped(path)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _alone(path):
            with suppress(OSError, ValueError, IntegrityError):
                return _mapped(path)
            _tell(what)
            data = make()
            _put(path, data)
            return _mapped(path)
    except OSError:
        _tell(what)
        return make()


def _tell(what: str) -> None:
    sys.stderr.write(f"{what} ...\n")
    sys.stderr.flush()


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    # A lock for each name: to make one table may need another.
    with (path.parent / f"{_name(path)}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for left in _of_its_name(path):
            if left.suffix == _UNFINISHED:
                left.unlink()
        yield


def _put(path: Path, data: bytes) -> None:
    """There whole and on the disk, or not at all; whoever has an older one mapped keeps it."""
    temporary = path.with_name(path.name + _UNFINISHED)
    with temporary.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    for older in _of_its_name(path):
        if older != path:
            older.unlink()


def _name(path: Path) -> str:
    return path.name.rpartition("-")[0]


def _of_its_name(path: Path) -> list[Path]:
    return [one for one in path.parent.glob(f"{_name(path)}-*") if _name(one) == _name(path)]


def _mapped(path: Path) -> memoryview:
    with path.open("rb") as file:
        view = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    unpack(view)
    return view
