"""What an authenticator app reads: the address, and a picture that holds exactly it."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import segno

from api.web.qr import enrolment_address, qr_code
from core.crypto.one_time_codes import secret_text

SECRET = b"12345678901234567890"


def test_the_address_for_apps_holds_the_secret_and_whose_it_is() -> None:
    address = urlsplit(enrolment_address(SECRET, "billie+two@example.org"))
    assert (address.scheme, address.netloc) == ("otpauth", "totp")
    assert address.path == "/Claimwright:billie%2Btwo@example.org"
    assert parse_qs(address.query) == {
        "secret": ["GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"],
        "issuer": ["Claimwright"],
        "algorithm": ["SHA1"],
        "digits": ["6"],
        "period": ["30"],
    }
    assert secret_text(SECRET) == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


def test_the_path_draws_the_dark_squares_of_the_code_and_no_other() -> None:
    text = enrolment_address(SECRET, "billie@example.org")
    drawn = set()
    code = qr_code(text)
    for across, down, length, back in re.findall(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z", code.path):
        assert length == back
        drawn |= {(int(across) + step, int(down)) for step in range(int(length))}
    rows = segno.make(text, error="m", micro=False).matrix
    dark = {(x + 4, y + 4) for y, row in enumerate(rows) for x, one in enumerate(row) if one}
    assert drawn == dark
    assert code.side == len(rows) + 8
    assert re.fullmatch(r"(M\d+ \d+h\d+v1h-\d+z)+", code.path), "nothing else is in it"
