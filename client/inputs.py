"""Reads the values of flags: JSON, and pairs of key and value."""

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from client.errors import UsageError

F = TypeVar("F", bound=Callable[..., Any])
json_help = "JSON, @FILE, or - for standard input."


def read_json(text: str, flag: str) -> Any:
    """Return the JSON of a flag, of a file (`@FILE`), or of standard input (`-`).

    Raises:
        UsageError: the file can't be read, or its text is not JSON.
    """
    try:
        if text == "-":
            text = sys.stdin.read()
        elif text.startswith("@"):
            text = Path(text[1:]).read_text()
        return json.loads(text)
    except OSError as error:
        raise UsageError(f"{flag}: {text[1:]}: {error.strerror}") from None
    except ValueError as error:
        raise UsageError(f"{flag} is not JSON: {error}") from None


def read_pairs(pairs: Sequence[str], flag: str) -> dict[str, str]:
    """Return `key=value` texts as a mapping; raises UsageError for another form or a repeated key."""
    found: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not key or not equals:
            raise UsageError(f"{flag} must have the form key=value: {pair}")
        if key in found:
            raise UsageError(f"{flag} has the key {key} twice")
        found[key] = value
    return found


def metadata_query(pairs: Sequence[str]) -> dict[str, str]:
    """Return the filters of `--metadata key=value` flags."""
    return {f"metadata[{key}]": value for key, value in read_pairs(pairs, "--metadata").items()}


limit_option = click.option(
    "--limit", type=click.IntRange(min=1), default=20, show_default=True, help="Maximum of items."
)
all_option = click.option("--all", "show_all", is_flag=True, help="Show all items, instead of --limit.")
order_option = click.option(
    "--order", "direction", type=click.Choice(["asc", "desc"]), default="desc", show_default=True, help="Direction."
)
metadata_option = click.option("--metadata", multiple=True, metavar="KEY=VALUE", help="Repeatable.")
yes_option = click.option("--yes", "is_confirmed", is_flag=True, help="Do not ask for confirmation.")
idents_argument = click.argument("idents", nargs=-1, required=True, metavar="ID...")


def dates_option(name: str, text: str) -> Callable[[F], F]:
    """Return an option for a time, which the API validates."""
    return click.option(f"--{name.replace('_', '-')}", name, metavar="TIME", help=f"Only items {text}.")


created_after_option = dates_option("created_after", "created at this time or later")
created_before_option = dates_option("created_before", "created before this time")
