"""Blind indexes: find a sealed value by equality without storing it.

An index is ``key version u8 | normaliser version u8 | bits u8 | HMAC-SHA256 truncated to bits``.
The three leading bytes let a re-index find what is still in an older form. An index with few bits
is meant to collide: it only narrows the search, and every candidate is opened and compared. Few
bits hide which rows are equal; many bits (an identifier, unique by nature) may carry a UNIQUE.
"""

from __future__ import annotations

import hmac
import unicodedata
from collections.abc import Callable
from enum import StrEnum

from core.crypto.encoding import length_prefixed, subkey
from core.dates import parse_day
from core.errors import InputError

BITS_MIN = 4
BITS_MAX = 128

_PART_SEPARATOR = "\x1f"


class Normaliser(StrEnum):
    """How a value is made comparable before it is indexed."""

    NAME = "name"
    """A person's or organisation's name: accents, case, spaces and punctuation do not count."""
    DATE = "date"
    """A day, in any form ``core.dates.parse_day`` reads."""
    IDENTIFIER = "identifier"
    """A member id, record number or control number: case and punctuation do not count."""
    NAME_AND_DATE = "name_and_date"
    """Last name with birth date, as ``name_and_date`` joins them: the search staff do most."""


def name_and_date(name: str, day: str) -> str:
    """The value to index under ``Normaliser.NAME_AND_DATE``."""
    return name.replace(_PART_SEPARATOR, "") + _PART_SEPARATOR + day


def _name(value: str) -> str:
    # Folding case can bring back a composed letter, so the decomposition runs on both sides of it.
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", value).casefold())
    return "".join(sign for sign in folded if sign.isalnum())


def _date(value: str) -> str:
    return parse_day(value.strip()).isoformat()


def _identifier(value: str) -> str:
    upper = unicodedata.normalize("NFKC", value).upper()
    return "".join(sign for sign in upper if sign.isalnum())


def _name_and_date(value: str) -> str:
    name, separator, day = value.rpartition(_PART_SEPARATOR)
    if not separator:
        raise InputError("a search by name and date needs both of them")
    return _name(name) + _PART_SEPARATOR + _date(day)


# A change in what a normaliser does needs a new version here and a re-index of what is stored.
_NORMALISERS: dict[Normaliser, tuple[int, Callable[[str], str]]] = {
    Normaliser.NAME: (1, _name),
    Normaliser.DATE: (1, _date),
    Normaliser.IDENTIFIER: (1, _identifier),
    Normaliser.NAME_AND_DATE: (1, _name_and_date),
}


def normalise(normaliser: Normaliser, value: str) -> str:
    """``value`` in the form that is compared. ``InputError`` for a date that is none."""
    return _NORMALISERS[normaliser][1](value)


def bits_for(row_count: int) -> int:
    """The length of a searchable index over ``row_count`` rows: floor(log2(rows / 2)).

    From the rule that every index value should keep two candidates on average, so that equality
    of index values does not prove equality of the values behind them.
    """
    return min(BITS_MAX, max(BITS_MIN, (max(row_count, 1) // 2).bit_length() - 1))


class BlindIndex:
    """The blind indexes of one practice: its own key, so that no two practices share a value."""

    __slots__ = ("_column_keys", "_key", "_key_version")

    def __init__(self, key: bytes, key_version: int) -> None:
        self._key = key
        self._key_version = key_version
        self._column_keys: dict[tuple[str, str], bytes] = {}

    def blind(
        self, table: str, column: str, normaliser: Normaliser, value: str, bits: int
    ) -> bytes:
        """The index of ``value`` in a column, ``bits`` long (4 to 128)."""
        if not BITS_MIN <= bits <= BITS_MAX:
            raise InputError(f"a blind index has {BITS_MIN} to {BITS_MAX} bits")
        key = self._column_keys.get((table, column))
        if key is None:
            key = subkey(self._key, "blind-index", table, column)
            self._column_keys[table, column] = key
        version, function = _NORMALISERS[normaliser]
        # The normaliser is part of what is hashed: a name and an identifier that normalise to the
        # same text give different values.
        text = length_prefixed(normaliser.encode(), bytes((version,))) + function(value).encode()
        size = (bits + 7) // 8
        whole = int.from_bytes(hmac.digest(key, text, "sha256")[:size], "big")
        kept = whole >> (size * 8 - bits) << (size * 8 - bits)
        return bytes((self._key_version & 0xFF, version, bits)) + kept.to_bytes(size, "big")
