"""Pages link to existing pages, and name existing files, tests, commands and settings."""

import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import click
import pytest

from bootstrap.cli.main import main
from bootstrap.settings import Settings
from client.settings import VARIABLES
from tests.unit.docs import pages
from tests.unit.docs.pages import ROOT, read_table


@pytest.mark.parametrize("page", pages.PAGES, ids=lambda page: page.name)
def test_links_lead_to_existing_pages_and_headings(page: Path) -> None:
    for target in pages.find_links(page):
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        assert path.exists(), f"{page.name}: {target}"
        if anchor:
            assert anchor in pages.find_anchors(path), f"{page.name}: {target}"


def test_the_index_lists_every_page() -> None:
    """The index lists every page, and the page of decisions every decision."""
    folder = ROOT / "docs"
    indexes = (folder / "index.md", folder / "decisions" / "README.md")
    links = {(index.parent / link).resolve() for index in indexes for link in pages.find_links(index)}

    assert [page for page in folder.rglob("*.md") if page not in {*links, folder / "index.md"}] == []


def test_a_page_begins_with_its_purpose() -> None:
    """The first sentence of each page in docs/ describes the page."""
    docs_pages = [page for page in pages.PAGES if page.is_relative_to(ROOT / "docs")]
    pattern = re.compile(r"# .+\n\nTh(?:is page|ese pages) .+\.\n")

    assert [page.name for page in docs_pages if not pattern.match(page.read_text())] == []


@pytest.mark.parametrize("page", pages.PAGES, ids=lambda page: page.name)
def test_named_files_and_folders_exist(page: Path) -> None:
    packages = [path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")]
    names = re.findall(rf"`((?:{'|'.join(packages)})/[\w./-]*)`", pages.read_prose(page))

    for name in names:
        assert (ROOT / name).exists(), f"{page.name}: {name}"


def test_named_test_functions_exist() -> None:
    functions = set(re.findall(r"def (test_\w+)", pages.read_sources("tests")))

    assert set(re.findall(r"`(test_\w+)`", pages.read_all())) <= functions


def test_make_targets_exist_and_are_documented() -> None:
    """CONTRIBUTING.md names every target that the Makefile describes."""
    makefile = pages.read_page("Makefile")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    explained = set(re.findall(r"^([a-z-]+):.*##", makefile, re.MULTILINE))
    names = set(re.findall(r"(?:^|`)make ([a-z-]+)", pages.read_all(), re.MULTILINE))

    assert names <= targets
    assert explained <= set(re.findall(r"make ([a-z-]+)", pages.read_page("CONTRIBUTING.md")))


def test_command_lines_use_existing_commands_and_flags() -> None:
    for line in pages.find_commands():
        words = shlex.split(line.partition(" | ")[0], comments=True) if "orderly" in line else []
        while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
            words.pop(0)
        if words and words[0] in ("orderly", ".venv/bin/orderly"):
            check_command(main, words[1:], line)


def check_command(command: click.Command, words: list[str], line: str) -> None:
    if isinstance(command, click.Group) and words and not words[0].startswith("-"):
        assert words[0] in command.commands, line
        return check_command(command.commands[words[0]], words[1:], line)
    flags = {flag for parameter in command.params for flag in parameter.opts} | {"--help", "-h"}
    assert {word for word in words if word.startswith("-")} <= flags, line
    return None


def test_every_command_is_documented() -> None:
    for name in main.commands:
        assert re.search(rf"orderly (?:\w+\|)*{name}\b", pages.read_all()), name


def list_command_line_variables(command: click.Command) -> set[str]:
    names = {str(parameter.envvar) for parameter in command.params if parameter.envvar}
    commands = command.commands.values() if isinstance(command, click.Group) else ()
    return names.union(*(list_command_line_variables(command) for command in commands))


def list_setting_variables() -> dict[str, Any]:
    return {
        str(field.validation_alias or f"ORDERLY_{name.upper()}"): field.default
        for name, field in Settings.model_fields.items()
    }


def test_environment_variables_exist_and_are_documented() -> None:
    existing = set(list_setting_variables()) | list_command_line_variables(main) | set(VARIABLES)
    documented = set(read_table("docs/reference/configuration.md", "Every process"))
    names = set(re.findall(r"\b(?:ORDERLY|DATABASE)_[A-Z_]+\b", pages.read_all()))

    assert set(list_setting_variables()) <= documented
    assert existing <= names | {"TEMPORAL_ADDRESS"}
    assert names <= existing


def test_documented_defaults_are_those_of_the_settings() -> None:
    page = pages.read_page("docs/reference/configuration.md")
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| `([^`]+)`", page, re.MULTILINE))
    for name, default in list_setting_variables().items():
        if name in rows and default is not None:
            expected = float(default) if isinstance(default, bool | int | float) else default
            documented = float(rows[name]) if isinstance(default, bool | int | float) else rows[name]
            assert documented == expected, name


def test_the_project_layout_names_every_package() -> None:
    overview = next(block for block in pages.find_blocks("CONTRIBUTING.md", "") if block.startswith("api/"))
    names = set(re.findall(r"^(\w+)/", overview, re.MULTILINE))
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}

    assert names == packages | {"docs"}


def test_the_changelog_is_short() -> None:
    """A line has at most 120 characters, and a release at most 50 lines."""
    releases = pages.read_page("CHANGELOG.md").split("\n## ")

    assert [line for line in pages.read_page("CHANGELOG.md").splitlines() if len(line) > 120] == []
    assert [release.partition("\n")[0] for release in releases if len(release.splitlines()) > 50] == []


def test_the_changelog_has_an_entry_for_the_version() -> None:
    version = tomllib.loads(pages.read_page("pyproject.toml"))["project"]["version"]
    newest = re.search(r"^## ([\d.]+) - \d{4}-\d\d-\d\d$", pages.read_page("CHANGELOG.md"), re.MULTILINE)

    assert newest is not None
    assert newest.group(1) == version
