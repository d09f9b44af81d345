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
# Plain strings: a member of an enum is slower to look up, and this is done for every cell.
_CLINICAL = FieldClass.CLINICAL.value
_SUBSTANCE_USE = FieldClass.SUBSTANCE_USE.value
_SENSITIVE = Sensitivity.SUBSTANCE_USE

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
        self._apart = tuple((group.value, _fields(tuple(names))) for group, names in apart.items())
        self._names = tuple(group.value for group in apart)
        self._rest = rest.value
        self._may_be_sensitive = rest is FieldClass.CLINICAL
        self._blank = dict(blank)
        self._decoder = msgspec.msgpack.Decoder(kind)
        rests = (rest, FieldClass.SUBSTANCE_USE) if rest is FieldClass.CLINICAL else (rest,)
        self.columns = (*(group.value for group in apart), *(group.value for group in rests))

    def seal(
        self, sealer: Sealer, row_id: UUID, value: T, sensitivity: Sensitivity = Sensitivity.NONE
    ) -> tuple[bytes | None, ...]:
        """The sealed columns of a row, in the order of ``columns``."""
        groups = [(column, encode(fields(value))) for column, fields in self._apart]
        rest = encode(msgspec.structs.replace(value, **self._blank))
        if not self._may_be_sensitive:
            groups.append((self._rest, rest))
            return tuple(sealer.seal_row(self._table, row_id, groups))
        if sensitivity is _SENSITIVE:
            groups.append((_SUBSTANCE_USE, rest))
            *apart, last = sealer.seal_row(self._table, row_id, groups)
            return (*apart, None, last)
        groups.append((_CLINICAL, rest))
        return (*sealer.seal_row(self._table, row_id, groups), None)

    def open(self, sealer: Sealer, row_id: UUID, row: Any) -> T:
        """The whole value; ``row`` has the sealed columns as attributes."""
        column = self._rest
        if self._may_be_sensitive and row.clinical is None:
            column = _SUBSTANCE_USE
        # The rest first: its blanks give way to what the other groups hold.
        groups = [(column, getattr(row, column))]
        groups += [(name, getattr(row, name)) for name in self._names]
        return self._decoder.decode(joined(sealer.open_row(self._table, row_id, groups)))


def joined(maps: Sequence[bytes]) -> bytes:
    """Several msgpack maps as one; of a field that stands in two of them, the later one counts."""
    count = 0
    bodies = [b""]
    for one in maps:
        head = one[0] if one else 0
        if 0x80 <= head <= _FIXMAP_MAX:
            count += head - 0x80
            bodies.append(one[1:])
        elif head == _MAP_16:
            count += one[1] << 8 | one[2]
            bodies.append(one[3:])
        else:
            raise SealError(_BROKEN)
    bodies[0] = b"\xde%c%c" % (count >> 8, count & 0xFF)
    return b"".join(bodies)


def _fields(names: tuple[str, ...]) -> Callable[[Any], dict[str, Any]]:
    if len(names) == 1:
        [name] = names
        return lambda value: {name: getattr(value, name)}
    values = attrgetter(*names)
    return lambda value: dict(zip(names, values(value), strict=True))
