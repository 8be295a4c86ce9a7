"""The documentation as data: pages, links, tables and code blocks."""

import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PAGES = (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")))

_FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


@cache
def read_page(name: str) -> str:
    """Return a page, by its path from the root."""
    return (ROOT / name).read_text()


@cache
def read_all() -> str:
    """Return all pages as one text."""
    return "\n".join(page.read_text() for page in PAGES)


def read_prose(page: Path) -> str:
    """Return a page without its code blocks."""
    return _FENCE.sub("", page.read_text())


def find_links(page: Path) -> list[str]:
    """Return the targets of a page's links that lead into the project."""
    return [target for target in _LINK.findall(read_prose(page)) if "://" not in target]


def find_anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as Git hosts make them."""
    headings = re.findall(r"^#+ (.*)$", read_prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def find_blocks(page: str, language: str) -> list[str]:
    """Return the code blocks of a page in one language."""
    return [body for found, body in _FENCE.findall(read_page(page)) if found == language]


def find_commands() -> list[str]:
    """Return every command line of every shell block, continued lines joined."""
    shell = [body for page in PAGES for language, body in _FENCE.findall(page.read_text()) if language in _SHELL]
    joined = "\n".join(shell).replace("\\\n", " ")
    return [line.strip().removeprefix("$ ") for line in joined.splitlines()]


_SHELL = ("sh", "console")


def read_table(page: str, heading: str, column: int = 0) -> list[str]:
    """Return the words in code type in one column of the first table below a heading.

    Raises:
        AssertionError: there is no such heading, or no table below it.
    """
    section = re.search(rf"^#+ {re.escape(heading)}$(.*?)(?=^#+ |\Z)", read_page(page), re.MULTILINE | re.DOTALL)
    assert section is not None, f"{page} has no heading {heading!r}"
    rows = re.search(r"^\|.*?\n\|[-|]+\n((?:\|.*\n?)+)", section.group(1), re.MULTILINE)
    assert rows is not None, f"{page} has no table below {heading!r}"
    cells = [re.split(r"(?<!\\)\|", row)[1:-1][column] for row in rows.group(1).strip().splitlines()]
    return [word for cell in cells for word in re.findall(r"`([^`]+)`", cell)]


def read_sources(*folders: str) -> str:
    """Return the code of some packages as one text."""
    return "\n".join(path.read_text() for folder in folders for path in sorted((ROOT / folder).rglob("*.py")))
