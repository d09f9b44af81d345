"""Records of one length, sorted by the key they begin with, searched where they lie."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


class FixedRecords:
    """A run of ASCII records of ``length`` characters; the first ``key_length`` are the key."""

    def __init__(self, run: memoryview, length: int, key_length: int) -> None:
        self._run, self._length, self._key_length = run, length, key_length
        self._count = len(run) // length

    def find(self, key: str) -> str | None:
        """The record that begins with ``key``."""
        wanted, low, high = key.encode(), 0, self._count
        run, length, key_length = self._run, self._length, self._key_length
        while low < high:
            middle = (low + high) // 2
            start = middle * length
            if bytes(run[start : start + key_length]) < wanted:
                low = middle + 1
            else:
                high = middle
        found = bytes(run[low * length : (low + 1) * length])
        return found.decode("ascii") if found[:key_length] == wanted and found else None

    def __iter__(self) -> Iterator[str]:
        for start in range(0, self._count * self._length, self._length):
            yield bytes(self._run[start : start + self._length]).decode("ascii")


def records_to_bytes(records: Iterable[str]) -> bytes:
    """Records as ``FixedRecords`` searches them."""
    return "".join(sorted(records)).encode("ascii")
