"""``serve``, ``worker``, ``migrate``, ``doctor``, ``inventory``: running an installation."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from api import preflight
from api import settings as settings_module
from api.commands.output import DONE, PROBLEMS, json_line, line, table


def add(commands: Any) -> None:
    """The commands that run an installation."""
    serve = commands.add_parser("serve", help="serve the pages")
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on")
    serve.add_argument("--port", type=int, default=8000, help="default 8000")
    serve.add_argument("--workers", type=int, default=1, help="server processes")
    serve.add_argument("--tls-certificate", type=Path, metavar="FILE", help="PEM, chain included")
    serve.add_argument("--tls-key", type=Path, metavar="FILE", help="PEM, its private key")
    serve.set_defaults(run=run_serve)
    worker = commands.add_parser("worker", help="do background work until stopped")
    worker.add_argument("--concurrency", type=int, default=1, help="jobs at a time (default 1)")
    worker.add_argument("--paced", action="store_true", help=argparse.SUPPRESS)
    worker.set_defaults(run=run_worker)
    migrate = commands.add_parser("migrate", help="bring the database to this program's schema")
    migrate.add_argument(
        "--renew-context-key",
        action="store_true",
        help="also sign whom a transaction speaks for with a new key; the one before holds until"
        " the next renewal",
    )
    migrate.set_defaults(run=run_migrate)
    stop = commands.add_parser("stop", help="stop the embedded database server")
    stop.set_defaults(run=run_stop)
    doctor = commands.add_parser("doctor", help="say what is well and what is not")
    doctor.add_argument("--json", action="store_true", help="one JSON object")
    doctor.set_defaults(run=run_doctor)
    inventory = commands.add_parser(
        "inventory", help="components, versions, plugins and data flows of the installation"
    )
    inventory.add_argument("--json", action="store_true", help="CycloneDX 1.6, one JSON object")
    inventory.set_defaults(run=run_inventory)


def run_serve(given: argparse.Namespace) -> int:
    from api.bootstrap import runtime
    from api.serve import check_transport, serve, with_origin

    settings = settings_module.read()
    tls = given.tls_certificate is not None and given.tls_key is not None
    check_transport(settings, given.host, tls=tls)
    with runtime(settings):
        pass  # started and migrated before the first request comes
    settings = with_origin(settings, given.port, tls=tls)
    line(f"The pages are at {settings.origin} (stop with Ctrl-C).")
    serve(
        settings,
        host=given.host,
        port=given.port,
        workers=given.workers,
        certificate=given.tls_certificate,
        key=given.tls_key,
    )
    return DONE


def run_worker(given: argparse.Namespace) -> int:
    from api.bootstrap import runtime
    from api.worker import run_worker as work
    from audit.logging import configure, no_tracebacks

    no_tracebacks()
    configure("INFO" if sys.stderr.isatty() else "WARNING", sys.stderr)
    with runtime() as running:
        work(running, concurrency=given.concurrency, steady=not given.paced)
    return DONE


def run_migrate(given: argparse.Namespace) -> int:
    from api.bootstrap import migrate, renew_context_key

    settings = settings_module.read()
    line(f"The database is at revision {migrate(settings)}.")
    if given.renew_context_key:
        renew_context_key(settings)
        line("There is a new context key. Start pages and workers again before the next renewal.")
    return DONE


def run_stop(_: argparse.Namespace) -> int:
    from tenants.postgres import EmbeddedServer

    settings = settings_module.read()
    if settings.database_url is not None:
        line("DATABASE_URL names a server of its own; it is not ours to stop.")
        return PROBLEMS
    EmbeddedServer(settings.home).stop()
    line("The database server is stopped. The next command starts it again.")
    return DONE


def run_doctor(given: argparse.Namespace) -> int:
    from api.doctor import examine

    found = examine(settings_module.read())
    if given.json:
        json_line({"checks": found, "well": all(one.ok for one in found)})
    else:
        for one in found:
            line(f"{'well ' if one.ok else 'WRONG'}  {one.name}: {one.sentence}")
    return DONE if all(one.ok for one in found) and not preflight.strangers() else PROBLEMS


def run_inventory(given: argparse.Namespace) -> int:
    from api.bootstrap import runtime
    from api.inventory import inventory

    with runtime() as running:
        found = inventory(running)
    if given.json:
        json_line(found)
        return DONE
    components: Any = found["components"]
    services: Any = found["services"]
    table(("component", "version"), ((one["name"], one["version"]) for one in components))
    line()
    table(
        ("flow", "direction", "what", "where"),
        (
            (
                one["name"],
                one["data"][0]["flow"],
                one["data"][0]["classification"],
                one["description"],
            )
            for one in services
        ),
    )
    return DONE
