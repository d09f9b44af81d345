"""What we write is judged by our own check before it leaves."""

from __future__ import annotations

from core.errors import InputError
from core.x12.check import check

# Syntax and guide. What a code means, or a situation asks for, is judged before, on the values.
_SNIP_MAX = 2


def refuse_faulty(data: bytes, what: str) -> None:
    """Raise ``InputError`` for the first thing in ``data`` that its guide does not take.

    The sentence names the transaction by place (``what`` is its kind), segment and element.
    """
    report = check(data)
    for error in report.errors:
        if error.severity == "error":
            raise InputError(f"the envelope: {error.segment_id}: {error.message}")
    for place, transaction in enumerate(report.transactions, 1):
        for error in transaction.errors:
            if error.severity != "error" or error.snip > _SNIP_MAX:
                continue
            where = f"{error.segment_id} in loop {error.loop}" if error.loop else error.segment_id
            if error.element:
                where += f", element {error.element}"
            raise InputError(f"{what} {place}: {where}: {error.message}")
