"""Where a database is and who connects: one value, shown without its password."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

import msgspec
import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import TupleRow

from core.errors import SetupError

Connection = psycopg.Connection[TupleRow]

_SECRET_IN_URL = re.compile(r"(//[^:/@?#]*):[^@/?#]*@|((?:password|sslpassword)=)[^&#]*")

# libpq retries and waits without end otherwise.
_CONNECT_SECONDS = "10"


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """A user of a database; ``options`` are further libpq parameters (host, port, sslmode)."""

    user: str
    password: str
    dbname: str
    options: tuple[tuple[str, str], ...]

    def __repr__(self) -> str:
        return f"Address({redacted(self.url())})"

    def option(self, name: str) -> str:
        """The libpq parameter ``name``; empty when it is not set."""
        return dict(self.options).get(name, "")

    def login(self, user: str, password: str, *, dbname: str | None = None) -> Address:
        """The same server for another user, and perhaps another database."""
        return msgspec.structs.replace(
            self, user=user, password=password, dbname=dbname or self.dbname
        )

    def database(self, dbname: str) -> Address:
        """The same user in another database."""
        return msgspec.structs.replace(self, dbname=dbname)

    def conninfo(self) -> str:
        """What libpq takes; holds the password."""
        return make_conninfo(
            "", user=self.user, password=self.password, dbname=self.dbname, **dict(self.options)
        )

    def url(self) -> str:
        """What SQLAlchemy takes; holds the password. Without ``+psycopg`` libpq takes it too."""
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in self.options)
        return (
            f"postgresql+psycopg://{quote(self.user, safe='')}:{quote(self.password, safe='')}"
            f"@/{quote(self.dbname, safe='')}?{query}"
        )

    def connect(self, *, seconds: int | None = None) -> Connection:
        """A connection that commits each statement. Raises ``psycopg.OperationalError``."""
        timeout: dict[str, Any] = {} if seconds is None else {"connect_timeout": seconds}
        return psycopg.connect(self.conninfo(), autocommit=True, **timeout)


def embedded_address(folder: str, port: int, user: str, password: str) -> Address:
    """An address on the socket in ``folder``; the server must prove that it knows the password."""
    return Address(
        user=user,
        password=password,
        dbname="postgres",
        options=(
            ("host", folder),
            ("port", str(port)),
            # A stranger's server in this place could otherwise ask for the password in clear.
            ("require_auth", "scram-sha-256"),
            ("connect_timeout", _CONNECT_SECONDS),
        ),
    )


def address_of_url(url: str) -> Address:
    """The address in a PostgreSQL URL, SQLAlchemy's or libpq's. Raises ``SetupError``."""
    plain = re.sub(r"\Apostgres(?:ql)?(?:\+psycopg\w*)?://", "postgresql://", url)
    if not plain.startswith("postgresql://"):
        raise SetupError(
            "DATABASE_URL must be a PostgreSQL address like "
            "postgresql://user:password@host:5432/database."
        )
    try:
        parts = {name: str(value) for name, value in conninfo_to_dict(plain).items() if value}
    except psycopg.ProgrammingError:
        # libpq's own words would quote the URL, password included.
        raise SetupError("DATABASE_URL cannot be read; check it for a typing error.") from None
    if "host" not in parts and "hostaddr" not in parts:
        raise SetupError("DATABASE_URL names no host; add the server's name.")
    parts.setdefault("port", "5432")
    parts.setdefault("connect_timeout", _CONNECT_SECONDS)
    user, password = parts.pop("user", "postgres"), parts.pop("password", "")
    dbname = parts.pop("dbname", "postgres")
    return Address(
        user=user, password=password, dbname=dbname, options=tuple(sorted(parts.items()))
    )


def redacted(url: str) -> str:
    """``url`` with every password replaced by ``***``."""
    return _SECRET_IN_URL.sub(lambda m: f"{m[1]}:***@" if m[1] else f"{m[2]}***", url)
