"""Long passwords that are guessed first, and those that are not."""

from __future__ import annotations

import pytest

from core.errors import InputError
from tenants.codes import code_digest, new_code
from tenants.guessable import is_guessable
from tenants.staff import check_new_password

ABOUT = ("dana.director@lanternclinic.example", "Dana Director", "Claimwright Billing")


@pytest.mark.parametrize(
    "password",
    [
        "PasswordPassword1",
        "P4$$w0rdP4$$w0rd!",
        "passwordpasswordpassword",
        "Summer2026Summer2026",
        "Winter2026!Winter2026!",
        "qwertyuiopasdfgh",
        "poiuytrewqlkjhgfdsa",
        "1234567890123456",
        "9876543210987654",
        "135790135790135790",
        "2024 2025 2026 2027 2028",
        "0101 1970 3112 1999",
        "abcdefghijklmnopq",
        "aaaaaaaaaaaaaaaaaaaaa",
        "correct-horse-battery-staple",
        "To be, or not to be!",
        "The quick brown fox!!",
        "Dana Director 2026!!",
        "lanternclinic-2026-lanternclinic",
        "claimwright billing 2026",
        "iloveyouiloveyou123",
        "december-january-february",
    ],
)
def test_a_password_that_is_guessed_first_is_refused(password: str) -> None:
    assert is_guessable(password, ABOUT)
    with pytest.raises(InputError, match="easily guessed"):
        check_new_password(password, email=ABOUT[0], name=ABOUT[1], company=ABOUT[2])


@pytest.mark.parametrize(
    "password",
    [
        "four unrelated plain words",
        "lantern otter gravel nine",
        "a quiet river walk",
        "kx7mq-9vw2p-hh3zt-4bn8c",
        "monkey wrench under the bridge",
        "Größe zählt, Länge auch",
        "длинная фраза из слов",
        "hospital curtains smell of rain",
        "8493 6015 7462 9583 0174",
    ],
)
def test_a_password_of_unrelated_words_is_taken(password: str) -> None:
    assert not is_guessable(password, ABOUT)
    check_new_password(password, email=ABOUT[0], name=ABOUT[1], company=ABOUT[2])


def test_what_the_list_is_about_the_person_does_not_touch_others() -> None:
    password = "robin walks with otters"
    assert not is_guessable(password, ("robin@example.org", "Robin Admin"))
    assert is_guessable("robin robin robin 77", ("robin@example.org",))
    assert not is_guessable("robin gravel otters", ("dana@example.org",))


def test_codes_are_long_random_and_read_with_or_without_hyphens() -> None:
    codes = {new_code() for _ in range(200)}
    assert len(codes) == 200
    for code in codes:
        signs = code.replace("-", "")
        assert len(signs) * 5 >= 112, "bits"
        assert code_digest(code) == code_digest(signs.upper()) == code_digest(f" {code} ")


def test_a_name_in_two_parts_is_known_as_it_is_typed() -> None:
    name = "Person-874Rqk Example"
    with pytest.raises(InputError, match="easily guessed"):
        check_new_password(f"{name} {name}", email="person-874rqk@example.org", name=name)
