"""An identity provider on this machine, for tests: real keys, and as dishonest as it is told."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from tests.api.outside import answer, serving

CLIENT = "claimwright-office"
SECRET = "the client's secret: not easy"


class Provider:
    """Answers discovery, keys and the token endpoint; tests change what it says."""

    def __init__(self) -> None:
        self.issuer = ""
        self.first_key = RSAKey.generate_key(2048, parameters={"kid": "one", "use": "sig"})
        self.be_honest()

    def be_honest(self) -> None:
        """As at the beginning."""
        self.key: Any = self.first_key
        self.algorithm = "RS256"
        self.published: list[Any] | None = None
        self.claims: dict[str, Any] = {}
        self.discovery: dict[str, Any] = {}
        self.token: Any = None
        self.raw: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.codes: dict[str, dict[str, str]] = {}

    def respond(self, request: bytes) -> Iterator[bytes]:
        """One request."""
        head, _, body = request.partition(b"\r\n\r\n")
        path = head.split(b" ")[1].decode()
        self.asked.append(path)
        if path in self.raw:
            yield self.raw[path]
        elif path == "/.well-known/openid-configuration":
            yield answer(json.dumps(self._configuration()).encode())
        elif path == "/keys":
            keys = [self.key] if self.published is None else self.published
            listed = [
                one.as_dict(private=False) if hasattr(one, "as_dict") else one for one in keys
            ]
            yield answer(json.dumps({"keys": listed}).encode())
        elif path == "/token":
            yield self._token(head.decode(), parse_qs(body.decode()))

    def _configuration(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
        } | self.discovery

    def approve(self, address: str) -> dict[str, str]:
        """A person says yes at the authorization endpoint: the code and state that go back."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        assert query["client_id"] == CLIENT
        assert "openid" in query["scope"].split()
        code = secrets.token_urlsafe()
        self.codes[code] = self.approved = query
        return {"code": code, "state": query["state"]}

    def _token(self, head: str, form: dict[str, list[str]]) -> bytes:
        asked = self.codes.pop(form["code"][0], None)
        challenge = hashlib.sha256(form["code_verifier"][0].encode()).digest()
        pair = "claimwright-office:the%20client%27s%20secret%3A%20not%20easy"
        if (
            asked is None
            or f"authorization: Basic {base64.b64encode(pair.encode()).decode()}" not in head
            or asked["code_challenge"] != base64.urlsafe_b64encode(challenge).rstrip(b"=").decode()
            or asked["redirect_uri"] != form["redirect_uri"][0]
        ):
            return answer(b'{"error":"invalid_grant"}', 400)
        token = self.token(asked) if callable(self.token) else self.id_token(asked["nonce"])
        return answer(json.dumps({"access_token": "x", "id_token": token, "n": 3600}).encode())

    def id_token(self, nonce: str, **header: Any) -> str:
        """A signed token for the person of ``claims``."""
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": "subject-1",
            "aud": CLIENT,
            "exp": now + 300,
            "iat": now,
            "nonce": nonce,
        } | self.claims
        claims = {name: value for name, value in claims.items() if value is not None}
        kid = self.key.as_dict(private=False).get("kid")
        whole = {"alg": self.algorithm} | ({"kid": kid} if kid else {}) | header
        return jwt.encode(whole, claims, self.key, algorithms=[self.algorithm])

    def rotate(self) -> None:
        """Another key from now on."""
        self.key = ECKey.generate_key("P-256", parameters={"kid": "two", "use": "sig"})
        self.algorithm = "ES256"


@contextmanager
def providing() -> Iterator[Provider]:
    """A provider on a port of this machine."""
    made = Provider()
    with serving(made.respond) as port:
        made.issuer = f"http://127.0.0.1:{port}"
        yield made
