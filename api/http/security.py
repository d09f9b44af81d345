"""What every answer carries, and what every form must prove.

A form comes from our own page when the browser says so (``Sec-Fetch-Site``, ``Origin``) and when it
brings a token that only our page could hold. Both are asked for; either alone has failed others.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

from core.errors import ForbiddenError

# No inline script or style anywhere: the policy needs no nonce. Images are ours alone.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)

HEADERS: Mapping[str, str] = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=31536000",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
"""On every answer, whatever it is."""

NO_STORE = "no-store"
"""``Cache-Control`` of everything but our own style, script and icons."""

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

_FOREIGN = "this form did not come from a page of ours; open the page again and send it from there"


def check_origin(headers: Mapping[str, str], ours: str) -> None:
    """``ForbiddenError`` when the browser says that a form came from elsewhere than ``ours``.

    Under ``Referrer-Policy: no-referrer`` a browser sends ``Origin: null`` with our own forms, so
    ``null`` proves nothing either way; ``Sec-Fetch-Site`` is what every current browser sends.
    """
    site = headers.get("sec-fetch-site")
    if site is not None and site != "same-origin":
        raise ForbiddenError(_FOREIGN)
    origin = headers.get("origin")
    if origin is None or (origin == "null" and site == "same-origin"):
        return
    if origin != ours:
        raise ForbiddenError(_FOREIGN)


def form_token(secret: str) -> str:
    """The token for forms of the holder of ``secret`` (a session id, or a sign-in cookie)."""
    return hmac.new(secret.encode(), b"claimwright form", hashlib.sha256).hexdigest()


def check_token(token: str | None, given: str) -> None:
    """``ForbiddenError`` unless ``given`` is the token of whoever sends the form."""
    if token is None or not hmac.compare_digest(token.encode(), given.encode()):
        raise ForbiddenError(_FOREIGN)
