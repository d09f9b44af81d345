"""A program that calls the interface, for tests: sends its token and nothing else."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from typing import Any

from httpx import Response
from litestar.testing import TestClient

from api.programs import create_program, create_token
from tenants.programs import Program, TokenScope
from tests.api.http import pages_world as world

EVERY_SCOPE = frozenset(TokenScope)


class ProgramAtWork:
    """Calls with one token; ``token`` "": with none."""

    def __init__(self, client: TestClient, token: str) -> None:
        self._client = client
        self.token = token

    def call(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Response:
        self._client.cookies.clear()
        sent = {"authorization": f"Bearer {self.token}"} if self.token else {}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self._client.request(
            method, path, content=body, headers=sent, follow_redirects=False
        )

    def get(self, path: str, **headers: str) -> Response:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: bytes = b"", **headers: str) -> Response:
        return self.call("POST", path, body, **headers)


_numbers = itertools.count(1)


@world.once_a_world
def _made(scopes: frozenset[TokenScope]) -> tuple[Program, str]:
    runtime = world.runtime()
    made = create_program(
        runtime,
        name=f"Program {next(_numbers)}",
        scopes=scopes,
        slugs=[world.PRACTICES[0].slug, world.PRACTICES[2].slug],
    )
    return made, create_token(runtime, made.id, days=30)[1]


def program(scopes: frozenset[TokenScope] = EVERY_SCOPE) -> Program:
    """The program with these scopes, for the first and the third practice of the pages' world."""
    return _made(scopes)[0]


def token(scopes: frozenset[TokenScope] = EVERY_SCOPE) -> str:
    """A token of that program."""
    return _made(scopes)[1]


def said(answer: Response) -> Mapping[str, Any]:
    """What an error says, without the number of the request."""
    found: dict[str, Any] = json.loads(answer.text)
    return found
