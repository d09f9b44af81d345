"""Files named on a command line: whole, or block by block; ``-`` is standard input."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from api.commands.output import DONE, FAILED, problem
from core.errors import InputError

STANDARD_INPUT = "-"
# Long enough that reading is not the work, short enough that it is no memory.
_BLOCK_BYTES = 1 << 18
_SHOW_EVERY_BYTES = 16 << 20


class CannotOpenError(InputError):
    """A file of the command line that is not there, or may not be read."""

    code = "cannot-open"


def _unopened(name: str, fault: OSError) -> CannotOpenError:
    return CannotOpenError(f"{name}: cannot be opened ({fault.strerror})")


def read_file(path: Path) -> bytes:
    """The bytes of a file; ``InputError`` when it cannot be opened."""
    try:
        return path.read_bytes()
    except OSError as fault:
        raise _unopened(path.name, fault) from None


class Source:
    """A file that can be read from its beginning as often as asked, never held in memory.

    Standard input comes only once: it is kept whole when ``again`` says that it will be asked for
    again.
    """

    def __init__(self, name: str, *, again: bool = False) -> None:
        self.name = name
        self.title = "standard input" if name == STANDARD_INPUT else Path(name).name or name
        self._again = again
        self._held: bytes | None = None

    def blocks(self) -> Iterator[bytes]:
        """The file from its beginning; ``InputError`` when it cannot be opened or read."""
        if self._held is not None:
            yield self._held
            return
        try:
            with self._opened() as file:
                if self._again and self.name == STANDARD_INPUT:
                    self._held = file.read()
                    yield self._held
                    return
                yield from self._told(file)
        except OSError as fault:
            raise _unopened(self.title, fault) from None

    @contextmanager
    def _opened(self) -> Iterator[BinaryIO]:
        if self.name == STANDARD_INPUT:
            yield sys.stdin.buffer
            return
        with Path(self.name).open("rb") as file:
            yield file

    def _told(self, file: BinaryIO) -> Iterator[bytes]:
        """The blocks, and on a terminal how far the reading is."""
        done = shown = 0
        while block := file.read(_BLOCK_BYTES):
            yield block
            done += len(block)
            if done - shown >= _SHOW_EVERY_BYTES:
                shown = done
                _show(f"{self.title}: {done >> 20} MB read")
        if shown:
            _show("")


def _show(text: str) -> None:
    """One line on a terminal, over the one before."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()


def each(names: list[str], act: Callable[[Source], int], *, again: bool = False) -> int:
    """Run ``act`` over the files; the worst status, 2 for one that cannot be opened."""
    worst = DONE
    for name in names:
        try:
            worst = max(worst, act(Source(name, again=again)))
        except CannotOpenError as refused:
            problem(refused.message)
            worst = FAILED
    return worst
