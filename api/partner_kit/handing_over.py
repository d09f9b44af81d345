"""``plugin sign``: a statement about a wheel, and a list of what is in it."""

from __future__ import annotations

from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import msgspec

from api.partner_kit.asked import Answered, describe
from api.partner_kit.locate import Located
from api.plugin_signature import Statement, read_key, sign, signature_path
from api.plugin_wheel import PluginWheel
from core.errors import ConflictError, InputError


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """What was written: the signature, the list of contents, and what was stated."""

    signature: Path
    contents: Path
    statement: Statement


def contents_path(wheel: Path) -> Path:
    """Where the list of what is in ``wheel`` lies."""
    return wheel.with_name(f"{wheel.name}.cdx.json")


def sign_wheel(path: Path, plugin: Located, key_file: Path) -> Signed:
    """Sign the wheel at ``path``, which is ``plugin``; the plugin is loaded to see what it states.

    ``ConflictError`` when it is signed already: a version that was handed over does not change.
    """
    if plugin.wheel is None:
        raise InputError("a wheel is signed, not a folder; build it first: python -m build --wheel")
    signature = signature_path(path)
    if signature.exists():
        raise ConflictError(f"{signature.name} is there already; another version is another wheel")
    key = read_key(key_file)
    statement = _statement(plugin.wheel, describe(plugin))
    contents = contents_path(path)
    _write(contents, msgspec.json.format(msgspec.json.encode(bill(plugin.wheel, statement))))
    _write(signature, sign(key, statement))
    return Signed(signature=signature, contents=contents, statement=statement)


def _statement(wheel: PluginWheel, stated: Answered) -> Statement:
    manifest = stated.manifest
    assert manifest is not None, "described by asked.describe"
    if (manifest.name, manifest.version) != (wheel.name, wheel.version):
        raise InputError(
            f"the wheel is {wheel.name} {wheel.version} and its manifest says {manifest.name} "
            f"{manifest.version}; build it again"
        )
    return Statement(
        name=manifest.name,
        version=manifest.version,
        contract=manifest.contract,
        sha256=wheel.sha256,
        sees=tuple(one.value for one in manifest.sees),
        rules=stated.rule_count,
    )


def bill(wheel: PluginWheel, statement: Statement) -> dict[str, object]:
    """A CycloneDX 1.6 list of the wheel's files and requirements; the same wheel, the same list."""
    digest = [{"alg": "SHA-256", "content": wheel.sha256}]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, wheel.sha256)}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "library",
                "bom-ref": f"plugin:{wheel.name}@{wheel.version}",
                "name": wheel.name,
                "version": wheel.version,
                "hashes": digest,
                "properties": [
                    {"name": "claimwright:contract", "value": str(statement.contract)},
                    {"name": "claimwright:sees", "value": " ".join(statement.sees)},
                    {"name": "claimwright:rules", "value": str(statement.rules)},
                ],
            }
        },
        "components": [
            *(
                {
                    "type": "file",
                    "bom-ref": f"file:{one.path}",
                    "name": one.path,
                    "hashes": [{"alg": "SHA-256", "content": one.sha256}],
                    "properties": [{"name": "claimwright:bytes", "value": str(one.size)}],
                }
                for one in wheel.files
            ),
            *(
                {"type": "library", "bom-ref": f"requirement:{one}", "name": one}
                for one in wheel.requires
            ),
        ],
    }


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as fault:
        raise InputError(f"{path.name}: cannot be written ({fault.strerror})") from None
