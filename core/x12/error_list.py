"""Errors as a check gathers them: so many of them, then one that stands for the rest."""

from __future__ import annotations

from core.x12.report import Severity, X12Error

# More than this about one transaction or one envelope says nothing new.
ERRORS_MAX = 1000
# And so many in one file, so that it cannot fill the memory with what is wrong with it.
FILE_ERRORS_MAX = 10_000


class Allowance:
    """How many more errors may be kept of one file; its lists share it."""

    def __init__(self, left: int = FILE_ERRORS_MAX) -> None:
        self.left = left


class ErrorList:
    """The errors of one transaction, group or interchange."""

    def __init__(self, allowance: Allowance) -> None:
        self._allowance = allowance
        self._kept: list[X12Error] = []
        self._first: X12Error | None = None
        self._snip = 0
        self._severity: Severity = "warning"

    def add(self, error: X12Error, *, always: bool = False) -> bool:
        """Note an error; whether it is kept by itself, as one that ends the check ``always`` is."""
        if always or (len(self._kept) < ERRORS_MAX and self._allowance.left > 0):
            self._allowance.left -= 1
            self._kept.append(error)
            return True
        self._first = self._first or error
        # What is left out still counts: the verdict must be that of all the errors.
        if error.severity == "error":
            worse = self._severity == "warning" or error.snip < self._snip
            self._severity = "error"
            self._snip = error.snip if worse else self._snip
        elif self._severity == "warning":
            self._snip = error.snip
        return False

    def all(self) -> tuple[X12Error, ...]:
        """The errors in file order; when some were left out, the last one says so."""
        found = sorted(self._kept, key=lambda error: error.segment)
        if self._first is not None:
            found.append(
                X12Error(
                    snip=self._snip,
                    severity=self._severity,
                    segment=max(self._first.segment, found[-1].segment if found else 0),
                    segment_id=self._first.segment_id,
                    loop=self._first.loop,
                    code="more-errors",
                    message="more was found from here on than is listed",
                )
            )
        return tuple(found)
