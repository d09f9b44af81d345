"""A check's report for a person: one line an error, one line a transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from core.x12.report import FileReport, TransactionReport, X12Error

_VERDICTS = {
    "accepted": "accepted",
    "accepted_with_errors": "accepted with errors",
    "rejected": "rejected",
}


def report_lines(report: FileReport, file: str) -> Iterator[str]:
    """``file:segment: CLM element 5-3 in loop 2300: sentence``, and a summary a transaction."""
    for transaction in report.transactions:
        for error in transaction.errors:
            yield _line(error, file)
        yield f"{file}: {_summary(transaction)}"
    for error in report.errors:
        yield _line(error, file)
    if not report.transactions:
        yield f"{file}: no transaction"


def _line(error: X12Error, file: str) -> str:
    where = error.segment_id
    if error.element:
        component = f"-{error.component}" if error.component else ""
        where += f" element {error.element}{component}"
    if error.loop:
        where += f" in loop {error.loop}"
    severity = "" if error.severity == "error" else f"{error.severity}: "
    # What is said of the whole file has no segment.
    place = f"{file}:{error.segment}: " if error.segment else f"{file}: "
    place += f"{where.strip()}: " if where else ""
    message = error.message if error.segment else error.message.removeprefix("the file: ")
    return f"{place}{severity}{message} [SNIP {error.snip}, {error.code}]"


def _summary(transaction: TransactionReport) -> str:
    errors = sum(error.severity == "error" for error in transaction.errors)
    warnings = len(transaction.errors) - errors
    parts = [f"transaction {transaction.control} ({transaction.type})"]
    parts[0] += f": {_VERDICTS[transaction.status]}"
    if transaction.claims:
        parts.append(_counted(transaction.claims, "claim"))
    parts.append(_counted(errors, "error"))
    if warnings:
        parts.append(_counted(warnings, "warning"))
    if transaction.not_checked:
        parts.append(f"not checked: {_listed(transaction.not_checked)}")
    return ", ".join(parts)


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" + ("" if number == 1 else "s")


def _listed(points: Sequence[str]) -> str:
    return "; ".join(points)
