"""Logs that cannot hold health information.

What is not on the allow-list is dropped: a field must be named in ``FIELDS`` and its value must
have the declared shape, an event must have a name made of code, and of an exception only its type,
its code and where it happened are kept, never its words. Lines of libraries, whose text could hold
anything, are reduced to where they come from. What was dropped is counted, in the line
(``dropped``) and in all (``dropped_fields``), so that a mistake shows without leaking.

    log = get_logger("api.worker")
    log.info("batch.sent", tenant_id=practice, claims=120)
"""

from __future__ import annotations

import logging
import re
import sys
import threading
from collections.abc import Callable, Mapping, MutableMapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from traceback import walk_tb
from types import TracebackType
from typing import Any, TextIO
from uuid import UUID

import structlog

from audit import correlation
from core.errors import ClaimwrightError

__all__ = ["FIELDS", "configure", "dropped_fields", "get_logger", "no_tracebacks", "place_of"]

_EVENT = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+){1,4}\Z", re.ASCII)
_CODE = re.compile(r"[a-z][a-z0-9_.-]{0,79}\Z", re.ASCII)
_TYPE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,79}\Z", re.ASCII)
_CAPITALS = re.compile(r"[A-Z0-9]{2,10}\Z", re.ASCII)
_ROUTE = re.compile(r"/[a-z_{}:./-]{0,119}\Z", re.ASCII)
_PLACE = re.compile(r"[A-Za-z0-9_./+-]{1,160}:[0-9]{1,6}\Z", re.ASCII)
_MODULE = re.compile(r"[A-Za-z0-9_.]{1,80}\Z", re.ASCII)
_VERSION = re.compile(r"[0-9][0-9A-Za-z.+-]{0,39}\Z", re.ASCII)
_HEX = re.compile(r"[0-9a-f]{8,128}\Z", re.ASCII)

_UNNAMED = "log.unnamed"
_LIBRARY = "library.line"
_FRAMES_MAX = 12
_ROOT = Path(__file__).resolve().parents[1]


def _identifier(value: object) -> str | None:
    """A UUID of ours; it names a row, and nothing about it."""
    if isinstance(value, UUID):
        return str(value)
    try:
        return str(UUID(value)) if isinstance(value, str) else None
    except ValueError:
        return None


def _number(value: object) -> int | float | bool | None:
    if isinstance(value, Decimal):
        return float(value)
    return value if isinstance(value, (bool, int, float)) else None


def _shaped(pattern: re.Pattern[str]) -> Callable[[object], str | None]:
    def check(value: object) -> str | None:
        text = value.value if isinstance(value, Enum) else value
        return text if isinstance(text, str) and pattern.match(text) else None

    return check


def _moment(value: object) -> str | None:
    return value.isoformat() if isinstance(value, (date, datetime)) else None


Shape = Callable[[object], str | int | float | bool | None]

FIELDS: Mapping[str, Shape] = {
    # Which thing, by the id of its row. Never a member id, a control number or a file name.
    **dict.fromkeys(
        (
            "request_id",
            "tenant_id",
            "staff_id",
            "session_id",
            "batch_id",
            "file_id",
            "claim_id",
            "remittance_id",
            "event_id",
            "object_id",
        ),
        _identifier,
    ),
    # How many, how long, how large.
    **dict.fromkeys(
        (
            "accepted",
            "attempt",
            "attempts",
            "charges",
            "claims",
            "concurrency",
            "count",
            "denials",
            "dropped",
            "encounters",
            "entries",
            "events",
            "exit_status",
            "findings",
            "held",
            "http_status",
            "job_id",
            "lines",
            "milliseconds",
            "pid",
            "port",
            "practices",
            "problems",
            "refused",
            "rejected",
            "remits",
            "repeated",
            "rows",
            "seconds",
            "size_bytes",
            "statements",
            "status",
            "worker",
        ),
        _number,
    ),
    # Words of our own: codes and states.
    **dict.fromkeys(
        (
            "code",
            "error_code",
            "kind",
            "level",
            "plugin",
            "queue",
            "stage",
            "state",
            "step",
            "task",
        ),
        _shaped(_CODE),
    ),
    **dict.fromkeys(("method", "signal", "transaction_set"), _shaped(_CAPITALS)),
    **dict.fromkeys(("version", "revision"), _shaped(_VERSION)),
    # The template of a route, never the address that was called: it holds no digit.
    "route": _shaped(_ROUTE),
    **dict.fromkeys(("error", "error_type"), _shaped(_TYPE_NAME)),
    "line_at": _shaped(_PLACE),
    "module": _shaped(_MODULE),
    "digest": _shaped(_HEX),
    **dict.fromkeys(("timestamp", "as_of"), _moment),
}
"""The allow-list: each field with the shape its value must have."""

_dropped_total = 0


def dropped_fields() -> int:
    """How many fields and event names this process has dropped from its logs."""
    return _dropped_total


def get_logger(name: str) -> structlog.typing.FilteringBoundLogger:
    """The logger of a module; ``name`` is the module's, such as ``api.worker``."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger(module=name)
    return logger


def configure(level: str = "info", stream: TextIO | None = None) -> None:
    """Set logging up for this process: JSON lines, or columns when ``stream`` is a terminal.

    ``stream`` is standard error unless given. Logging of libraries goes the same way, reduced.
    """
    out = stream or sys.stderr
    threshold = logging.getLevelNamesMapping()[level.upper()]
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(colors=True)
        if out.isatty()
        else structlog.processors.JSONRenderer(ensure_ascii=True)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            allow_listed,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.WriteLoggerFactory(file=out),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    for handler in tuple(root.handlers):
        if isinstance(handler, _LibraryHandler):
            root.removeHandler(handler)
    root.addHandler(_LibraryHandler())
    root.setLevel(max(threshold, logging.WARNING))


def no_tracebacks() -> None:
    """In a process that serves: what nobody caught is logged as everything else is.

    Python's own reports show what an exception says, and that may quote a record.
    """
    sys.excepthook = lambda _, error, __: _uncaught(error)
    threading.excepthook = lambda given: _uncaught(given.exc_value)
    sys.unraisablehook = lambda given: _uncaught(given.exc_value)
    logging.captureWarnings(capture=True)


def _uncaught(error: BaseException | None) -> None:
    get_logger("process").critical("process.failed", exc_info=error)


def allow_listed(
    _logger: object, _method: str, entry: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """The structlog step that keeps what is allowed and counts the rest."""
    kept: dict[str, Any] = {}
    dropped = 0
    event = entry.pop("event", None)
    if not (isinstance(event, str) and _EVENT.match(event)):
        event = _UNNAMED
        dropped += 1
    error = _error(entry.pop("exc_info", None))
    entry.setdefault("request_id", correlation.number())
    for name, value in entry.items():
        shape = FIELDS.get(name)
        allowed = None if shape is None or value is None else shape(value)
        if allowed is not None:
            kept[name] = allowed
        elif value is not None:
            dropped += 1
    if error is not None:
        kept |= _described(error)
    if dropped:
        kept["dropped"] = dropped
        _count(dropped)
    return {"event": event, **kept}


def _count(dropped: int) -> None:
    global _dropped_total
    _dropped_total += dropped


def _error(given: object) -> BaseException | None:
    if isinstance(given, BaseException):
        return given
    if isinstance(given, tuple) and len(given) == 3:
        return given[1] if isinstance(given[1], BaseException) else None
    return sys.exc_info()[1] if given else None


def _described(error: BaseException) -> dict[str, Any]:
    """Type, code and places of an error and of what caused it; never its message or its values."""
    described: dict[str, Any] = {"error_type": type(error).__name__}
    if isinstance(error, ClaimwrightError):
        described["error_code"] = error.code
    described["error_at"] = _places(error.__traceback__)
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        described["cause_type"] = type(cause).__name__
        described["cause_at"] = _places(cause.__traceback__)
    return described


def place_of(error: BaseException) -> str:
    """``file:line`` where ``error`` was raised; never its words."""
    return next(iter(_places(error.__traceback__)[-1:]), "?")


def _places(traceback: TracebackType | None) -> list[str]:
    """``file:line`` of the innermost frames, outermost first."""
    frames = [(frame.f_code.co_filename, line) for frame, line in walk_tb(traceback)]
    return [f"{_short(name)}:{line}" for name, line in frames[-_FRAMES_MAX:]]


def _short(name: str) -> str:
    """A path inside our packages as it is, any other as its last two parts."""
    path = Path(name)
    if path.is_relative_to(_ROOT) and "site-packages" not in path.parts:
        return path.relative_to(_ROOT).as_posix()
    return "/".join(path.parts[-2:])


class _LibraryHandler(logging.Handler):
    """Takes the log lines of libraries and passes on where they come from, without their text."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one reduced line."""
        log = get_logger(record.name)
        log.log(
            min(max(record.levelno // 10 * 10, logging.DEBUG), logging.CRITICAL),
            _LIBRARY,
            line_at=f"{_short(record.pathname)}:{record.lineno}",
            exc_info=record.exc_info,
        )
