"""The one way a file leaves: saved under a name of ours, never shown or run by the browser."""

from __future__ import annotations

import re

from litestar import Response

CONTENT_SECURITY_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"
"""Should a browser show the file all the same, nothing in it runs and it belongs to no site."""

MEDIA_TYPES = {"csv": "text/csv; charset=utf-8", "pdf": "application/pdf"}

# Letters of ours alone: no quotes to escape, no path, and nothing of a patient.
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,78}\.(csv|pdf)\Z", re.ASCII)


def download(content: bytes, name: str) -> Response[bytes]:
    """``content`` to be saved as ``name``: small letters, digits and dashes, ``.csv`` or ``.pdf``.

    ``no-store`` and ``nosniff`` come with every answer.
    """
    shaped = _NAME.match(name)
    assert shaped, "names of files are made here, never taken from a record"
    return Response(
        content=content,
        media_type=MEDIA_TYPES[shaped[1]],
        headers={
            "content-disposition": f'attachment; filename="{name}"',
            "content-security-policy": CONTENT_SECURITY_POLICY,
        },
    )
