"""The pages say what is so: none is stale, and what they name is there.

Stale generated pages, commands and targets that are not there, links and file names that lead
nowhere, examples that do not run, and hooks that no test names.
"""

from __future__ import annotations

import argparse
import ast
import csv
import inspect
import io
import re
import shlex
import sys
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from types import ModuleType
from uuid import uuid4

import pytest

import plugins
from api import cli, generated_docs
from core.claims.claim import VisitFacts
from core.claims.parties import Entity, Name, Provider
from core.errors import ClaimwrightError, RowError
from core.intake.charge_file import ChargedVisit, read_charge_file
from core.intake.charge_rows import OPTIONAL, REQUIRED
from plugins import spec
from plugins.host import EnabledPlugin, PluginHost

REPOSITORY = Path(__file__).parents[2]
DOCS = REPOSITORY / "docs"
PAGES = sorted([*REPOSITORY.glob("*.md"), *DOCS.rglob("*.md")])
TREES = ("api", "audit", "bench", "core", "docs", "plugins", "tenants", "tests", ".ci")

# What stands behind the kind (`sh red`) is for the test that runs the page.
_FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def name_of(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


def fences(text: str, kind: str) -> list[str]:
    """The fenced blocks of one kind."""
    return [body for found, body in _FENCE.findall(text) if found == kind]


def spans(text: str) -> list[str]:
    """Code in running text and tables."""
    return _SPAN.findall(_FENCE.sub("", text))


def shell_lines(text: str) -> list[str]:
    """The lines of ``sh`` blocks, continued ones joined, comments cut off."""
    joined = "\n".join(fences(text, "sh")).replace("\\\n", " ")
    return [line.partition(" #")[0].strip() for line in joined.splitlines()]


def commands_in(text: str) -> Iterator[str]:
    """Every ``claimwright ...`` a page names, in blocks and in running text."""
    for line in [*shell_lines(text), *spans(text)]:
        for part in re.split(r"\s*[|;<]\s*|&&", line):
            if part.startswith("claimwright "):
                yield part


def fault_of(command: str) -> str:
    """What is wrong with the words and options of a command; empty when nothing is."""
    parser = cli.parser()
    words = shlex.split(command)[1:]
    while words and (below := generated_docs.subparsers(parser)):
        if words[0].startswith("-") or words[0].isupper() or words[0] == "...":
            break
        if words[0] not in below:
            return f"there is no command {words[0]}"
        parser = below[words.pop(0)][0]
    options = {name for action in parser._actions for name in action.option_strings}
    unknown = {word.partition("=")[0] for word in words if word.startswith("--")} - options
    return f"there is no option {sorted(unknown)[0]}" if unknown else ""


@pytest.mark.parametrize("name", generated_docs.PAGES)
def test_a_generated_page_is_current(name: str) -> None:
    text = (DOCS / name).read_text(encoding="utf-8")
    assert text == generated_docs.PAGES[name](), "write it anew: make docs"


def test_writing_the_pages_makes_them_all_and_changes_nothing_the_second_time(
    tmp_path: Path,
) -> None:
    assert set(generated_docs.write(tmp_path)) == set(generated_docs.PAGES)
    assert generated_docs.write(tmp_path) == ()


def test_every_command_has_its_heading_and_every_option_its_row() -> None:
    page = generated_docs.commands_page()
    for words, help_text, parser in generated_docs.leaf_commands(cli.parser()):
        part = page.partition(f"\n## claimwright {words}\n")[2].partition("\n## ")[0]
        assert help_text, words
        for action in parser._actions:
            if action.help != argparse.SUPPRESS and action.dest != "help":
                name = str((*action.option_strings, action.metavar or action.dest)[0])
                assert re.search(rf"^\| `\[?{name}\b", part, re.MULTILINE), f"{words} {name}"


def test_every_error_and_every_rule_has_its_row() -> None:
    def below(kind: type[ClaimwrightError]) -> Iterator[type[ClaimwrightError]]:
        yield kind
        for one in kind.__subclasses__():
            yield from below(one)

    errors = generated_docs.errors_page()
    ours = [kind for kind in below(ClaimwrightError) if kind.__module__ == "core.errors"]
    assert len(ours) > 10
    assert all(f"`{kind.__name__}` | `{kind.code}` |" in errors for kind in ours)
    rules = generated_docs.rules_page()
    for one in ("PS-001", "INST-001", "BH-", "DEN-", "HH-", "TH-"):
        assert f"\n| {one}" in rules, one


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_every_command_a_page_names_is_there_with_its_options(path: Path) -> None:
    faults = [
        f"{command}: {fault}"
        for command in commands_in(path.read_text(encoding="utf-8"))
        if (fault := fault_of(command))
    ]
    assert not faults


@pytest.mark.parametrize(
    ("command", "fault"),
    [
        ("claimwright practice create maple --name X", ""),
        ("claimwright x12 check FILE...", ""),
        ("claimwright COMMAND", ""),
        ("claimwright practise list", "there is no command practise"),
        ("claimwright practice remove maple", "there is no command remove"),
        ("claimwright demo --headles", "there is no option --headles"),
    ],
)
def test_a_command_that_is_not_there_is_noticed(command: str, fault: str) -> None:
    assert fault_of(command) == fault


def test_every_command_of_the_tour_can_be_typed_as_it_stands() -> None:
    text = (DOCS / "tour.md").read_text(encoding="utf-8")
    typed = [part for line in shell_lines(text) for part in re.split(r" \| ", line)]
    commands = [shlex.split(line) for line in typed if line.startswith("claimwright ")]
    assert len(commands) > 15
    for _, *arguments in commands:
        assert callable(cli.parser().parse_args(arguments).run)


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_every_target_of_make_a_page_names_is_there(path: Path) -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    text = path.read_text(encoding="utf-8")
    named = {
        found.group(1)
        for line in [*shell_lines(text), *spans(text)]
        if (found := re.match(r"make ([a-z]+)", line))
    }
    assert not named - targets


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_no_link_is_dead(path: Path) -> None:
    text = _FENCE.sub("", path.read_text(encoding="utf-8"))
    dead = []
    for link in _LINK.findall(text):
        if re.match(r"[a-z]+:", link):
            continue
        target, _, anchor = link.partition("#")
        there = (path.parent / target).resolve() if target else path
        if not there.exists() or (anchor and anchor not in anchors(there)):
            dead.append(link)
    assert not dead


def anchors(path: Path) -> set[str]:
    """The fragments of a page's headings."""
    headings = _HEADING.findall(_FENCE.sub("", path.read_text(encoding="utf-8")))
    return {
        re.sub(r"[^a-z0-9 _-]", "", heading.lower()).replace(" ", "-")
        for heading in headings
    }  # fmt: skip


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_every_file_a_page_names_is_there(path: Path) -> None:
    named = [
        span
        for span in spans(path.read_text(encoding="utf-8"))
        if re.fullmatch(rf"({'|'.join(map(re.escape, TREES))})/[\w./-]*", span)
    ]
    # Decisions shorten the path of a module's part: `audit.event` is not meant here.
    missing = [one for one in named if not (REPOSITORY / one).exists()]
    assert not missing


def test_every_page_of_docs_can_be_reached_from_the_readme() -> None:
    reached, waiting = set[Path](), [REPOSITORY / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached:
            continue
        reached.add(page)
        for link in _LINK.findall(page.read_text(encoding="utf-8")):
            there = (page.parent / link.partition("#")[0]).resolve()
            if there.suffix == ".md" and there.exists():
                waiting.append(there)
            elif there == DOCS / "decisions":
                waiting += sorted(there.glob("*.md"))
    assert {name_of(path) for path in PAGES} == {name_of(path) for path in reached}


def test_decisions_are_numbered_without_gap_or_repeat_and_named_in_their_first_line() -> None:
    found = sorted((DOCS / "decisions").glob("*.md"))
    assert [path.name[:4] for path in found] == [f"{n:04d}" for n in range(1, len(found) + 1)]
    for number, path in enumerate(found, start=1):
        assert path.read_text(encoding="utf-8").startswith(f"# {number}. ")


def named_in_tests() -> set[str]:
    """Names that tests speak of: strings, attributes, keywords and functions."""
    found: set[str] = set()
    for path in (REPOSITORY / "tests").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
            elif isinstance(node, ast.Attribute):
                found.add(node.attr)
            elif isinstance(node, ast.keyword) and node.arg:
                found.add(node.arg)
            elif isinstance(node, ast.FunctionDef):
                found.add(node.name)
    return found


def example_of(hook: Callable[..., object]) -> ModuleType:
    """The documented example of a hook as a plugin of its own."""
    module = ModuleType("example")
    names = {public: getattr(plugins, public) for public in plugins.__all__}
    manifest = plugins.Manifest(
        name="example", version="1", contract=1, title="Example", prefixes=("EX",)
    )
    vars(module).update(names, timedelta=timedelta, MANIFEST=manifest)
    source = inspect.cleandoc(inspect.cleandoc(hook.__doc__ or "").partition("Example::")[2])
    exec(compile(source, hook.__name__, "exec"), vars(module))
    return module


def test_the_examples_of_plays_and_deadlines_say_what_they_document() -> None:
    chosen = EnabledPlugin(name="example")
    plays = PluginHost(modules=(example_of(spec.denial_plays),)).rule_set(chosen).denial_plays
    assert [(one.carcs, one.deadline_days) for one in plays] == [(("197",), 14)]
    (notice,) = PluginHost(modules=(example_of(spec.deadlines),)).rule_set(chosen).deadlines
    admitted = notice.due(VisitFacts(admission_date=date(2026, 2, 26)))
    assert admitted is not None
    assert admitted.due == date(2026, 3, 3)
    assert notice.due(VisitFacts()) is None


def test_every_hook_is_named_by_a_test() -> None:
    assert not {hook.__name__ for hook in spec.HOOKS} - named_in_tests()


def test_every_setting_of_the_environment_stands_in_the_page_on_operating() -> None:
    code = (REPOSITORY / "api" / "settings.py").read_text(encoding="utf-8")
    page = (DOCS / "operating.md").read_text(encoding="utf-8")
    name = r"(CLAIMWRIGHT_[A-Z0-9_]+|DATABASE_URL)"
    rows = set(re.findall(rf"^\| `{name}` \|", page, re.MULTILINE))
    assert rows == set(re.findall(rf'"{name}"', code))


def test_the_page_on_architecture_lists_every_table_of_a_practice_and_none_that_is_not() -> None:
    folder = REPOSITORY / "tenants" / "store" / "migrations" / "versions"
    code = "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py")))
    practice = set(re.findall(r'^    "(\w+)": """', code, re.MULTILINE))
    made = practice | set(re.findall(r"CREATE TABLE (\w+) \(", code))
    rows = table_rows((DOCS / "architecture.md").read_text(encoding="utf-8"), "Tables")
    listed = {name for row in rows for name in re.findall(r"`(\w+)`", row[0])}
    assert len(practice) > 15
    # Counters hold nothing a reader looks for.
    assert practice - listed <= {"tenant_counter"}
    assert listed <= made


# The charge file.

CHARGE_PAGE = DOCS / "charge-file.md"
BILLING = Provider(name=Name(last="MAPLE"), entity=Entity.ORGANIZATION, npi="1333444556")


def read_rows(text: str) -> list[ChargedVisit | RowError]:
    return list(read_charge_file(text.splitlines(True), billing=BILLING, new_id=uuid4))


def table_rows(text: str, heading: str) -> list[list[str]]:
    """The cells of the tables below a heading, without their headers."""
    part = re.split(rf"^## {re.escape(heading)}$", text, flags=re.MULTILINE)[1]
    part = re.split(r"^## ", part, flags=re.MULTILINE)[0]
    rows = [line.strip("|").split("|") for line in part.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in row] for row in rows]


def test_the_example_of_a_charge_file_is_taken_whole() -> None:
    (example,) = fences(CHARGE_PAGE.read_text(encoding="utf-8"), "csv")
    visits = read_rows(example)
    assert all(isinstance(one, ChargedVisit) for one in visits), visits
    assert sum(one.rows for one in visits if isinstance(one, ChargedVisit)) == 4
    assert [one.encounter.form.value for one in visits if isinstance(one, ChargedVisit)] == [
        "837P", "837P", "837D",
    ]  # fmt: skip


def test_the_charge_file_of_the_tour_is_refused_in_line_5_only() -> None:
    (example,) = fences((DOCS / "tour.md").read_text(encoding="utf-8"), "csv")
    read = read_rows(example)
    assert [one.row for one in read if isinstance(one, RowError)] == [5]
    assert len(read) == 6


def test_the_page_on_the_charge_file_has_the_columns_of_the_code_and_no_other() -> None:
    rows = table_rows(CHARGE_PAGE.read_text(encoding="utf-8"), "Columns")
    columns = [row[0].strip("`") for row in rows]
    assert sorted(columns) == sorted((*REQUIRED, *OPTIONAL))
    needed = {row[0].strip("`") for row in rows if row[1].startswith("yes")}
    assert needed == set(REQUIRED)


def test_each_cell_the_page_calls_refused_is_refused_with_that_sentence() -> None:
    text = CHARGE_PAGE.read_text(encoding="utf-8")
    header, first, *_ = csv.reader(io.StringIO(fences(text, "csv")[0]))
    refusals = table_rows(text, "What is refused")
    assert len(refusals) >= 12
    for column, cell, sentence in refusals:
        row = dict(zip(header, first, strict=True))
        row[column.strip("`")] = cell.strip("`")
        out = io.StringIO()
        csv.writer(out).writerows([row.keys(), row.values()])
        (fault,) = read_rows(out.getvalue())
        assert isinstance(fault, RowError), column
        assert (fault.column, fault.reason) == (column.strip("`"), sentence)


# The page for partners.


def test_the_plugin_of_the_page_for_partners_passes_the_tests_of_that_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = (DOCS / "partners.md").read_text(encoding="utf-8")
    plugin, checks = (compile(block, "partners.md", "exec") for block in fences(text, "python"))
    module = ModuleType("example_claims")
    exec(plugin, vars(module))
    monkeypatch.setitem(sys.modules, "example_claims", module)
    space: dict[str, Callable[[], None]] = {}
    exec(checks, space)
    tests = [name for name in space if name.startswith("test_")]
    assert len(tests) == 2
    for name in tests:
        space[name]()
