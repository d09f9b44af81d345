"""Texts are found by words of them: whole, begun, in another spelling, mistyped."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.codes.word_index import WordIndex, errors_between, make_word_index, words_of

TEXTS = [
    "Anemia",
    "Pneumonia",
    "Viral pneumonia",
    "Fracture of right radius",
    "Foreign body in eye",
]
INDEX = WordIndex(make_word_index(TEXTS))


def found(text: str) -> list[str]:
    return [TEXTS[number] for number in INDEX.find(text)[0]]


@pytest.mark.parametrize(
    ("typed", "texts"),
    [
        ("pneumonia", ["Pneumonia", "Viral pneumonia"]),
        ("pneumonia viral", ["Viral pneumonia"]),
        ("pneu", ["Pneumonia", "Viral pneumonia"]),
        ("anaemia", ["Anemia"]),
        ("fractures of radius", ["Fracture of right radius"]),
        ("pnuemonia", ["Pneumonia", "Viral pneumonia"]),
        ("neumonia", ["Pneumonia", "Viral pneumonia"]),
        ("fracure rihgt", ["Fracture of right radius"]),
        ("foriegn bdy", ["Foreign body in eye"]),
        ("zzzz", []),
        ("", []),
        ("the of", []),
    ],
)
def test_a_text_is_found_by_its_words(typed: str, texts: list[str]) -> None:
    assert found(typed) == texts


def test_where_no_text_has_all_words_the_rarest_count() -> None:
    numbers, is_whole = INDEX.find("viral radius")
    assert not is_whole
    assert list(numbers) != []


_WORDS = st.text("bcdk", min_size=4, max_size=9)


@given(st.lists(st.lists(_WORDS, min_size=1, max_size=4).map(" ".join), min_size=1, max_size=20))
def test_every_text_is_found_by_each_of_its_words(texts: list[str]) -> None:
    index = WordIndex(make_word_index(texts))
    for number, text in enumerate(texts):
        for word in words_of(text):
            assert number in list(index.find(f"{word} {word}")[0])


def test_a_word_of_many_texts_is_found_in_all() -> None:
    texts = [f"common number{number}" for number in range(500)]
    index = WordIndex(make_word_index(texts))
    assert list(index.find("common")[0]) == list(range(500))


@pytest.mark.parametrize(
    ("one", "other", "errors"),
    [
        ("asthma", "asthma", 0),
        ("asthma", "astma", 1),
        ("asthma", "ashtma", 1),
        ("asthma", "asthhma", 1),
        ("asthma", "isthma", 1),
        ("asthma", "istma", 2),
        ("asthma", "angina", 3),
    ],
)
def test_a_swap_of_two_letters_is_one_error(one: str, other: str, errors: int) -> None:
    assert errors_between(one, other, 2) == errors
    assert errors_between(other, one, 2) == errors
