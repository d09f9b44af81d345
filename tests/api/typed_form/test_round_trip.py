"""Any value of any type is drawn as a form and comes back the same (K7, K8)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.typed_form.fields import schema_of, sheet
from api.typed_form.form import Taken, draw, judged, take
from core.errors import InputError
from tests.api.typed_form.browser import html_of, posted, sent
from tests.api.typed_form.types import structs
from tests.campaign import rounds


@st.composite
def cases(draw: Any) -> tuple[Any, Any]:
    kind, values = draw(structs())
    return kind, draw(values)


def back(kind: Any, value: Any) -> Taken:
    form, before = sheet(schema_of(kind)), plain(value)
    return judged(form, take(form, before, posted(sent(html_of(draw(form, before))))), kind)


def plain(value: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value))


@settings(max_examples=rounds(300), deadline=None, suppress_health_check=list(HealthCheck))
@given(cases())
def test_whoever_looks_at_a_form_and_saves_it_changes_nothing(case) -> None:
    kind, value = case
    found = back(kind, value)
    assert not found.errors
    again = msgspec.json.decode(msgspec.json.encode(found.value), type=kind)
    assert again == value


class Lens(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    axis: Annotated[int, msgspec.Meta(ge=0, le=180)]
    power: Decimal
    coated: bool | None = None


class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    eye: Literal["left", "right", "both"]
    day: date
    price_cents: int
    note: str = ""
    maker: str | None = None
    tints: tuple[Literal["grey", "brown"], ...] = ()
    states: tuple[str, ...] = ()
    spare: Lens | None = None
    lenses: tuple[Lens, ...] = ()


PRINTED = st.text(
    st.characters(min_codepoint=32, categories=["L", "N", "P", "S", "Zs"]), max_size=9
)
NAMES = PRINTED.map(str.strip).filter(bool)
LENSES = st.builds(
    Lens,
    axis=st.integers(0, 180),
    power=st.decimals(-20, 20, places=2),
    coated=st.none() | st.booleans(),
)
ORDERS = st.builds(
    Order,
    eye=st.sampled_from(["left", "right", "both"]),
    day=st.dates(),
    price_cents=st.integers(-(10**9), 10**9),
    note=st.just("") | NAMES,
    maker=st.none() | NAMES,
    tints=st.sampled_from([(), ("grey",), ("grey", "brown")]),
    states=st.lists(NAMES, max_size=3).map(tuple),
    spare=st.none() | LENSES,
    lenses=st.lists(LENSES, max_size=3).map(tuple),
)
FORM = sheet(schema_of(Order))


@settings(max_examples=rounds(400), deadline=None, suppress_health_check=list(HealthCheck))
@given(ORDERS)
def test_what_is_typed_into_an_empty_form_is_the_value(order: Order) -> None:
    typed = posted(sent(html_of(draw(FORM, plain(order)))))
    found = judged(FORM, take(FORM, {}, typed), Order)
    assert not found.errors
    assert msgspec.convert(found.value, Order) == order


ANY_TEXT = st.text(max_size=12) | st.sampled_from(
    ["yes", "no", "1", "-1", "999", "1e999", "NaN", "{", "é"]
)


@st.composite
def attacks(draw: Any) -> tuple[Order, dict[str, list[str]]]:
    """An honest form with some of its fields changed, left out, doubled or made up."""
    order = draw(ORDERS)
    items = posted(sent(html_of(draw_form(order))))
    for _ in range(draw(st.integers(1, 6))):
        name = draw(st.sampled_from(sorted(items)) | st.builds("f.{}".format, ANY_TEXT))
        items[name] = draw(st.lists(ANY_TEXT, max_size=2))
    return order, items


def draw_form(order: Order) -> Any:
    return draw(FORM, plain(order))


@settings(max_examples=rounds(500), deadline=None, suppress_health_check=list(HealthCheck))
@given(attacks())
def test_whatever_is_sent_gives_a_value_of_the_type_or_is_refused_in_words(attack) -> None:
    order, items = attack
    try:
        found = judged(FORM, take(FORM, plain(order), items), Order)
    except InputError:
        return
    if not found.errors:
        msgspec.convert(found.value, Order)
    drawn = draw(FORM, plain(order), posted=items, errors=found.errors)
    page = html_of(drawn)
    assert page.count('class="wrong"') == len(found.errors)
