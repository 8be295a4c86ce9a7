"""What every command that calls the API shares: its flags, its errors and its exit codes."""

import functools
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import click

from client.api import Api
from client.errors import CommandError, ExitCode, UsageError
from client.output import Output
from client.settings import find_profile


@dataclass
class Session:
    """One run of a command."""

    out: Output
    profile: str | None

    @cached_property
    def api(self) -> Api:
        """The API, opened at the first use."""
        context = click.get_current_context()
        found: Api = context.obj("api", Api(find_profile(self.profile)))  # tests pass a hook
        context.call_on_close(found.close)
        return found

    def confirm(self, question: str, *, is_confirmed: bool) -> None:
        """Ask a person before a change of many items; without a terminal, `--yes` is required."""
        if is_confirmed:
            return
        if not sys.stdin.isatty():
            raise UsageError(f"{question} Confirm with --yes.")
        click.confirm(question, abort=True, err=True)

    def for_each(self, idents: Sequence[str], call: Callable[[str], None]) -> None:
        """Make a call for each id, and report the refusals at the end; raises the first of them."""
        refused: list[CommandError] = []
        for ident in idents:
            try:
                call(ident)
            except CommandError as error:
                if len(idents) == 1 or error.exit_code in (ExitCode.UNAVAILABLE, ExitCode.NOT_ALLOWED):
                    raise
                error.as_json = self.out.as_json
                error.lines = (f"id: {ident}", *error.lines)
                error.show()
                refused.append(error)
        if refused:
            raise CommandError(f"{len(refused)} of {len(idents)} were refused", refused[0].exit_code)


def api_command(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command the flags `--json` and `--profile`, and a session as its first argument."""

    @click.option("--json", "as_json", is_flag=True, help="Print each item as a line of JSON.")
    @click.option("--profile", help="Profile with the address and the key. Default: ORDERLY_PROFILE.")
    @functools.wraps(function)
    def run(*args: Any, as_json: bool, profile: str | None, **kwargs: Any) -> None:
        try:
            function(Session(Output(as_json=as_json), profile), *args, **kwargs)
            sys.stdout.flush()
        except CommandError as error:
            error.as_json = as_json
            raise
        except KeyboardInterrupt:
            raise SystemExit(ExitCode.INTERRUPTED) from None
        except BrokenPipeError:
            # The interpreter flushes standard output at its end, which must not fail once more.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise SystemExit(ExitCode.BROKEN_PIPE) from None

    return run
