"""The one search for diagnoses: by code, by words, by what people call them, mistyped too."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import islice

import msgspec

from core.codes.compact import pack, unpack
from core.codes.diagnoses import Diagnosis, without_point
from core.codes.diagnosis_book import IcdBook
from core.codes.word_index import WordIndex, make_word_index, words_of

_WIDTH = 7
_CODE = re.compile(r"[A-Za-z][0-9A-Za-z]{2}\.?[0-9A-Za-z]{0,4}", re.ASCII).fullmatch
_BEGUN_CODE = re.compile(r"[A-Za-z][0-9][0-9A-Za-z]?\.?", re.ASCII).fullmatch
# What is written for the other by hand, and read so.
_LOOKS_LIKE = str.maketrans({"O": "0", "I": "1", "L": "1"})
_ASKED_WORDS_MAX = 12
_ASKED_CHARACTERS_MAX = 200
# So many texts are looked through for codes that are not found yet.
_LOOKED_THROUGH_MAX = 400
_IN_BRACKETS = re.compile(r"\([^()]*\)")
_SAYS_NOTHING = frozenset(("unspecified", "nos"))


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A code that was found, with its description.

    ``is_billable`` None: no list speaks for the day. ``by``: the words it was found by, where they
    are not those of the description.
    """

    code: str
    words: str
    is_billable: bool | None
    by: str = ""


def make_search(named: Iterable[tuple[str, str, bool]]) -> bytes:
    """The compact form of a search over codes and their words; True: it is the description.

    Short texts come first, for a word is a greater part of them; of those, the general ones.
    """
    rows = sorted(
        {(*_breadth(words), code, not is_title, words) for code, words, is_title in named}
    )
    return pack(
        {
            "codes": "".join(code.ljust(_WIDTH) for _, _, code, _, _ in rows).encode("ascii"),
            "phrases": "\n".join(words if other else "" for *_, other, words in rows).encode(),
            "index": make_word_index([words for *_, words in rows]),
        }
    )


def _breadth(words: str) -> tuple[int, bool]:
    """How many words say something (what is in brackets may be left out); whether it is special."""
    said = words_of(_IN_BRACKETS.sub(" ", words))
    saying = [word for word in said if word not in _SAYS_NOTHING]
    return len(saying), len(saying) == len(said)


class DiagnosisSearch:
    """Answers from an index made by ``make_search``, with standing and words of ``book``."""

    def __init__(
        self, book: IcdBook, data: bytes | memoryview, synonyms: Mapping[str, str]
    ) -> None:
        """``synonyms``: what people say, and the words of the book for it."""
        runs, _ = unpack(data)
        self._book = book
        self._codes = runs["codes"]
        self._phrases = str(runs["phrases"], "utf-8").split("\n")
        self._index = WordIndex(runs["index"])
        self._synonyms = {tuple(words_of(said)): meant for said, meant in synonyms.items()}
        self._longest = max(map(len, self._synonyms), default=0)

    def find(
        self, text: str, day: date, *, limit: int = 20, billable_only: bool = False
    ) -> list[Found]:
        """The codes of ``day`` that ``text`` means, the best first."""
        text = text.strip()[:_ASKED_CHARACTERS_MAX]
        found: dict[str, Found] = {}
        for code, by in self._candidates(text, day):
            if code in found:
                continue
            standing = self._book.standing(code, day)
            if standing is Diagnosis.ABSENT:
                continue
            is_billable = None if standing is None else standing is Diagnosis.BILLABLE
            if billable_only and is_billable is False:
                continue
            words = self._book.words(code, day)
            found[code] = Found(code=code, words=words, is_billable=is_billable, by=by)
            if len(found) == limit:
                break
        return list(found.values())

    def _candidates(self, text: str, day: date) -> Iterator[tuple[str, str]]:
        if any(sign.isdigit() for sign in text) and (_CODE(text) or _BEGUN_CODE(text)):
            codes = list(self._by_code(without_point(text), day))
            yield from ((code, "") for code in codes)
            if codes:
                return
        wordings = [" ".join(text.split()[:_ASKED_WORDS_MAX])]
        if (meant := self._meant(wordings[0])) is not None:
            wordings.insert(0, meant)
        answers = [self._index.find(wording) for wording in wordings]
        for numbers, _ in sorted(answers, key=lambda one: not one[1]):
            for number in islice(numbers, _LOOKED_THROUGH_MAX):
                code = str(self._codes[number * _WIDTH : (number + 1) * _WIDTH], "ascii").rstrip()
                yield code, self._phrases[number]

    def _by_code(self, code: str, day: date) -> Iterator[str]:
        """The codes that begin so; where there are none, those it may have been meant for."""
        table = self._book.table(day)
        alike = code[:1] + code[1:].translate(_LOOKS_LIKE)
        for length in range(len(code), 2 if len(code) > 2 else 1, -1):
            for begun in dict.fromkeys((code[:length], alike[:length])):
                there = table.beginning(begun)
                if there:
                    yield from map(table.code_at, there)
                    return

    def _meant(self, text: str) -> str | None:
        """``text`` with the words of the book for what people say; None when it has none."""
        words = words_of(text)
        said: list[str] = []
        place, is_other = 0, False
        while place < len(words):
            for count in range(min(self._longest, len(words) - place), 0, -1):
                meant = self._synonyms.get(tuple(words[place : place + count]))
                if meant is not None:
                    said.append(meant)
                    place, is_other = place + count, True
                    break
            else:
                said.append(words[place])
                place += 1
        return " ".join(said) if is_other else None
