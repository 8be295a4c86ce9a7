"""The address and the key of the API: from the environment, or from a profile in a file."""

import json
import os
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from client.errors import UsageError

URL, KEY, PROFILE, FILE = "ORDERLY_API_URL", "ORDERLY_API_KEY", "ORDERLY_PROFILE", "ORDERLY_PROFILES"
VARIABLES = (URL, KEY, PROFILE, FILE)
"""The environment variables of the commands that call the API."""

STACK_FILE = Path(".orderly") / "stack.json"
"""The file of a running `orderly up` in the current folder."""


@dataclass(frozen=True, slots=True)
class Profile:
    """The address of an API, and a key."""

    api_url: str
    api_key: str


@dataclass(frozen=True, slots=True)
class Profiles:
    """The stored profiles, and the name of the one that is used by default."""

    default: str | None
    profiles: Mapping[str, Profile]


def find_profile(name: str | None) -> Profile:
    """Return the address and the key: of the named profile, of the environment, of the default profile, or of a stack.

    Both always come from the same source, so that no key is sent to another API.

    Raises:
        UsageError: none of them is set.
    """
    name = name or os.environ.get(PROFILE)
    if name:
        return _find_named(read_profiles(), name)
    url, key = os.environ.get(URL), os.environ.get(KEY)
    if url and key:
        return Profile(url, key)
    if url or key:
        raise UsageError(f"{URL} and {KEY} must be set together: {KEY if url else URL} is missing")
    stored = read_profiles()
    if stored.default:
        return _find_named(stored, stored.default)
    return _read_stack()


def _find_named(stored: Profiles, name: str) -> Profile:
    found = stored.profiles.get(name)
    if found is None:
        known = ", ".join(stored.profiles) or "none"
        raise UsageError(f"there is no profile {name!r} in {locate_file()}; profiles: {known}")
    return found


def _read_stack() -> Profile:
    try:
        found = json.loads(STACK_FILE.read_text())
        return Profile(found["api_url"], found["api_key"])
    except (OSError, ValueError, KeyError, TypeError):
        raise UsageError(f"no API is set: set {URL} and {KEY}, or run orderly profiles add") from None


def locate_file() -> Path:
    """Return the path of the file with the profiles."""
    if os.environ.get(FILE):
        return Path(os.environ[FILE])
    folder = os.environ.get("XDG_CONFIG_HOME")
    return (Path(folder) if folder else Path.home() / ".config") / "orderly" / "profiles.toml"


def read_profiles() -> Profiles:
    """Return the stored profiles.

    Raises:
        UsageError: the file can't be read, or other users may read it.
    """
    path = locate_file()
    try:
        if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise UsageError(f"{path} has keys, and other users may read it: run chmod 600 {path}")
        data = tomllib.loads(path.read_text())
        profiles = {name: Profile(**fields) for name, fields in data.get("profiles", {}).items()}
    except FileNotFoundError:
        return Profiles(None, {})
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise UsageError(f"{path} is not a valid file of profiles: {error}") from None
    return Profiles(data.get("default"), profiles)


def write_profiles(stored: Profiles) -> None:
    """Write the profiles to their file, readable by its owner only."""
    path = locate_file()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lines = [f"default = {_quote(stored.default)}"] if stored.default else []
    for name, profile in stored.profiles.items():
        lines += ["", f"[profiles.{_quote(name)}]"]
        lines += [f"api_url = {_quote(profile.api_url)}", f"api_key = {_quote(profile.api_key)}"]
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write("\n".join(lines).lstrip() + "\n")
    fresh.replace(path)


def _quote(value: Any) -> str:
    return json.dumps(str(value))  # a basic string of TOML has the escapes of JSON
