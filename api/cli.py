"""The command line: ``claimwright COMMAND``."""

from __future__ import annotations

from api import preflight

preflight.check()

import argparse  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402
from collections.abc import Sequence  # noqa: E402
from contextlib import suppress  # noqa: E402
from functools import cache  # noqa: E402
from importlib import import_module  # noqa: E402
from typing import Any  # noqa: E402
from uuid import UUID  # noqa: E402

from api.commands.output import FAILED, line, problem  # noqa: E402
from audit.correlation import piece_of_work  # noqa: E402
from core.errors import ClaimwrightError  # noqa: E402

_GROUPS = (
    "demo",
    "run",
    "backup",
    "practices",
    "leaving",
    "machines",
    "intake",
    "claims",
    "scrub",
    "price",
    "rules",
    "policy",
    "replay",
    "x12",
    "codes",
    "plugins",
    "simulator",
    "audit",
    "keys",
)


class _Version(argparse.Action):
    """Looking the version up takes longer than most commands, so it waits until it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from importlib import metadata

        line(metadata.version("claimwright"))
        parser.exit()


@cache
def parser() -> argparse.ArgumentParser:
    """The whole command line; each group adds its own part.

    Reading arguments changes nothing in it, so whoever runs many commands builds it once.
    """
    top = argparse.ArgumentParser(
        prog="claimwright",
        description="Runs the billing of many medical practices.",
        epilog="Exit status: 0 done, 1 done with problems found, 2 it could not be done. "
        "All state lives under CLAIMWRIGHT_HOME.",
    )
    top.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    for name in _GROUPS:
        import_module(f"api.commands.{name}").add(commands)
    return top


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command, as one piece of work, and exit with its status."""
    given = parser().parse_args(arguments)
    with piece_of_work() as number:
        sys.exit(_status_of(given, number))


def _status_of(given: argparse.Namespace, number: UUID) -> int:
    """Run the command; whatever goes wrong becomes one sentence that quotes no record."""
    try:
        status = int(given.run(given))
        sys.stdout.flush()
    except ClaimwrightError as refused:
        problem(refused.message)
        status = refused.exit_status
    except KeyboardInterrupt:
        problem("stopped")
        status = FAILED
    except BrokenPipeError:
        _drop_output()
        status = FAILED
    except OSError as refused:
        problem(f"the system refused ({refused.strerror}); what was begun was not half done")
        status = FAILED
    except Exception as mistake:
        from audit.logging import place_of

        where = f"{type(mistake).__name__} at {place_of(mistake)}"
        problem(
            f"something went wrong on our side ({where}); what was begun was not half done. "
            f"Its number: {number}"
        )
        status = FAILED
    return status


def _drop_output() -> None:
    """Nobody reads on (``| head``): what Python still holds goes nowhere, and it says nothing."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
