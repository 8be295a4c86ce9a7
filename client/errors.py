"""Errors of commands that call the API, and the exit codes of these commands."""

import json
from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import IO, Any

import click

from client.text import make_visible


class ExitCode(IntEnum):
    """The exit codes; docs/reference/cli.md explains them."""

    OK = 0
    FAILED = 1
    USAGE = 2
    NOT_ALLOWED = 3
    NOT_FOUND = 4
    REFUSED = 5
    UNAVAILABLE = 6
    INTERRUPTED = 130
    BROKEN_PIPE = 141


class CommandError(click.ClickException):
    """The command failed; each of the `lines` after the message names one detail."""

    def __init__(self, message: str, exit_code: int = ExitCode.FAILED, lines: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.exit_code = exit_code  # type: ignore[misc]  # click's is a class variable; here each error has its own
        self.lines = tuple(lines)
        self.as_json = False

    def show(self, file: IO[Any] | None = None) -> None:
        """Write the error to standard error."""
        if self.as_json:
            click.echo(json.dumps(self.to_json()), file=file, err=True)
            return
        click.echo(f"orderly: {make_visible(self.message)}", file=file, err=True)
        for line in self.lines:
            click.echo(f"  {make_visible(line)}", file=file, err=True)

    def to_json(self) -> dict[str, Any]:
        """Return the error as `--json` shows it."""
        return {
            "error": {
                "code": ExitCode(self.exit_code).name.lower(),
                "message": self.message,
                "details": list(self.lines),
            }
        }


class UsageError(CommandError):
    """A flag, a setting or a file is wrong; nothing was sent."""

    def __init__(self, message: str, lines: Sequence[str] = ()) -> None:
        super().__init__(message, ExitCode.USAGE, lines)


class NoConnection(CommandError):
    """The API did not answer."""

    def __init__(self, url: str, cause: str) -> None:
        super().__init__(f"no answer from {url}: {cause}", ExitCode.UNAVAILABLE)


class ApiRefused(CommandError):
    """The API answered with an error."""

    def __init__(self, status: int, error: Mapping[str, Any]) -> None:
        self.status = status
        self.error = dict(error)
        self.code = str(error.get("code", status))
        super().__init__(f"{self.code}: {error.get('message', '')}", _exit_code(status), list(_describe(error)))

    @property
    def details(self) -> Mapping[str, Any]:
        """The details of the error."""
        found = self.error.get("details")
        return found if isinstance(found, Mapping) else {}

    def to_json(self) -> dict[str, Any]:
        return {"error": self.error}


def _exit_code(status: int) -> ExitCode:
    if status in (401, 403):
        return ExitCode.NOT_ALLOWED
    if status == 404:  # noqa: PLR2004 - a status of HTTP
        return ExitCode.NOT_FOUND
    if status == 429 or status >= 500:  # noqa: PLR2004 - as above
        return ExitCode.UNAVAILABLE
    return ExitCode.REFUSED


def _describe(error: Mapping[str, Any]) -> Sequence[str]:
    """Return one line for each bad field or parameter, then the other details and the request id."""
    details = error.get("details")
    details = details if isinstance(details, Mapping) else {}
    lines = [describe_field(field) for field in details.get("fields", ())]
    lines += [f"{found.get('parameter')}: {found.get('message')}" for found in details.get("parameters", ())]
    known = ("fields", "parameters", "parameter", "undo")
    lines += [
        f"{name}: {_to_text(value)}" for name, value in details.items() if name not in known and value is not None
    ]
    if error.get("request_id"):
        lines.append(f"request id: {error['request_id']}")
    return lines


def describe_field(field: Mapping[str, Any]) -> str:
    """Return one line for a field that the API refused."""
    return f"{'.'.join(map(str, field.get('path', ())))}: {field.get('message', '')}"


def _to_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
