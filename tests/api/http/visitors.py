"""A person at a browser, for tests: a session of their own, and forms with the right token."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from httpx import Response
from litestar.testing import TestClient

from api.http.security import form_token
from api.http.sessions import SESSION_COOKIE, digest_of, new_session_id
from tenants.ids import new_id
from tenants.store import sessions
from tenants.store.sessions import TWO_FACTORS
from tests.api.http import pages_world
from tests.by_hand import by_hand


class Visitor:
    """Sends the cookie of one session and nothing the client kept from others."""

    def __init__(self, client: TestClient, session_id: str | None) -> None:
        self._client = client
        self.session_id = session_id

    @property
    def client(self) -> TestClient:
        """The browser, which another person may use next."""
        return self._client

    @property
    def token(self) -> str:
        return form_token(self.session_id or secrets.token_hex())

    def get(self, path: str, **headers: str) -> Response:
        self._client.cookies.clear()
        return self._client.get(path, headers=self._headers(headers), follow_redirects=False)

    def ask(self, method: str, path: str, **headers: str) -> Response:
        """A request of any kind without a body."""
        self._client.cookies.clear()
        return self._client.request(
            method, path, headers=self._headers(headers), follow_redirects=False
        )

    def get_with(self, path: str, query: Mapping[str, str]) -> Response:
        """Ask with these values behind the question mark."""
        return self.get(f"{path}?{urlencode(query, errors='replace')}")

    def post(
        self,
        path: str,
        fields: Mapping[str, Any] | None = None,
        *,
        token: str | None = None,
        files: Mapping[str, Any] | None = None,
        **headers: str,
    ) -> Response:
        self._client.cookies.clear()
        data = dict(fields or {})
        if token != "":
            data["token"] = token or self.token
        return self._client.post(
            path, data=data, files=files, headers=self._headers(headers), follow_redirects=False
        )

    def send(self, path: str, body: Any, **headers: str) -> Response:
        """A POST of these very bytes, or of these blocks one after another."""
        self._client.cookies.clear()
        return self._client.post(
            path, content=body, headers=self._headers(headers), follow_redirects=False
        )

    def _headers(self, given: Mapping[str, str]) -> dict[str, str]:
        headers = {"accept": "text/html"}
        if self.session_id:
            headers["cookie"] = f"{SESSION_COOKIE}={self.session_id}"
        return headers | {name.replace("_", "-"): value for name, value in given.items()}


def signed_in(client: TestClient, name: str, *, assurance: int = TWO_FACTORS) -> Visitor:
    """A visitor with a fresh session of this person, made without a door; "" is nobody."""
    return Visitor(client, start_session(name, assurance=assurance) if name else None)


def start_session(name: str, *, assurance: int = TWO_FACTORS) -> str:
    """The id of a fresh session of this person, both factors just shown."""
    return session_of(pages_world.PEOPLE[name].id, assurance=assurance)


def session_of(staff_id: UUID, *, assurance: int = TWO_FACTORS) -> str:
    """The id of a fresh session of whoever has this id."""
    session_id = new_session_id()
    with by_hand(pages_world.runtime().engine) as connection:
        sessions.start(
            connection,
            digest=digest_of(session_id),
            session_id=new_id(),
            staff_id=staff_id,
            assurance=assurance,
        )
    return session_id
