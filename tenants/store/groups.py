"""A row's sealed groups: one value, spread over one sealed column a class of confidentiality.

The top-level fields of a value are dealt out to the classes; every column holds a msgpack map of
its fields, under the key of its class. To read the value whole, the maps are joined into one, which
costs no more than a copy, and decoded once. Reading one group opens no other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any, Generic, TypeVar
from uuid import UUID

import msgspec

from core.confidentiality import FieldClass, Sensitivity
from core.errors import SealError
from tenants.sealer import Sealer

T = TypeVar("T", bound=msgspec.Struct)

encode = msgspec.msgpack.Encoder(decimal_format="string").encode

_BROKEN = "a sealed group does not hold what it should"
_FIXMAP_MAX = 0x8F
_MAP_16 = 0xDE


class SealedGroups(Generic[T]):
    """How values of ``kind`` lie in ``table``.

    ``apart`` names the fields of each class; what is not named is in the group of ``rest``, where
    the fields named, and ``elsewhere`` those another row holds, are replaced by what ``blank``
    says. With ``rest`` clinical there are two columns for it, and the row's sensitivity says which
    one is used. ``columns`` are the table's sealed columns in the order ``seal`` gives them.
    """

    def __init__(
        self,
        table: str,
        kind: type[T],
        *,
        apart: Mapping[FieldClass, Sequence[str]],
        rest: FieldClass,
        blank: Mapping[str, object],
    ) -> None:
        self._table = table
        self._apart = tuple(
            (group.value, tuple(names), _getter(names)) for group, names in apart.items()
        )
        self._rest = rest
        self._blank = dict(blank)
        self._decoder = msgspec.msgpack.Decoder(kind)
        rests = (rest, FieldClass.SUBSTANCE_USE) if rest is FieldClass.CLINICAL else (rest,)
        self.columns = (*(group.value for group in apart), *(group.value for group in rests))

    def seal(
        self, sealer: Sealer, row_id: UUID, value: T, sensitivity: Sensitivity = Sensitivity.NONE
    ) -> tuple[bytes | None, ...]:
        """The sealed columns of a row, in the order of ``columns``."""
        table = self._table
        sealed: list[bytes | None] = [
            sealer.seal(table, column, row_id, encode(dict(zip(names, fields(value), strict=True))))
            for column, names, fields in self._apart
        ]
        rest = encode(msgspec.structs.replace(value, **self._blank))
        if self._rest is not FieldClass.CLINICAL:
            sealed.append(sealer.seal(table, self._rest, row_id, rest))
        elif sensitivity is Sensitivity.SUBSTANCE_USE:
            sealed += [None, sealer.seal(table, FieldClass.SUBSTANCE_USE, row_id, rest)]
        else:
            sealed += [sealer.seal(table, FieldClass.CLINICAL, row_id, rest), None]
        return tuple(sealed)

    def open(self, sealer: Sealer, row_id: UUID, row: Any) -> T:
        """The whole value; ``row`` has the sealed columns as attributes."""
        table = self._table
        column: str = self._rest
        if self._rest is FieldClass.CLINICAL and row.clinical is None:
            column = FieldClass.SUBSTANCE_USE
        groups = [sealer.open(table, column, row_id, getattr(row, column))]
        for name, _, _ in self._apart:
            groups.append(sealer.open(table, name, row_id, getattr(row, name)))
        return self._decoder.decode(joined(groups))

    def open_one(self, sealer: Sealer, group: FieldClass, row_id: UUID, sealed: bytes) -> bytes:
        """The msgpack map of one group alone."""
        return sealer.open(self._table, group, row_id, sealed)


def joined(maps: Sequence[bytes]) -> bytes:
    """Several msgpack maps as one; of a field that stands in two of them, the later one counts."""
    count = 0
    parts = [b""]
    for one in maps:
        head = one[0] if one else 0
        if 0x80 <= head <= _FIXMAP_MAX:
            count += head & 0x0F
            parts.append(one[1:])
        elif head == _MAP_16:
            count += one[1] << 8 | one[2]
            parts.append(one[3:])
        else:
            raise SealError(_BROKEN)
    parts[0] = bytes((_MAP_16, count >> 8, count & 0xFF))
    return b"".join(parts)


def _getter(names: Sequence[str]) -> Callable[[Any], tuple[Any, ...]]:
    if len(names) == 1:
        [name] = names
        return lambda value: (getattr(value, name),)
    return attrgetter(*names)
