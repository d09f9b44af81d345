"""What a browser sends back of a form: the rules of HTML, and nothing of ours."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from html.parser import HTMLParser

from api.http.forms import Form
from api.typed_form.form import Drawn, posted_of
from api.web.rendering import Pages


class _Sent:
    """What ``Form`` asks of the framework's form."""

    def __init__(self, items: Sequence[tuple[str, str]]) -> None:
        self._items = items

    def multi_items(self) -> list[tuple[str, str]]:
        return list(self._items)


@functools.cache
def _pages() -> Pages:
    pages = Pages()
    pages._environment.add_template(
        "form_of_a_test.html",
        '{% from "typed.html" import typed_fields %}{{ typed_fields(fields) }}',
    )
    return pages


def html_of(fields: Sequence[Drawn]) -> str:
    return _pages().render("form_of_a_test.html", fields=fields)


def sent(page: str) -> list[tuple[str, str]]:
    """Every field of the page as a browser sends it, untouched."""
    parser = _Parser()
    parser.feed(page)
    parser.close()
    return [(name, value.replace("\n", "\r\n")) for name, value in parser.items]


def posted(items: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    """What comes out of our own reading of a form."""
    return posted_of(Form(_Sent(items)).items())


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.items: list[tuple[str, str]] = []
        self._select: str | None = None
        self._options: list[tuple[str, bool]] = []
        self._area: tuple[str, list[str]] | None = None

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "input":
            self._input(given)
        elif tag == "select":
            self._select, self._options = given["name"], []
        elif tag == "option":
            self._options.append((given["value"] or "", "selected" in given))
        elif tag == "textarea":
            self._area = (given["name"], [])

    def _input(self, given):
        kind, value = given.get("type", "text"), given.get("value") or ""
        if kind == "checkbox" and "checked" not in given:
            return
        # Text fields hold one line; a date field holds a day or nothing.
        value = value.replace("\r", "").replace("\n", "")
        self.items.append((given["name"], value))

    def handle_data(self, data):
        if self._area is not None:
            self._area[1].append(data)

    def handle_endtag(self, tag):
        if tag == "select":
            chosen = [value for value, is_chosen in self._options if is_chosen]
            first = [value for value, _ in self._options[:1]]
            self.items += [(self._select, value) for value in (chosen[-1:] or first)]
        elif tag == "textarea":
            name, parts = self._area
            text = "".join(parts).replace("\r\n", "\n").replace("\r", "\n")
            # The first line end behind the tag is no part of the text.
            self.items.append((name, text.removeprefix("\n")))
            self._area = None
