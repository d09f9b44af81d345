"""Who may import whom, and who may not import what at all (docs/architecture.md, floors)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.sources import FILES, PACKAGES, files_below, name_of, nodes_of, text_of

# An import goes down or stays on its floor.
MAY_IMPORT = {
    "core": {"core"},
    "plugins": {"core", "plugins"},
    "audit": {"core", "audit"},
    "tenants": {"core", "plugins", "audit", "tenants"},
    "api": set(PACKAGES),
}

CORE_OUTSIDE = {
    "__future__", "abc", "base64", "bisect", "collections", "contextlib", "csv", "dataclasses",
    "datetime", "decimal", "enum", "fractions", "functools", "hashlib", "hmac", "io", "itertools",
    "json", "math", "operator", "re", "string", "struct", "types", "typing", "unicodedata", "uuid",
    "msgspec", "zlib", "codecs", "heapq", "array", "inspect", "textwrap", "importlib", "difflib",
    "tomllib", "xml",
}  # fmt: skip
CORE_CRYPTO_OUTSIDE = {"cryptography"}

# module -> where it may be imported (prefixes of paths, without .py)
ONLY_IN = {
    "sqlalchemy": (
        "tenants/store/", "tenants/postgres/", "tenants/session", "tenants/uow", "audit/store",
        "api/bootstrap", "api/worker",
    ),
    "psycopg": ("tenants/store/", "tenants/postgres/", "tenants/session"),
    "alembic": ("tenants/store/",),
    "procrastinate": ("api/worker", "api/demo/workers", "tenants/store/migrations/"),
    "pluggy": ("plugins/spec", "plugins/host", "plugins/checks"),
    "litestar": ("api/http/", "api/web/"),
    "granian": ("api/serve",),
    "structlog": ("audit/logging",),
    "argon2": ("tenants/staff",),
    "webauthn": ("tenants/security_keys",),
    "segno": ("api/web/",),
    "python_calamine": ("api/tables/unpack",),
    "typst": ("api/documents/",),
    "minijinja": ("api/http/", "api/web/"),
    "cryptography": ("core/crypto/", "audit/verify"),
    "socket": ("tenants/postgres/", "api/outgoing", "plugins/confined/"),
    "httpcore": ("api/outgoing",),
    "joserfc": ("api/company_identity",),
    "subprocess": (
        "tenants/postgres/", "api/demo/workers", "api/scan", "plugins/confined/process",
        "api/partner_kit/asked", "api/workshop/processes",
    ),
    "multipart": ("api/http/uploads",),
    "random": ("plugins/",),
    "time": (
        "tenants/ids", "tenants/session", "tenants/postgres/", "tenants/staff", "api/",
        "plugins/confined/",
    ),
    "boto3": ("tenants/aws_kms",), "botocore": ("tenants/aws_kms",), "hvac": ("tenants/vault",),
    "requests": ("tenants/vault",), "httpx": (), "urllib.request": (), "http.client": (),
    "smtplib": (), "ftplib": (), "pickle": (), "marshal": (), "shelve": (),
}  # fmt: skip

SPECIALTIES = ("behavioral_health", "dental", "telehealth", "home_health")


def imported(path: Path) -> Iterator[tuple[int, str]]:
    for node in nodes_of(path):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: imports are absolute here"
            yield node.lineno, node.module or ""


def wrong_imports(path: Path) -> Iterator[str]:
    name = name_of(path)
    floor = name.partition("/")[0]
    for line, module in imported(path):
        top = module.partition(".")[0]
        where = f"{name}.py:{line}"
        if top in PACKAGES and top not in MAY_IMPORT[floor]:
            yield f"{where}: {floor} may not import {module}"
        for banned, places in ONLY_IN.items():
            is_it = module == banned or module.startswith(f"{banned}.")
            if is_it and not name.startswith(places):
                yield f"{where}: {banned} is imported elsewhere only"
        if floor == "core" and top not in PACKAGES:
            allowed = CORE_OUTSIDE | (
                CORE_CRYPTO_OUTSIDE if name.startswith("core/crypto/") else set()
            )
            if top not in allowed:
                yield f"{where}: core does not import {module}"


@pytest.mark.control("R33")
def test_a_file_imports_only_what_its_floor_may() -> None:
    assert [fault for path in FILES for fault in wrong_imports(path)] == []


@pytest.mark.parametrize("specialty", SPECIALTIES)
def test_a_specialty_never_imports_another(specialty: str) -> None:
    others = tuple(f"plugins.{one}" for one in SPECIALTIES if one != specialty)
    for path in files_below(f"plugins/{specialty}/"):
        for line, module in imported(path):
            assert not module.startswith(others), f"{name_of(path)}.py:{line} imports {module}"


CLOCKS = {"now", "today", "utcnow", "monotonic", "perf_counter"}


def outside_calls(path: Path) -> Iterator[str]:
    for node in nodes_of(path):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        where = f"{name_of(path)}.py:{node.lineno}"
        if isinstance(called, ast.Name):
            if called.id in {"open", "input", "exec", "eval", "print", "uuid4", "uuid1"}:
                yield f"{where} calls {called.id}"
        elif isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
            owner = called.value.id
            if owner in {"datetime", "date", "time"} and called.attr in CLOCKS:
                yield f"{where} reads the clock"
            if owner in {"os", "random", "secrets", "socket"}:
                yield f"{where} reaches outside"


def test_core_reads_no_clock_file_environment_or_randomness() -> None:
    assert [fault for path in files_below("core/") for fault in outside_calls(path)] == []


def words_in_sql(path: Path) -> Iterator[str]:
    for node in nodes_of(path):
        if not isinstance(node, ast.JoinedStr):
            continue
        literal = "".join(
            part.value
            for part in node.values
            if isinstance(part, ast.Constant) and isinstance(part.value, str)
        )
        if not any(word in literal for word in ("SELECT ", "INSERT ", "UPDATE ", "DELETE ")):
            continue
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                names = {n.id for n in ast.walk(part.value) if isinstance(n, ast.Name)}
                if not all(name.lstrip("_").isupper() for name in names):
                    yield f"{name_of(path)}.py:{node.lineno} puts {sorted(names)} into SQL"


def test_sql_is_put_together_from_constants_only() -> None:
    looked_at = [
        path
        for path in files_below("tenants/store/", "audit/store")
        if "/migrations/" not in name_of(path)
    ]
    assert looked_at
    assert [fault for path in looked_at for fault in words_in_sql(path)] == []


@pytest.mark.attack("S-66")
def test_connections_are_made_in_one_place_from_one_address() -> None:
    """Money is read where it is written: there is no second engine for reading, and no replica."""
    makers = {
        name_of(path)
        for path in FILES
        if re.search(r"\b(create_engine|create_async_engine|engine_from_config)\(", text_of(path))
    }
    assert makers == {"tenants/session", "tenants/store/schema"}
    addresses = [
        (name_of(path), line.strip())
        for path in FILES
        for line in text_of(path).splitlines()
        if "DATABASE_URL" in line and "given" in line
    ]
    assert addresses
    assert {name for name, _ in addresses} == {"api/settings"}
