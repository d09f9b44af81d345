"""Dated evidence in ``home/evidence``: what was proven, signed with the key of the audit log.

A file is a signed note (C2SP ``signed-note``): JSON below a first line that says what it is, so no
note of ours can be taken for a checkpoint.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from api.bootstrap import Runtime
from core.errors import UnavailableError


def write_evidence(running: Runtime, kind: str, at: datetime, facts: Mapping[str, object]) -> Path:
    """Write ``facts`` as evidence of one ``kind``; the file's path.

    No fact may be health information: practices are named by identifier, rows are counted.
    """
    content = msgspec.json.format(
        msgspec.json.encode({"at": at.astimezone(UTC), **facts}), indent=1
    ).decode()
    note = running.keyring.signer().sign_note(f"evidence {kind}", content)
    folder = running.settings.home / "evidence"
    path = folder / f"{kind}-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}.txt"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(note)
            file.flush()
            os.fsync(file.fileno())
    except OSError as problem:
        raise UnavailableError(
            f"evidence cannot be written ({problem.strerror}); check the home folder"
        ) from None
    return path
