"""Whatever reads X12, over any bytes: what it may raise, and what it must answer."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Iterable

from core.errors import InputError
from core.x12.acknowledgements import read_999, read_ta1
from core.x12.check import FileReport, check
from core.x12.claim_status_reader import read_277ca
from core.x12.claims_reader import read_claims
from core.x12.guides import guides
from core.x12.kinds import kinds
from core.x12.loops import read_transactions
from core.x12.remittance_reader import stream_remittance
from core.x12.rewrite import rewrite
from core.x12.show import show, to_json

Data = bytes | Iterable[bytes]


def _drain(items: Iterable[object]) -> None:
    deque(items, maxlen=0)


def _loops(data: Data) -> None:
    _drain(read_transactions(data, frozenset(guide.kind for guide in guides())))


READERS: dict[str, Callable[[Data], object]] = {
    "kinds": kinds,
    "show": lambda data: _drain(show(data)),
    "json": lambda data: _drain(to_json(data)),
    "rewrite": lambda data: _drain(rewrite(data)),
    "loops": _loops,
    "claims": lambda data: _drain(read_claims(data)),
    "remittance": lambda data: _drain(stream_remittance(data)),
    "999": read_999,
    "TA1": read_ta1,
    "277CA": read_277ca,
}
"""By name, all but the check."""


def read_with_all(data: bytes) -> FileReport:
    """Read ``data`` with everything there is: the check's report. Lets through what may not be
    raised."""
    report = check(data)
    report.to_json("any")
    for reader in READERS.values():
        with contextlib.suppress(InputError):
            reader(data)
    return report
