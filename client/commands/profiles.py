"""`orderly profiles`: addresses and keys of APIs, stored for the other commands."""

import sys
from collections.abc import Mapping
from dataclasses import replace

import click

from client.errors import UsageError
from client.output import Column, Output
from client.settings import Profile, read_profiles, write_profiles

COLUMNS = (Column("name"), Column("api_url"), Column("default"))
name_argument = click.argument("name")


@click.group()
def profiles() -> None:
    """Store addresses and keys of APIs under names."""


@profiles.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print each item as a line of JSON.")
def list_(*, as_json: bool) -> None:
    """List the profiles, without their keys."""
    stored = read_profiles()
    rows = [
        {"name": name, "api_url": profile.api_url, "default": name == stored.default}
        for name, profile in stored.profiles.items()
    ]
    Output(as_json=as_json).show_list(COLUMNS, rows)


@profiles.command()
@name_argument
@click.option("--url", required=True, help="Address of the API, such as https://orderly.example.com.")
def add(name: str, url: str) -> None:
    """Store a profile. The command asks for the key, or reads it from standard input.

    The first profile becomes the default.
    """
    key = click.prompt("API key", hide_input=True, err=True) if sys.stdin.isatty() else sys.stdin.readline()
    if not key.strip():
        raise UsageError("the API key is missing: write it to standard input")
    stored = read_profiles()
    known = {**stored.profiles, name: Profile(url, key.strip())}
    write_profiles(replace(stored, default=stored.default or name, profiles=known))


@profiles.command()
@name_argument
def use(name: str) -> None:
    """Use a profile by default."""
    stored = read_profiles()
    _require(name, stored.profiles)
    write_profiles(replace(stored, default=name))


@profiles.command()
@name_argument
def remove(name: str) -> None:
    """Delete a profile and its key."""
    stored = read_profiles()
    _require(name, stored.profiles)
    known = {other: profile for other, profile in stored.profiles.items() if other != name}
    write_profiles(replace(stored, default=None if stored.default == name else stored.default, profiles=known))


def _require(name: str, known: Mapping[str, Profile]) -> None:
    if name not in known:
        raise UsageError(f"there is no profile {name!r}")
