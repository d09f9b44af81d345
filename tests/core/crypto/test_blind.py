"""Blind indexes: equal values meet, practices and columns do not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.crypto import BlindIndex, Normaliser, bits_for, name_and_date, normalise
from core.errors import InputError

INDEX = BlindIndex(bytes(range(32)), 1)


@pytest.mark.parametrize(
    ("normaliser", "value", "expected"),
    [
        (Normaliser.NAME, "O'Brien-Müller", "obrienmuller"),
        (Normaliser.NAME, "  de la  CRUZ ", "delacruz"),
        (Normaliser.NAME, "STRASSE", "strasse"),
        (Normaliser.NAME, "Straße", "strasse"),
        (Normaliser.NAME, "Nuñez", "nunez"),
        (Normaliser.NAME, "Nun\u0303ez", "nunez"),
        (Normaliser.NAME, "\ufb01scher", "fischer"),
        (Normaliser.NAME, "--", ""),
        (Normaliser.DATE, "1980-02-29", "1980-02-29"),
        (Normaliser.DATE, "19800229", "1980-02-29"),
        (Normaliser.DATE, " 2/29/1980 ", "1980-02-29"),
        (Normaliser.IDENTIFIER, "xyz-001 23", "XYZ00123"),
        (Normaliser.IDENTIFIER, "001", "001"),
        (Normaliser.NAME_AND_DATE, name_and_date("O'Brien", "2/9/1980"), "obrien\x1f1980-02-09"),
    ],
)
def test_values_are_made_comparable(normaliser: Normaliser, value: str, expected: str) -> None:
    assert normalise(normaliser, value) == expected


@pytest.mark.parametrize("value", ["", "yesterday", "1980-02-30"])
def test_a_date_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(InputError):
        INDEX.blind("patient", "birth_date", Normaliser.DATE, value, 10)


def test_a_name_without_a_date_is_refused() -> None:
    with pytest.raises(InputError):
        normalise(Normaliser.NAME_AND_DATE, "Smith")


@given(st.text(max_size=30))
def test_normalising_a_name_twice_changes_nothing(value: str) -> None:
    once = normalise(Normaliser.NAME, value)
    assert normalise(Normaliser.NAME, once) == once


def blind(value: str, *, bits: int = 64, table: str = "patient", column: str = "name") -> bytes:
    return INDEX.blind(table, column, Normaliser.NAME, value, bits)


def test_equal_after_normalising_is_equal_in_the_index() -> None:
    assert blind("MÜLLER ") == blind("muller")
    assert blind("muller") != blind("mueller")


def test_columns_tables_practices_and_normalisers_share_no_value() -> None:
    other, value = BlindIndex(bytes(32), 1), "4711"
    alike = {normalise(Normaliser.NAME, value), normalise(Normaliser.IDENTIFIER, value)}
    assert alike == {value}, "only what is hashed with it tells the two apart"
    values = {
        blind(value),
        blind(value, column="maiden_name"),
        blind(value, table="guarantor"),
        other.blind("patient", "name", Normaliser.NAME, value, 64),
        INDEX.blind("patient", "name", Normaliser.IDENTIFIER, value, 64),
    }
    assert len({value[3:] for value in values}) == 5


@pytest.mark.parametrize("bits", [4, 7, 8, 9, 12, 18, 64, 127, 128])
def test_an_index_has_the_bits_asked_for_and_no_more(bits: int) -> None:
    seen = 0
    for number in range(300):
        value = blind(f"name {number}", bits=bits)
        assert value[:3] == bytes((1, 1, bits))
        assert len(value) == 3 + (bits + 7) // 8
        seen |= int.from_bytes(value[3:], "big")
    spare = (bits + 7) // 8 * 8 - bits
    assert seen == ((1 << bits) - 1) << spare, "every bit is used, the spare ones never"


@pytest.mark.parametrize("bits", [0, 3, 129])
def test_a_length_out_of_bounds_is_refused(bits: int) -> None:
    with pytest.raises(InputError):
        blind("smith", bits=bits)


@pytest.mark.parametrize(
    ("rows", "bits"),
    [(0, 4), (1, 4), (40, 4), (64, 5), (10_000, 12), (100_000, 15), (1_000_000, 18)],
)
def test_the_length_keeps_two_candidates_a_value(rows: int, bits: int) -> None:
    """12, 15 and 18 bits are the published budget for 10 thousand, 100 thousand and a million."""
    assert bits_for(rows) == bits
