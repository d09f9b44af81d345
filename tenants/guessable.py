"""Whether a long password is one that is guessed first.

Length is what counts, yet people reach it by known means: one common word again and again, a row
of the keyboard, a year at the end, a saying. What is left of a password after all that is taken
away must still be worth something.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import msgspec

# Different letters that must be left when every known piece is gone; or so many digits that are
# no series, no year and no repetition.
LEFT_MIN = 6
_DIGITS_MIN = 12

_FILE = Path(__file__).parent / "data" / "guessable_passwords.txt"
_PIECE_CHARACTERS_MIN = 4
_RUN_CHARACTERS_MIN = 3

# Signs that stand for letters: p4$$w0rd.
_AS_LETTERS = str.maketrans("0134578@$!+", "oieastbasit")
_YEAR = re.compile(r"(?:19|20)\d\d")
_NOT_LETTERS = re.compile(r"[\W\d_]+")
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "abcdefghijklmnopqrstuvwxyz", "azertyuiop")


class _Known(msgspec.Struct, frozen=True):
    whole: frozenset[str]
    pieces: tuple[str, ...]


@cache
def _known() -> _Known:
    lines = _FILE.read_text(encoding="utf-8").splitlines()
    given = [line for line in lines if line and not line.startswith("#")]
    whole = frozenset(_squeezed(line[2:]) for line in given if line.startswith("= "))
    pieces = {_letters(line) for line in given if not line.startswith("= ")}
    return _Known(whole, tuple(sorted(pieces, key=lambda piece: (-len(piece), piece))))


def is_guessable(password: str, context: Iterable[str] = ()) -> bool:
    """Whether ``password`` is on the list, or made of what an attacker tries first.

    ``context``: words about the person and the company, such as a name or an address.
    """
    known = _known()
    if _squeezed(password) in known.whole or len(set(password.casefold())) < LEFT_MIN:
        return True
    own = sorted(
        (
            piece
            for text in context
            # A word in two parts is taken whole too, as it stands in the password.
            for word in {*text.split(), *re.split(r"[\W_]+", text)}
            if len(piece := _letters(word)) >= _PIECE_CHARACTERS_MIN
        ),
        key=lambda piece: (-len(piece), piece),
    )
    rest = _letters(password)
    for piece in (*own, *known.pieces):
        rest = rest.replace(piece, " ")
    letters = _without_rows(rest, _ROWS).replace(" ", "")
    return len(set(letters)) < LEFT_MIN and not _is_a_long_number(password)


def _squeezed(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())


def _letters(text: str) -> str:
    """Small letters alone; signs and digits inside a word are read as the letters they stand for.

    Digits at either end of a word are numbers, not letters: ``summer2026`` is ``summer``.
    """
    words = (
        re.sub(r"^\d+|[\d!]+$", "", word).translate(_AS_LETTERS) for word in text.casefold().split()
    )
    return _NOT_LETTERS.sub("", "".join(words))


def _is_a_long_number(password: str) -> bool:
    """Whether the digits alone are worth a password: many, different, and in no order."""
    digits = re.sub(r"\D", "", password)
    if not digits or digits in (digits + digits)[1:-1]:
        return False
    rest = _YEAR.sub(" ", _without_rows(digits, ("01234567890",))).replace(" ", "")
    return len(rest) >= _DIGITS_MIN and len(set(rest)) >= LEFT_MIN


def _without_rows(text: str, rows: Iterable[str]) -> str:
    """``text`` without runs of a keyboard row or of the alphabet, forwards and backwards."""
    for row in rows:
        for way in (row, row[::-1]):
            for length in range(len(way), _RUN_CHARACTERS_MIN, -1):
                for start in range(len(way) - length + 1):
                    text = text.replace(way[start : start + length], " ")
    return text
