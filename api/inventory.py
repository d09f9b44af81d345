"""What the installation consists of and where its data goes: a CycloneDX 1.6 list of materials.

Read from what is installed and running, not from a list that somebody keeps (45 CFR 164.308(a)(1)
as proposed: asset inventory and map of data flows).
"""

from __future__ import annotations

import platform
from collections.abc import Iterable
from importlib import metadata
from uuid import NAMESPACE_URL, uuid5

import msgspec

from api.bootstrap import Runtime
from tenants.postgres import check_database
from tenants.session import transaction
from tenants.store import whole

_PROGRAM = "claimwright"


def inventory(running: Runtime) -> dict[str, object]:
    """The bill of materials as CycloneDX has it; ``services`` is the map of data flows."""
    components = [*_distributions(), _python(), _server(running), *_plugins(running)]
    content = msgspec.json.encode(components)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, content.decode())}",
        "version": 1,
        "metadata": {
            "timestamp": running.clock().isoformat(timespec="seconds"),
            "component": {
                "type": "application",
                "bom-ref": _PROGRAM,
                "name": _PROGRAM,
                "version": metadata.version(_PROGRAM),
            },
            "properties": _properties(
                {
                    "installation": running.keyring.installation,
                    "home": str(running.settings.home),
                    **{f"check: {one.name}": one.sentence for one in check_database(running.urls)},
                }
            ),
        },
        "components": components,
        "services": _services(running),
    }


def _distributions() -> list[dict[str, object]]:
    """Everything installed in this environment but ourselves, by name."""
    found = {one.name.lower().replace("_", "-"): one.version for one in metadata.distributions()}
    found.pop(_PROGRAM, None)
    return [
        {
            "type": "library",
            "bom-ref": f"{name}@{version}",
            "name": name,
            "version": version,
            "purl": f"pkg:pypi/{name}@{version}",
        }
        for name, version in sorted(found.items())
    ]


def _python() -> dict[str, object]:
    version = platform.python_version()
    return {
        "type": "platform",
        "bom-ref": f"python@{version}",
        "name": platform.python_implementation(),
        "version": version,
        "description": f"{platform.system()} {platform.release()} {platform.machine()}",
    }


def _server(running: Runtime) -> dict[str, object]:
    with transaction(running.engine) as connection:
        number = whole.server_version(connection)
    version = f"{number // 10_000}.{number % 10_000}"
    where = "embedded" if running.settings.database_url is None else "a server of one's own"
    return {
        "type": "application",
        "bom-ref": f"postgresql@{version}",
        "name": "postgresql",
        "version": version,
        "description": where,
    }


def _plugins(running: Runtime) -> Iterable[dict[str, object]]:
    for manifest in sorted(running.plugins.available(), key=lambda one: one.name):
        yield {
            "type": "library",
            "bom-ref": f"plugin:{manifest.name}@{manifest.version}",
            "name": manifest.name,
            "version": manifest.version,
            "description": f"specialty, contract {manifest.contract}: {manifest.title}",
        }


def _services(running: Runtime) -> list[dict[str, object]]:
    """Every way data goes in and out, and what it is."""
    settings = running.settings
    database = "socket below home" if settings.database_url is None else "DATABASE_URL"
    keys = type(running.keys.provider).__name__
    flows = (
        ("pages", "the pages, behind TLS (claimwright serve)", "bi-directional", "health data"),
        (
            "exchange",
            f"files in {settings.exchange}",
            "bi-directional",
            "health data, in the clear",
        ),
        ("database", f"PostgreSQL: {database}", "bi-directional", "health data, sealed"),
        ("keys", f"key provider {keys}", "bi-directional", "keys of practices"),
        ("checkpoints", f"audit checkpoints in {settings.checkpoints}", "outbound", "hashes"),
        ("backups", "claimwright backup make DIR", "outbound", "everything but keys, sealed"),
        ("exports", "claimwright practice export", "outbound", "health data, in the clear"),
        ("logs", "standard error", "outbound", "no health data: an allow-list of fields"),
    )
    return [
        {
            "bom-ref": f"flow:{name}",
            "name": name,
            "description": description,
            "data": [{"flow": flow, "classification": classification}],
        }
        for name, description, flow, classification in flows
    ]


def _properties(values: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": f"claimwright:{name}", "value": value} for name, value in values.items()]
