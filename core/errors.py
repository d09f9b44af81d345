"""The one tree of errors.

Every class has a stable ``code``, an exit status for the command line and a status for HTTP. The
``message`` is a plain sentence for a biller that says what is wrong and what to do next. It never
holds health information: no name, no member id, no diagnosis, no value taken from a record. Name
places (file, line, segment, element, column) and kinds instead.

A *finding* about a claim is not an error: it is a value (``core.scrub.finding``). Errors are for
what stops the work at hand.
"""

from __future__ import annotations

from typing import ClassVar


class ClaimwrightError(Exception):
    """Base of every error we raise on purpose.

    ``message`` is safe to show and to log. ``exit_status`` is what the command line ends with: 1
    when the work was done but problems were found, 2 when it could not be done.
    """

    code: ClassVar[str] = "error"
    http_status: ClassVar[int] = 500
    exit_status: ClassVar[int] = 2

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class InputError(ClaimwrightError):
    """What was given cannot be read or is not allowed; the giver can put it right."""

    code = "input"
    http_status = 422


class X12SyntaxError(InputError):
    """A file is not X12, or breaks off; ``segment`` counts from 1, 0 = the file itself."""

    code = "x12-syntax"

    def __init__(self, message: str, *, segment: int = 0, element: int = 0) -> None:
        place = f"segment {segment}" if segment else "the file"
        if element:
            place += f", element {element}"
        super().__init__(f"{place}: {message}")
        self.segment = segment
        self.element = element


class RowError(InputError):
    """One row of a table cannot be taken; ``row`` is the line number in the file, from 1."""

    code = "row"

    def __init__(self, message: str, *, row: int, column: str = "") -> None:
        place = f"line {row}" + (f", column {column}" if column else "")
        super().__init__(f"{place}: {message}")
        self.row = row
        self.column = column
        self.reason = message


class NotFoundError(ClaimwrightError):
    """No such thing here. Also the answer for a thing of another practice."""

    code = "not-found"
    http_status = 404


class ForbiddenError(ClaimwrightError):
    """The person or machine may not do this."""

    code = "forbidden"
    http_status = 403


class ConflictError(ClaimwrightError):
    """It collides with what is already there: done before, or changed meanwhile."""

    code = "conflict"
    http_status = 409


class CollisionError(ConflictError):
    """Two transactions met (deadlock, serialization): nothing was stored, and it can go again."""

    code = "collision"


class StateError(ConflictError):
    """The move is not in the table of allowed moves."""

    code = "state"


class PluginError(ClaimwrightError):
    """A plugin broke its contract; the message names the plugin, never what it said."""

    code = "plugin"

    def __init__(self, plugin: str, message: str) -> None:
        super().__init__(f"plugin {plugin}: {message}")
        self.plugin = plugin


class IntegrityError(ClaimwrightError):
    """A promise of ours is broken (ledger, audit log, sealed value); stop and look."""

    code = "integrity"


class LedgerImbalanceError(IntegrityError):
    """An entry, a claim or a check does not sum to zero."""

    code = "ledger-imbalance"


class AuditLogError(IntegrityError):
    """The audit log does not verify."""

    code = "audit-log"


class SealError(IntegrityError):
    """A sealed value does not open (wrong key, wrong place, altered). No detail, on purpose."""

    code = "seal"


class UnavailableError(ClaimwrightError):
    """Something we depend on is not there: the database, the disk, the key."""

    code = "unavailable"
    http_status = 503


class DestroyedError(ClaimwrightError):
    """It was destroyed for good, on purpose: the keys of a practice that left."""

    code = "destroyed"
    http_status = 410


class SetupError(ClaimwrightError):
    """The installation cannot run as it is; the message says what to change."""

    code = "setup"
