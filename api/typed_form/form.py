"""A form as it is drawn and as it comes back.

A field that comes back as it was drawn keeps its value, whatever that is: nobody changes a value by
looking at it, and what a form cannot show faithfully is kept. Every name that is sent must be one
that was drawn. ``before`` is the value the form was drawn from; whoever calls makes sure, by its
version, that it is still the same.

Names: ``f.axis``; ``f.lenses.0.axis`` in the first row of a list; and behind a question mark what
is about a field: ``f.consent?given``, ``f.lenses?rows``, ``f.lenses.0?remove``, ``f.days?ticks``,
``f.api_key?remove``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from api.typed_form.fields import Field, Kind, Sheet
from api.typed_form.values import (
    MISSING,
    NO,
    YES,
    WrongError,
    is_ticked,
    shown,
    taken,
    ticked,
    wanted,
)
from core.errors import InputError

PREFIX = "f"
ROWS_MAX = 50
"""Rows of one list that a form has room for; a longer list is asked as JSON, or kept."""

SENT_MAX = 2_000
FIELDS_DRAWN_MAX = 4_000
"""Fields of all groups and rows together; a form is below 100."""

SECRET_CHARACTERS_MAX = 2_000
_ROWS = re.compile(r"[0-9]{1,3}\Z", re.ASCII)

Posted = Mapping[str, Sequence[str]]


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """A field as a template draws it. ``how`` is the kind it is drawn as, ``kept`` among them.

    ``text`` is what stands in the field, ``options`` are (code, words, chosen). ``below`` are the
    fields of a group, or the rows of a list; ``given`` says whether an optional group is there,
    None where it always is. ``is_set`` is about secrets.
    """

    field: Field
    name: str
    how: str
    text: str = ""
    options: tuple[tuple[str, str, bool], ...] = ()
    below: tuple[Drawn, ...] = ()
    given: bool | None = None
    removed: bool = False
    is_set: bool = False
    wanted: str = ""
    error: str = ""


class SecretChange(msgspec.Struct, frozen=True, kw_only=True):
    """A secret that is replaced, or taken away: then ``text`` is empty."""

    key: str
    text: str


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What came back: the JSON object, what becomes of secrets, and what is wrong by name.

    ``places`` are, by the name of a list, the rows of the form that its rows came from.
    """

    value: dict[str, Any]
    secrets: tuple[SecretChange, ...] = ()
    errors: Mapping[str, str] = {}
    places: Mapping[str, tuple[int, ...]] = {}


def draw(
    form: Sheet,
    value: Mapping[str, Any],
    *,
    posted: Posted | None = None,
    errors: Mapping[str, str] | None = None,
    more: str = "",
    secrets_set: Sequence[str] = (),
) -> tuple[Drawn, ...]:
    """The form over ``value``; with ``posted``, as somebody has filled it in.

    ``more`` names the list that gets a further row.
    """
    drawer = _Drawer(posted, errors or {}, more, frozenset(secrets_set))
    return tuple(drawer.fields(form.fields, PREFIX, value))


def take(form: Sheet, before: Mapping[str, Any], posted: Posted) -> Taken:
    """The value that was posted. ``InputError`` for a post no form of this type sends."""
    if len(posted) > SENT_MAX:
        raise InputError("this form was sent with more fields than it has")
    taker = _Taker(posted)
    value = taker.fields(form.fields, PREFIX, before)
    if not taker.is_known_throughout():
        raise InputError("this form was sent with a field it does not have; open it again")
    return Taken(
        value=value, secrets=tuple(taker.secrets), errors=taker.errors, places=taker.places
    )


def judged(form: Sheet, found: Taken, kind: type[msgspec.Struct]) -> Taken:
    """``found`` after the type itself has looked at it; what it refuses is placed at its field."""
    if found.errors:
        return found
    try:
        msgspec.json.decode(msgspec.json.encode(found.value), type=kind)
    except (msgspec.MsgspecError, OverflowError) as problem:
        name, label = _place(form.fields, found.places, str(problem))
        refused = {name: f"{label}: this is not taken as it stands"}
        return msgspec.structs.replace(found, errors=refused)
    return found


def posted_of(items: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    """The fields of a typed form among all that were sent."""
    found: dict[str, list[str]] = {}
    for name, text in items:
        if name.startswith(f"{PREFIX}."):
            found.setdefault(name, []).append(text)
    return found


def _drawn_as(field: Field, value: Any) -> str:
    """How this value of the field is drawn: as its kind, as JSON, or not at all."""
    if field.kind is Kind.GROUP:
        fits = value in (None, MISSING) or isinstance(value, Mapping)
    elif field.kind is Kind.ROWS:
        fits = value in (None, MISSING) or (
            isinstance(value, list)
            and len(value) <= ROWS_MAX
            and all(isinstance(each, Mapping) for each in value)
        )
    elif field.kind is Kind.TICKS:
        fits = value is None or value is MISSING or is_ticked(field, value)
    elif field.kind is Kind.SECRET:
        fits = True
    else:
        fits = shown(field, value) is not None
    if fits:
        return field.kind.value
    return Kind.JSON.value if shown(_as_json(field), value) is not None else "kept"


def _as_json(field: Field) -> Field:
    return msgspec.structs.replace(field, kind=Kind.JSON)


def _meant(field: Field, value: Any) -> Any:
    """``value``, or what a missing key means."""
    return field.default if value is MISSING else value


def _has_switch(field: Field) -> bool:
    """Whether a group or a list of groups may be left out as a whole."""
    if field.kind is Kind.ROWS:
        return field.optional
    return field.optional or (not field.required and field.default is MISSING)


class _Drawer:
    def __init__(
        self, posted: Posted | None, errors: Mapping[str, str], more: str, secrets: frozenset[str]
    ) -> None:
        self._posted = posted
        self._errors = errors
        self._more = more
        self._secrets = secrets
        self._count = _Count()

    def fields(
        self, fields: Sequence[Field], above: str, value: Mapping[str, Any]
    ) -> Iterator[Drawn]:
        self._count.add(len(fields))
        for field in fields:
            yield self.field(field, f"{above}.{field.name}", value.get(field.key, MISSING))

    def field(self, field: Field, name: str, value: Any) -> Drawn:
        how = _drawn_as(field, value)
        drawn = Drawn(
            field=field,
            name=name,
            how=how,
            wanted=wanted(_as_json(field) if how == Kind.JSON else field),
            error=self._errors.get(name, ""),
        )
        replace = msgspec.structs.replace
        if how == Kind.SECRET:
            return replace(drawn, is_set=field.key in self._secrets)
        if how == Kind.GROUP:
            return self._group(drawn, _meant(field, value))
        if how == Kind.ROWS:
            return self._rows(drawn, _meant(field, value))
        if how == Kind.TICKS:
            return replace(drawn, options=self._ticks(drawn, _meant(field, value)))
        if how == "kept":
            return drawn
        text = shown(_as_json(field) if how == Kind.JSON else field, value) or ""
        text = self._sent(name, text)
        return replace(drawn, text=text, options=_options(field, how, text))

    def _sent(self, name: str, drawn: str) -> str:
        if self._posted is None:
            return drawn
        return next(iter(self._posted.get(name, ())), drawn)

    def _group(self, drawn: Drawn, value: Any) -> Drawn:
        there = isinstance(value, Mapping)
        given = None
        if _has_switch(drawn.field):
            given = self._sent(f"{drawn.name}?given", YES if there else NO) == YES
        below = self.fields(drawn.field.fields, drawn.name, value if there else {})
        return msgspec.structs.replace(drawn, below=tuple(below), given=given)

    def _rows(self, drawn: Drawn, value: Any) -> Drawn:
        field, name = drawn.field, drawn.name
        assert field.item is not None, "a list holds something"
        rows = list(value) if isinstance(value, list) else []
        count = len(rows)
        if self._posted is not None and _ROWS.match(sent := self._sent(f"{name}?rows", "")):
            count = max(count, min(int(sent), ROWS_MAX))
        if self._more == name:
            count = min(count + 1, ROWS_MAX)
        rows += [{}] * (count - len(rows))
        given = None
        if _has_switch(field):
            there = YES if isinstance(value, list) else NO
            given = self._more == name or self._sent(f"{name}?given", there) == YES
        below = tuple(
            Drawn(
                field=field.item,
                name=f"{name}.{place}",
                how="row",
                error=self._errors.get(f"{name}.{place}", ""),
                below=tuple(self.fields(field.item.fields, f"{name}.{place}", row)),
                removed=self._sent(f"{name}.{place}?remove", NO) == YES,
            )
            for place, row in enumerate(rows)
        )
        return msgspec.structs.replace(drawn, below=below, given=given, text=str(count))

    def _ticks(self, drawn: Drawn, value: Any) -> tuple[tuple[str, str, bool], ...]:
        field = drawn.field
        chosen = {one.code for one in field.options if value and one.value in value}
        if self._posted is not None and f"{drawn.name}?ticks" in self._posted:
            chosen = set(self._posted.get(drawn.name, ()))
        return tuple((one.code, one.words, one.code in chosen) for one in field.options)


def _options(field: Field, how: str, text: str) -> tuple[tuple[str, str, bool], ...]:
    if how == Kind.FLAG:
        known = [(YES, "Yes"), (NO, "No")]
    elif how == Kind.CHOICE:
        known = [(one.code, one.words) for one in field.options]
    else:
        return ()
    if field.optional:
        known.insert(0, ("", "not given"))
    elif not text and all(code for code, _ in known):
        known.insert(0, ("", "choose"))
    return tuple((code, words, code == text) for code, words in known)


class _Taker:
    def __init__(self, posted: Posted) -> None:
        self._posted = posted
        self._known: set[str] = set()
        self._aside: list[str] = []
        self._count = _Count()
        self.places: dict[str, tuple[int, ...]] = {}
        self.errors: dict[str, str] = {}
        self.secrets: list[SecretChange] = []

    def is_known_throughout(self) -> bool:
        """Whether everything that was sent was asked for."""
        aside = tuple(self._aside)
        return all(name in self._known or name.startswith(aside) for name in self._posted)

    def fields(
        self, fields: Sequence[Field], above: str, before: Mapping[str, Any]
    ) -> dict[str, Any]:
        self._count.add(len(fields))
        value = {}
        for field in fields:
            name = f"{above}.{field.name}"
            found = self.field(field, name, before.get(field.key, MISSING))
            if found is not MISSING:
                value[field.key] = found
        return value

    def field(self, field: Field, name: str, before: Any) -> Any:
        how = _drawn_as(field, before)
        if how == "kept":
            return before
        if how == Kind.SECRET:
            return self._secret(field, name)
        if how == Kind.GROUP:
            return self._group(field, name, before)
        if how == Kind.ROWS:
            return self._rows(field, name, before)
        if how == Kind.TICKS:
            return self._ticks(field, name, before)
        return self._simple(_as_json(field) if how == Kind.JSON else field, name, before)

    def _text(self, name: str) -> str | None:
        """What was sent under this name, once; None where nothing was."""
        self._known.add(name)
        sent = self._posted.get(name, ())
        if len(sent) > 1:
            raise InputError("this form was sent with one field twice; open it again")
        return sent[0] if sent else None

    def _wrong(self, field: Field, name: str, problem: str) -> None:
        self.errors.setdefault(name, f"{field.label}: {problem}")

    def _simple(self, field: Field, name: str, before: Any) -> Any:
        text = self._text(name)
        stands = text is None or text == shown(field, before)
        if stands and not (before is MISSING and field.required):
            return before
        try:
            return taken(field, text or "")
        except WrongError as problem:
            self._wrong(field, name, str(problem))
            return before

    def _secret(self, field: Field, name: str) -> Any:
        text, removed = self._text(name) or "", self._text(f"{name}?remove") == YES
        if text and removed:
            self._wrong(field, name, "either a new one, or none")
        elif len(text) > SECRET_CHARACTERS_MAX:
            self._wrong(field, name, f"at most {SECRET_CHARACTERS_MAX} characters")
        elif text or removed:
            self.secrets.append(SecretChange(key=field.key, text=text))
        return MISSING

    def _is_left_out(self, field: Field, name: str, before: Any) -> bool:
        """Whether the switch of a group says that it is not there."""
        if not _has_switch(field):
            return False
        there = before not in (None, MISSING)
        sent = self._text(f"{name}?given")
        if sent not in (YES, NO, None):
            raise InputError("this form was sent with an answer it does not offer; open it again")
        return not there if sent is None else sent == NO

    def _group(self, field: Field, name: str, before: Any) -> Any:
        meant = _meant(field, before)
        if self._is_left_out(field, name, meant):
            self._aside.append(f"{name}.")
            if meant in (None, MISSING):
                return before
            return None if field.optional else MISSING
        return self.fields(field.fields, name, meant if isinstance(meant, Mapping) else {})

    def _rows(self, field: Field, name: str, before: Any) -> Any:
        assert field.item is not None, "a list holds something"
        meant = _meant(field, before)
        if self._is_left_out(field, name, meant):
            self._aside += [f"{name}.", f"{name}?rows"]
            return before if meant is None else None
        rows = list(meant) if isinstance(meant, list) else []
        count = self._rows_sent(name, len(rows))
        rows += [{}] * (count - len(rows))
        kept, places = [], []
        for place, row in enumerate(rows):
            at = f"{name}.{place}"
            if self._text(f"{at}?remove") == YES:
                self._aside.append(f"{at}.")
            else:
                kept.append(self.fields(field.item.fields, at, row))
                places.append(place)
        self.places[name] = tuple(places)
        if not self._is_many_enough(field, len(kept)):
            self._wrong(field, name, wanted(field))
        if not kept and before is MISSING and not field.required:
            return MISSING
        return kept

    def _rows_sent(self, name: str, least: int) -> int:
        sent = self._text(f"{name}?rows")
        if sent is None:
            return least
        if not _ROWS.match(sent) or not least <= int(sent) <= ROWS_MAX:
            raise InputError("this form was sent with rows it does not have; open it again")
        return int(sent)

    @staticmethod
    def _is_many_enough(field: Field, count: int) -> bool:
        if field.length_min is not None and count < field.length_min:
            return False
        return field.length_max is None or count <= field.length_max

    def _ticks(self, field: Field, name: str, before: Any) -> Any:
        self._known |= {name, f"{name}?ticks"}
        if f"{name}?ticks" not in self._posted:
            return before
        meant = _meant(field, before)
        try:
            found = ticked(field, tuple(self._posted.get(name, ())))
        except WrongError as problem:
            self._wrong(field, name, str(problem))
            return before
        now = [] if meant in (None, MISSING) else meant
        if sorted(map(repr, found)) == sorted(map(repr, now)):
            return [] if before is MISSING and field.required else before
        return found


_PATH = re.compile(r" - at `\$([^`]*)`\Z")
_STEP = re.compile(r"\[(\d+)\]|\.([^.\[]+)")


def _place(
    fields: Sequence[Field], places: Mapping[str, tuple[int, ...]], problem: str
) -> tuple[str, str]:
    """The name and label of the field that msgspec's message is about; the form itself if none."""
    name, label = PREFIX, "This form"
    found = _PATH.search(problem)
    for index, key in _STEP.findall(found[1] if found else ""):
        if index:
            rows = places.get(name, ())
            if int(index) < len(rows):
                name = f"{name}.{rows[int(index)]}"
            continue
        field = next((one for one in fields if one.key == key), None)
        if field is None:
            break
        name, label = f"{name}.{field.name}", field.label
        fields = field.fields or (field.item.fields if field.item else ())
    return name, label


class _Count:
    """Counts fields, so that rows within rows do not make a form without end."""

    def __init__(self) -> None:
        self._fields = 0

    def add(self, fields: int) -> None:
        self._fields += fields
        if self._fields > FIELDS_DRAWN_MAX:
            raise InputError("this form would have more rows than a form has room for")
