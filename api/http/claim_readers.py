"""What somebody typed into one field of the edit form, as a value, or ``FieldError`` with why not.

A message never repeats what was typed: it may be a patient's.
"""

from __future__ import annotations

import re
from datetime import date

from api.http.forms import FieldError, Form, read_day, read_money
from core.claims.claim import ServiceLine, Tooth
from core.claims.parties import Provider, Sex
from core.ids import npi_is_valid

MODIFIERS_MAX = 4
POINTERS_MAX = 4
MINUTES_MAX = 1_440

_DIAGNOSIS = re.compile(r"[A-TV-Z][0-9][0-9A-Z]{1,5}\Z", re.ASCII)
_CODE = re.compile(r"[A-Z0-9]{2,8}\Z", re.ASCII)
_MODIFIER = re.compile(r"[A-Z0-9]{2}\Z", re.ASCII)
_PLACE = re.compile(r"[0-9]{2}\Z", re.ASCII)
_TYPE_OF_BILL = re.compile(r"0[1-9][0-9][0-9A-Z]\Z", re.ASCII)
_REVENUE = re.compile(r"[0-9]{4}\Z", re.ASCII)
_STATE = re.compile(r"[A-Z]{2}\Z", re.ASCII)
_ZIP = re.compile(r"[0-9]{5}(?:[0-9]{4})?\Z", re.ASCII)
_TOOTH = re.compile(r"(?:[1-9]|[12][0-9]|3[0-2]|[A-T]|5[1-9]|[67][0-9]|8[0-2]|[A-T]S)\Z", re.ASCII)
_SURFACES = re.compile(r"(?:[BDFILMO]{1,5}|-)\Z", re.ASCII)
_SEPARATORS = re.compile(r"[\s,;:]+")


def _words(form: Form, name: str) -> tuple[str, ...]:
    return tuple(word for word in _SEPARATORS.split(form.text(name).upper()) if word)


def _text(form: Form, name: str, what: str, *, least: int = 0, most: int) -> str:
    """Text as the 837 can carry it: printable and without accents."""
    found = form.text(name)
    if not least <= len(found) <= most or not found.isascii() or not found.isprintable():
        raise FieldError(name, what)
    return found


def diagnosis(form: Form, name: str) -> str:
    """An ICD-10-CM code, with or without its dot."""
    code = form.text(name).upper().replace(".", "")
    if code and not _DIAGNOSIS.match(code):
        raise FieldError(name, "a diagnosis looks like F41.1")
    return code


def member_id(form: Form, name: str) -> str:
    """The member's number as on the card."""
    what = "a member ID has 2 to 80 letters and digits, as on the card"
    return _text(form, name, what, least=2, most=80)


def auth_number(form: Form, name: str) -> str:
    """A prior authorisation number (REF*G1); empty where there is none."""
    return _text(form, name, "an authorisation number has up to 50 letters and digits", most=50)


def last_name(form: Form, name: str) -> str:
    """A family name, or the name of an organisation."""
    what = "a last name has 1 to 60 letters, without accents"
    return _text(form, name, what, least=1, most=60)


def first_name(form: Form, name: str) -> str:
    """A given name; empty where there is none."""
    return _text(form, name, "a first name has up to 35 letters, without accents", most=35)


def street(form: Form, name: str) -> str:
    """One line of an address; empty where there is none."""
    return _text(form, name, "a street has up to 55 letters and digits, without accents", most=55)


def city(form: Form, name: str) -> str:
    """A city; empty where there is none."""
    return _text(form, name, "a city has up to 30 letters, without accents", most=30)


def state(form: Form, name: str) -> str:
    """A state or province by its two letters."""
    found = form.text(name).upper()
    if found and not _STATE.match(found):
        raise FieldError(name, "a state has two letters")
    return found


def postal_code(form: Form, name: str) -> str:
    """Five or nine digits; a hyphen between them is taken out."""
    found = form.text(name).replace("-", "").replace(" ", "")
    if found and not _ZIP.match(found):
        raise FieldError(name, "a ZIP code has five or nine digits")
    return found


def birth_date(form: Form, name: str) -> date | None:
    """A day of birth; empty where nobody knows it."""
    return read_day(name, "the birth date", form.text(name))


def sex(form: Form, name: str) -> Sex:
    """One of the three the 837 has."""
    return Sex(form.choice(name, "the sex", [one.value for one in Sex]))


def npi(form: Form, name: str) -> str:
    """A National Provider Identifier with the right check digit; empty where there is none."""
    found = form.text(name)
    if found and not npi_is_valid(found):
        raise FieldError(name, "this is not an NPI; check its digits")
    return found


def type_of_bill(form: Form, name: str) -> str:
    """Four characters with the leading zero, which may be left out."""
    found = form.text(name).upper()
    full = found if len(found) != 3 else f"0{found}"
    if not _TYPE_OF_BILL.match(full):
        raise FieldError(name, "a type of bill looks like 0329")
    return full


def statement_day(form: Form, name: str) -> date:
    """A day of the statement period; there is always one."""
    found = read_day(name, "the statement", form.text(name))
    if found is None:
        raise FieldError(name, "the statement has a first and a last day")
    return found


def line_day(form: Form, name: str) -> date | None:
    """A day of service; empty where the line has none of its own."""
    return read_day(name, "the day of service", form.text(name))


def code(form: Form, name: str) -> str:
    """A procedure code; empty where the line has none."""
    found = form.text(name).upper()
    if found and not _CODE.match(found):
        raise FieldError(name, "a code has letters and digits only")
    return found


def revenue_code(form: Form, name: str) -> str:
    """Four digits with the leading zero, which may be left out."""
    found = form.text(name)
    full = found if len(found) != 3 else f"0{found}"
    if full and not _REVENUE.match(full):
        raise FieldError(name, "a revenue code has four digits, such as 0551")
    return full


def modifiers(form: Form, name: str) -> tuple[str, ...]:
    """Up to four, in order."""
    found = _words(form, name)
    if len(found) > MODIFIERS_MAX or not all(map(_MODIFIER.match, found)):
        raise FieldError(name, "up to four modifiers of two characters")
    if len(set(found)) < len(found):
        raise FieldError(name, "a modifier stands here twice")
    return found


def minutes(form: Form, name: str) -> int | None:
    """The documented time; empty where none is documented."""
    found = form.text(name)
    if not found:
        return None
    if not (found.isascii() and found.isdigit() and len(found) <= 4):
        raise FieldError(name, "minutes are a whole number")
    if not 1 <= int(found) <= MINUTES_MAX:
        raise FieldError(name, "a day has 1 to 1440 minutes")
    return int(found)


def charge(form: Form, name: str) -> int:
    """The charge of a line in cents."""
    amount_cents = read_money(name, "charge", form.text(name))
    if amount_cents < 0:
        raise FieldError(name, "a charge is not negative")
    return amount_cents


def place(form: Form, name: str) -> str:
    """A place of service; empty where the claim's, or none, is meant."""
    found = form.text(name)
    if found and not _PLACE.match(found):
        raise FieldError(name, "a place of service has two digits")
    return found


def pointers(form: Form, name: str, diagnoses: int) -> tuple[int, ...]:
    """Places in the claim's list of so many ``diagnoses``, from 1."""
    words = _words(form, name)
    numbers = tuple(int(word) for word in words if word.isascii() and word.isdigit())
    if len(numbers) < len(words) or len(numbers) > POINTERS_MAX:
        raise FieldError(name, "up to four pointers, such as 1 2")
    if any(not 1 <= number <= diagnoses for number in numbers):
        raise FieldError(name, f"the claim has {diagnoses} diagnoses; a pointer leads to none")
    return numbers


def teeth(form: Form, line: ServiceLine) -> tuple[Tooth, ...]:
    """The teeth of a line, each with its group of surfaces."""
    name, beside = f"tooth{line.line_no}", f"surfaces{line.line_no}"
    numbers, surfaces = _words(form, name), _words(form, beside)
    if not all(map(_TOOTH.match, numbers)):
        raise FieldError(name, "a tooth is 1 to 32 or A to T")
    if not all(map(_SURFACES.match, surfaces)) or len(surfaces) > len(numbers):
        raise FieldError(beside, "one group of surface letters (B D F I L M O) a tooth")
    padded = (*surfaces, *[""] * (len(numbers) - len(surfaces)))
    return tuple(
        Tooth(number=number, surfaces=letters.strip("-"))
        for number, letters in zip(numbers, padded, strict=True)
    )


def line_rendering(form: Form, name: str, providers: dict[str, Provider]) -> Provider | None:
    """The rendering provider of a line by NPI, of those the practice has entered."""
    found = npi(form, name)
    if not found:
        return None
    if found not in providers:
        raise FieldError(name, "this practice has no active rendering provider with this NPI")
    return providers[found]
