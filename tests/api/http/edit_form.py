"""The edit form as a browser sends it back."""

from __future__ import annotations

import re
from html import unescape

from litestar.datastructures import FormMultiDict

from api.http.claim_reading import fields_of
from api.http.forms import Form
from core.claims.claim import Claim

_INPUT = re.compile(r'<input[^>]*?name="([^"]+)"[^>]*?value="([^"]*)"')
_SELECT = re.compile(r'<select name="([^"]+)".*?<option value="([^"]*)" selected', re.DOTALL)


def sent_by(page: str) -> dict[str, str]:
    """The fields of the form on this page, but for the token and the search in the frame."""
    found = [*_INPUT.findall(page), *_SELECT.findall(page)]
    return {name: unescape(value) for name, value in found if name not in ("token", "number")}


def as_sent(claim: Claim, **changes: str) -> Form:
    """The form of ``claim`` as a browser sends it back, with some fields typed over."""
    fields = fields_of(claim)
    sent = {f"dx{place}": code for place, code in enumerate(fields.diagnoses, 1)}
    sent |= fields.values
    for line in fields.lines:
        sent |= {f"{name}{line.line_no}": value for name, value in line.values.items()}
    return Form(FormMultiDict(list((sent | changes).items())))
