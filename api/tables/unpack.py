"""Published files unpacked within bounds: zip, gz, text with tabs or commas, xlsx.

What a file is is told by its bytes. Nothing is unpacked to the disk; a text is streamed, so that
memory does not grow with the file. Whatever breaks off, unfolds without end or is no text is
refused with the name of the file.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, TextIO, cast

from core.codes.published import Kind, TableFileError

_MEMBERS_MAX = 200
_UNPACKED_BYTES_MAX = 1 << 30
_WORKBOOK_BYTES_MAX = 512 << 20
# Text of codes packs to a tenth, a workbook of them to a fifteenth.
_RATIO_MAX = 200
_RATIO_FROM_BYTES = 64 << 20
_LINE_CHARACTERS_MAX = 1 << 17
_CELLS_MAX = 500
_BLOCK_BYTES = 1 << 20
_LOOKED_AT_BYTES = 1 << 16

_ZIP, _GZIP = b"PK\x03\x04", b"\x1f\x8b"
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_NO_TABLES = (
    (b"%PDF", "a PDF"),
    (b"\xd0\xcf\x11\xe0", "an old Office file; save it as xlsx"),
    (b"<!DOCTYPE html", "a web page, not what it leads to"),
    (b"<html", "a web page, not what it leads to"),
)

# Old files have a sign or two of Windows' alphabet in their copyright line.
_ERRORS = "claimwright-windows"
codecs.register_error(
    _ERRORS,
    lambda fault: (
        (fault.object[fault.start : fault.end].decode("cp1252", "replace"), fault.end)
        if isinstance(fault, UnicodeDecodeError)
        else ("?", 0)
    ),
)

Told = Callable[[int], None]


class FilePart:
    """One file of a release; it is opened anew each time it is read."""

    def __init__(self, name: str, opened: Callable[[], BinaryIO], told: Told) -> None:
        self._name = name
        self._opened = opened
        self._told = told

    @property
    def name(self) -> str:
        """Its name, with that of the archive it came in."""
        return self._name

    def blocks(self) -> Iterator[bytes]:
        """Its bytes, unpacked, block by block."""
        with self._guarded(), self._opened() as file:
            done = 0
            while block := file.read(_BLOCK_BYTES):
                done += len(block)
                if done > _UNPACKED_BYTES_MAX:
                    raise self._fault("it unpacks to more than any published table")
                self._told(len(block))
                yield block

    def lines(self) -> Iterator[str]:
        """The lines of a text, without their ends."""
        with self._guarded(), self._text() as text:
            while line := text.readline(_LINE_CHARACTERS_MAX):
                if len(line) == _LINE_CHARACTERS_MAX:
                    raise self._fault("a line in it has no end; this is no published table")
                yield line.rstrip("\r\n")

    def rows(self) -> Iterator[list[str]]:
        """The cells of a text with tabs or commas, or of the first sheet of a workbook."""
        if self._start().startswith(_ZIP):
            yield from self._sheet_rows()
            return
        sign = "\t" if self._has_tabs() else ","
        number = 0
        try:
            with self._guarded(), self._text() as text:
                for number, cells in enumerate(_cells(text, sign), 1):  # noqa: B007
                    yield cells
        except csv.Error:
            raise TableFileError(
                "a cell has no end, or the line is no text; this is no published table",
                file=self.name,
                row=number + 1,
            ) from None

    @contextmanager
    def _text(self) -> Iterator[TextIO]:
        stream = io.BufferedReader(_Blocks(self.blocks()), _BLOCK_BYTES)
        start = stream.peek(len(_MARKS[0]))
        if start.startswith(_MARKS):
            raise TableFileError(
                "it begins with a byte order mark, so another program saved it anew; "
                "load the file as it was published",
                file=self.name,
                row=1,
                column="1",
            )
        for mark, what in _NO_TABLES:
            if start.lstrip().startswith(mark):
                raise self._fault(f"this is {what}")
        with io.TextIOWrapper(stream, "utf-8", errors=_ERRORS, newline="") as text:
            yield cast(TextIO, text)

    def _start(self) -> bytes:
        with self._guarded(), self._opened() as file:
            return file.read(_LOOKED_AT_BYTES)

    def _has_tabs(self) -> bool:
        """Whether the last whole line that is looked at has a tab: above it may be prose."""
        lines = [line for line in self._start().splitlines() if line.strip()]
        whole = lines[:-1] or lines
        return bool(whole) and b"\t" in whole[-1]

    def _sheet_rows(self) -> Iterator[list[str]]:
        from python_calamine import CalamineError, CalamineWorkbook

        with self._guarded(), self._opened() as file:
            data = file.read(_WORKBOOK_BYTES_MAX + 1)
        if len(data) > _WORKBOOK_BYTES_MAX:
            raise self._fault("it is larger than any published workbook")
        with self._guarded(), zipfile.ZipFile(io.BytesIO(data)) as archive:
            _bounded(archive.infolist(), self.name)
        try:
            with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
                sheet = book.get_sheet_by_index(0)
                for _ in range(sheet.start[0] if sheet.start else 0):
                    yield []
                for cells in sheet.iter_rows():
                    yield [_cell(cell) for cell in cells]
        except (CalamineError, OSError, ValueError):
            raise self._fault("the workbook is damaged or has no sheet") from None
        self._told(len(data))

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """What packed files do when they are damaged, as one sentence."""
        try:
            yield
        except (zipfile.BadZipFile, zlib.error, EOFError, gzip.BadGzipFile, NotImplementedError):
            raise self._fault("it is cut off or damaged; fetch it again") from None
        except RuntimeError:
            raise self._fault("it is locked with a password; save it without one") from None

    def _fault(self, message: str) -> TableFileError:
        return TableFileError(message, file=self.name)


class _Blocks(io.RawIOBase):
    """Blocks of bytes as a stream."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        if not self._rest:
            self._rest = next(self._blocks, b"")
        count = min(len(target), len(self._rest))
        target[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


def _cells(text: TextIO, sign: str) -> Iterator[list[str]]:
    def bounded() -> Iterator[str]:
        while line := text.readline(_LINE_CHARACTERS_MAX):
            if len(line) == _LINE_CHARACTERS_MAX or "\0" in line or line.count(sign) > _CELLS_MAX:
                raise csv.Error
            yield line

    return iter(csv.reader(bounded(), delimiter=sign))


def _cell(cell: object) -> str:
    """A cell of a workbook as it would stand in a text."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, date):
        return f"{cell:%Y%m%d}"
    return str(cell)


def parts_of(
    paths: Sequence[Path], kind: Kind, told: Told = lambda _: None
) -> tuple[list[FilePart], str]:
    """The parts the files hold that ``kind`` reads, and the digest of the files together.

    ``told`` hears of each further block of bytes that was read.
    """
    found: list[FilePart] = []
    digests = []
    for path in paths:
        try:
            digests.append(_digest(path))
            found += _parts(path, kind, told)
        except OSError as fault:
            raise TableFileError(f"cannot be opened ({fault.strerror})", file=path.name) from None
    # The same files in another order are the same release.
    return found, sha256("".join(sorted(digests)).encode()).hexdigest()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        whole = sha256()
        while block := file.read(_BLOCK_BYTES):
            whole.update(block)
    return whole.hexdigest()


def _parts(path: Path, kind: Kind, told: Told) -> list[FilePart]:
    with path.open("rb") as file:
        start = file.read(len(_ZIP))
    if not start:
        raise TableFileError("the file is empty", file=path.name)
    if start.startswith(_GZIP):
        return [FilePart(path.name, lambda: cast(BinaryIO, gzip.open(path, "rb")), told)]
    if not start.startswith(_ZIP):
        return [FilePart(path.name, lambda: path.open("rb"), told)]
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except zipfile.BadZipFile:
        raise TableFileError("it is cut off or damaged; fetch it again", file=path.name) from None
    if any(member.filename == "[Content_Types].xml" for member in members):
        return [FilePart(path.name, lambda: path.open("rb"), told)]
    _bounded(members, path.name)
    names = _wanted([member.filename for member in members if not member.is_dir()], kind)
    if not names:
        raise TableFileError(f"there is no {kind.title} in it", file=path.name)
    return [FilePart(f"{path.name}/{Path(name).name}", _member(path, name), told) for name in names]


def _member(path: Path, name: str) -> Callable[[], BinaryIO]:
    def opened() -> BinaryIO:
        archive = zipfile.ZipFile(path)
        try:
            member = archive.open(name)
        finally:
            archive.close()  # what was opened of it stays open
        return cast(BinaryIO, member)

    return opened


def _bounded(members: Sequence[zipfile.ZipInfo], name: str) -> None:
    unpacked = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    if (
        len(members) > _MEMBERS_MAX
        or unpacked > _UNPACKED_BYTES_MAX
        or (unpacked > _RATIO_FROM_BYTES and unpacked > packed * _RATIO_MAX)
    ):
        raise TableFileError("it unpacks to more than any published table", file=name)


def _wanted(names: Sequence[str], kind: Kind) -> list[str]:
    """The files of an archive that are meant; of one in several forms, the best form."""
    best: dict[str, tuple[int, str]] = {}
    for name in names:
        stem, _, suffix = Path(name).name.lower().rpartition(".")
        if suffix not in kind.suffixes or not re.search(kind.member, name, re.IGNORECASE):
            continue
        choice = kind.suffixes.index(suffix), name
        best[stem] = min(best.get(stem, choice), choice)
    return sorted(name for _, name in best.values())
