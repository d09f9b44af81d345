"""Templates escape what they show, fail on what is not there, and bring nothing inline."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import minijinja
import pytest

import api.web
from api.web import words
from api.web.rendering import Pages
from core.claims.lifecycle import Event, Stage

HERE = Path(api.web.__file__).parent
TEMPLATES = sorted((HERE / "templates").glob("*.html"))
STATIC = sorted((HERE / "static").iterdir())

PAGES = Pages()

ATTACKS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onfocus='alert(1)",
    "</title><script>1</script>",
    "{{ 7 * 7 }}",
    "javascript:alert(1)",
)


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_is_shown_cannot_become_markup(attack: str) -> None:
    page = PAGES.render(
        "sign_in.html", token="t", back=attack, email=attack, problem=attack, company=False
    )
    assert "<script>alert" not in page
    assert "<script>1" not in page
    assert "onerror=alert(1)>" not in page
    assert not re.search(r"<[^>]*'? onfocus='alert", page)
    assert "49" not in page


def test_a_name_that_is_not_given_is_an_error_that_shows_no_value() -> None:
    with pytest.raises(minijinja.TemplateError) as refused:
        PAGES.render("error.html", title="Secretperson")
    with pytest.raises(minijinja.TemplateError) as other:
        PAGES.render("sign_in.html", token="Secretperson", back="Secretperson", company=False)
    for error in (refused, other):
        assert "Secretperson" not in str(error.value)


def test_only_templates_that_escape_can_be_rendered() -> None:
    with pytest.raises(AssertionError, match="escaping"):
        PAGES.render("page.txt")
    assert not any("render_str" in path.read_text() for path in HERE.glob("*.py"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_has_nothing_the_policy_forbids(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert not re.search(r"(?:src|href|action)=[\"'](?:https?:)?//", text)
    assert "|safe" not in text
    assert "autoescape" not in text


@pytest.mark.parametrize("path", STATIC, ids=lambda path: path.name)
def test_our_files_reach_for_nothing_outside(path: Path) -> None:
    text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
    assert "http:" not in text
    assert "https:" not in text
    assert "@import" not in text
    assert "eval(" not in text
    assert path.name in PAGES.files


def test_every_form_that_posts_carries_the_token() -> None:
    forms = 0
    for path in TEMPLATES:
        for form in re.findall(r"<form[^>]*method=\"post\".*?</form>", path.read_text(), re.S):
            forms += 1
            assert 'name="token" value="{{ token }}"' in form, path.name
    assert forms > 15


def test_the_script_is_small() -> None:
    assert len((HERE / "static" / "app.js").read_text().splitlines()) < 150


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast of two colours."""

    def luminance(colour: str) -> float:
        digits = colour.lstrip("#")
        digits = "".join(d * 2 for d in digits) if len(digits) == 3 else digits
        parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
        linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        ("ink", "paper"), ("ink", "ground"), ("soft", "paper"), ("soft", "ground"),
        ("soft", "wash"), ("main", "paper"), ("main", "ground"), ("bad", "paper"),
        ("bad", "bad-wash"), ("warn", "warn-wash"), ("good", "good-wash"), ("note", "note-wash"),
    ],
)  # fmt: skip
def test_text_stands_out_from_its_ground(ink: str, ground: str) -> None:
    css = (HERE / "static" / "app.css").read_text()
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6})", css))
    assert contrast(colours[ink], colours[ground]) >= 4.5


@pytest.mark.parametrize(
    ("due_on", "says"),
    [
        (None, ""),
        (date(2026, 11, 21), "today"),
        (date(2026, 11, 22), "tomorrow"),
        (date(2026, 11, 26), "in 5 days"),
        (date(2026, 11, 20), "1 day late"),
        (date(2026, 10, 21), "31 days late"),
    ],
)
def test_a_due_date_is_said_from_today(due_on: date | None, says: str) -> None:
    assert words.waiting(due_on, date(2026, 11, 21)) == says


def test_every_stage_has_a_word_and_no_event_shows_an_underscore() -> None:
    assert all(stage.value in words._STAGES for stage in Stage)
    assert not any("_" in words.words(event.value) for event in Event)


def test_values_are_written_for_people() -> None:
    environment = PAGES._environment
    for template, value, text in (
        ("money", 123456, "$1,234.56"),
        ("money", None, ""),
        ("day", date(2026, 1, 9), "Jan 9, 2026"),
        ("number", Decimal("2.50"), "2.5"),
        ("number", Decimal(100), "100"),
        ("diagnosis", "F4110", "F41.10"),
        ("diagnosis", "I10", "I10"),
    ):
        assert environment.eval_expr(f"value|{template}", value=value) == text
