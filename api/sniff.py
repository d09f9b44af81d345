"""What a file is by its bytes, never by its name or by what the sender says it is.

Two kinds are taken: X12, and text with commas. Everything else is refused before anything reads
it; an archive is refused unopened, so nothing in it can unfold.
"""

from __future__ import annotations

from enum import StrEnum

from core.errors import InputError

_LOOKED_AT_BYTES = 1 << 16


class FileKind(StrEnum):
    """The kinds of files that are taken."""

    X12 = "x12"
    CHARGES = "charges"


_KNOWN = (
    (b"PK\x03\x04", "an archive or an Office file"),
    (b"PK\x05\x06", "an archive"),
    (b"PK\x07\x08", "an archive"),
    (b"\x1f\x8b", "an archive"),
    (b"BZh", "an archive"),
    (b"\xfd7zXZ\x00", "an archive"),
    (b"\x28\xb5\x2f\xfd", "an archive"),
    (b"7z\xbc\xaf\x27\x1c", "an archive"),
    (b"Rar!\x1a\x07", "an archive"),
    (b"\xd0\xcf\x11\xe0", "an Office file"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"#!", "a program"),
    (b"<", "a page or an XML file"),
    (b"{", "a JSON file"),
)
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_UTF8_MARK = b"\xef\xbb\xbf"
# Control signs but for tab and line ends: no text a person handed in holds one.
# One search for each: thirty of them are faster than one for any.
_NO_TEXT = (*set(range(0x20)) - set(b"\t\r\n"), 0x7F)


def sniff(data: bytes) -> FileKind:
    """The kind of ``data``; ``InputError`` with what it is instead and what to do."""
    start = data[:_LOOKED_AT_BYTES].removeprefix(_UTF8_MARK).lstrip()
    if not start:
        raise InputError("this file is empty")
    if start.startswith(b"ISA"):
        return FileKind.X12
    for mark, name in _KNOWN:
        if start.startswith(mark):
            raise InputError(
                f"this is {name}; unpack or save what is in it as CSV or X12, then hand that in"
            )
    if data.startswith(_UTF16):
        raise InputError("this file is UTF-16; save it as UTF-8")
    if any(sign in data for sign in _NO_TEXT):
        raise InputError("this is neither X12 nor a text with commas; save it as CSV (UTF-8)")
    return FileKind.CHARGES
