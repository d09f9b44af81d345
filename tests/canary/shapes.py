"""Every shape a piece of text can lie about in, and where among files one of them is found."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from urllib.parse import quote


def shapes(text: str) -> frozenset[bytes]:
    """``text`` plain, in capitals and small, hex, base64, UTF-16, JSON-escaped, URL-encoded.

    What would hold a line's end cannot be looked for by ``grep`` and is left out.
    """
    found = set()
    for spelled in {text, text.upper(), text.lower(), text.title()}:
        plain = spelled.encode()
        found |= {plain, spelled.encode("utf-16-le"), spelled.encode("utf-16-be")}
        found |= {plain.hex().encode(), plain.hex().upper().encode()}
        found |= set(_base64(plain))
        found |= {json.dumps(spelled)[1:-1].encode(), quote(spelled, safe="").encode()}
    return frozenset(shape for shape in found if b"\n" not in shape)


def _base64(plain: bytes) -> Iterator[bytes]:
    """What is the same whatever stands before and behind, for each of the three places."""
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + plain)
        first = -(-before * 8 // 6)
        last = (before + len(plain)) * 8 // 6
        yield whole[first:last]


def days(day: date) -> frozenset[str]:
    """A day as any of our formats writes it."""
    return frozenset(
        {
            day.isoformat(),
            f"{day:%Y%m%d}",
            f"{day:%m/%d/%Y}",
            f"{day:%b} {day.day}, {day.year}",
        }
    )


class Hunt:
    """Looks for words, in every shape."""

    def __init__(self, words: Iterable[str]) -> None:
        self._shapes = {shape: word for word in words for shape in shapes(word)}

    def within(self, data: bytes) -> list[str]:
        """The words found in ``data``."""
        return sorted({word for shape, word in self._shapes.items() if shape in data})

    def below(self, folder: Path, *, leave: Iterable[Path] = ()) -> list[str]:
        """``file: word`` for each find in the files below ``folder`` and in their names."""
        left = set(leave)
        names = [path for path in sorted(folder.rglob("*")) if not left & {path, *path.parents}]
        found = []
        # All at once, and each only when there is something: a cluster has thousands of files.
        if self.within(b"\0".join(path.name.encode() for path in names)):
            for path in names:
                name = path.relative_to(folder).as_posix()
                found += [f"the name of {name}: {word}" for word in self.within(path.name.encode())]
        for path in self._suspects([path for path in names if path.is_file()]):
            name = path.relative_to(folder).as_posix()
            found += [f"{name}: {word}" for word in self.within(path.read_bytes())]
        return found

    def _suspects(self, files: list[Path]) -> list[Path]:
        """The files worth a closer look: ``grep`` reads a cluster ten times as fast as we do."""
        if not files:
            return []
        ran = subprocess.run(
            ["grep", "-a", "-F", "-l", "-Z", "-f", "/dev/stdin", "--", *map(str, files)],
            input=b"\n".join(self._shapes) + b"\n",
            capture_output=True,
            check=False,
            env={"LC_ALL": "C", "PATH": os.defpath},
        )
        # A live cluster takes files away while they are read.
        assert all(b"No such file" in one for one in ran.stderr.splitlines()), ran.stderr
        return [Path(os.fsdecode(name)) for name in ran.stdout.split(b"\0") if name]
