"""Wheels of an invented partner's plugin, version by version."""

from __future__ import annotations

from pathlib import Path

from api import plugin_signature as signatures
from api.plugin_wheel import read_wheel
from tests.api.partner_kit.wheels import wheel

_MODULE = """\
import msgspec
from plugins import ClaimEdit, Flag, Manifest, Sees, Secret, Severity, Touches, hook

MANIFEST = Manifest(
    name="sight", version="{version}", contract=1, title="Sight", prefixes=("SGT",),
    sees=({sees}), fails_open=({fails_open}), author="Sight Ltd",
)


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    severity: str = "deny"
    account_key: Secret = ""


def check(case, lines):
    {body}


@hook
def settings_type():
    return Settings


@hook
def claim_edits(settings):
    if settings.account_key == "no rules":
        return ()
    return (
        ClaimEdit(
            id="SGT-1", version=MANIFEST.version, title="Visits", source="invented manual, p. 3",
            severity=Severity(settings.severity), touches=Touches(codes=({codes})), check=check,
        ),
    )
"""
FLAG = "return (Flag(line_no=lines[0].line_no, message='Say what was seen'),)"
QUIET = "return ()"
BREAKS = "raise ValueError(case.claim.claim_number)"


def sight(
    folder: Path,
    version: str = "1.0.0",
    *,
    body: str = FLAG,
    codes: tuple[str, ...] = ("90837",),
    sees: tuple[str, ...] = (),
    fails_open: tuple[str, ...] = (),
) -> Path:
    """The wheel of one version; ``body`` is what its rule does, ``codes`` what it looks at."""
    module = _MODULE.format(
        version=version,
        body=body,
        codes="".join(f"{one!r}, " for one in codes),
        sees="".join(f"Sees.{one.upper()}, " for one in sees),
        fails_open="".join(f"{one!r}, " for one in fails_open),
    )
    return wheel(folder, version=version, module=module)


def signed(wheel_path: Path, trusted: Path, signer: str = "Sight Ltd") -> Path:
    """The wheel with a signature beside it, by a key that ``trusted`` holds."""
    key = wheel_path.parent / "key"
    if not key.exists():
        signatures.make_key(key)
    trusted.mkdir(mode=0o700, parents=True, exist_ok=True)
    (trusted / f"{signer}.pub").write_bytes(key.with_name("key.pub").read_bytes())
    told = read_wheel(wheel_path)
    statement = signatures.Statement(
        name=told.name, version=told.version, contract=1, sha256=told.sha256, sees=(), rules=1
    )
    signature = signatures.sign(signatures.read_key(key), statement)
    signatures.signature_path(wheel_path).write_bytes(signature)
    return wheel_path
