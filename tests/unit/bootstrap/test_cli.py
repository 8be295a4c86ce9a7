"""The command line refuses wrong input in one line that names the setting."""

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner
from cryptography.fernet import Fernet

from bootstrap.cli.main import main


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "TEMPORAL_ADDRESS", "TEMPORAL_PROFILE", "TEMPORAL_CONFIG_FILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("command", ["api", "worker", "migrate"])
def test_a_single_process_needs_a_database(command: str) -> None:
    result = CliRunner().invoke(main, [command])
    assert result.exit_code == 2
    assert result.output.startswith("orderly: DATABASE_URL is not set: ")
    assert result.output.count("\n") == 1


@pytest.mark.parametrize("command", ["api", "worker"])
def test_a_single_process_needs_temporal(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    result = CliRunner().invoke(main, [command])
    assert result.exit_code == 2
    assert result.output.startswith("orderly: TEMPORAL_ADDRESS is not set: ")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ORDERLY_ENCRYPTION_KEYS", "half-a-key"),
        ("ORDERLY_MAX_IN_FLIGHT", "0"),
        ("ORDERLY_EMBED_WORKER", "perhaps"),
        ("ORDERLY_RETAIN_OPERATIONS_DAYS", "0"),
        ("ORDERLY_RETAIN_OPERATIONS_DAYS", "1000000000"),
        ("ORDERLY_RETAIN_ANSWERS_HOURS", "23"),
        ("ORDERLY_RETAIN_ANSWERS_HOURS", "1000000000"),
    ],
)
def test_an_invalid_setting_is_named_without_its_value(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The value may be a secret."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
    monkeypatch.setenv("ORDERLY_ENCRYPTION_KEYS", Fernet.generate_key().decode())
    monkeypatch.setenv(variable, value)
    result = CliRunner().invoke(main, ["worker"])
    assert result.exit_code == 2
    assert result.output.startswith(f"orderly: {variable}: ")
    assert result.output.count("\n") == 1
    assert value not in result.output.split()


def test_the_ports_of_up_are_checked() -> None:
    result = CliRunner().invoke(main, ["up", "--api-port", "70000"])
    assert result.exit_code == 2
    assert "--api-port" in result.output


def iterate_commands(command: click.Command) -> Iterator[click.Command]:
    yield command
    if isinstance(command, click.Group):
        for child in command.commands.values():
            yield from iterate_commands(child)


def test_every_command_and_option_has_help() -> None:
    """The help of a command fits into one line of the list of commands."""
    assert {"up", "api", "worker", "migrate", "sandbox", "keys"} <= set(main.commands)
    for command in iterate_commands(main):
        assert command.help, command.name
        assert command is main or not command.get_short_help_str(limit=60).endswith("..."), command.name
        assert all(option.help for option in command.params if isinstance(option, click.Option)), command.name


@pytest.mark.parametrize("days", ["0", "-1", "1.5", "1000000000"])
def test_prune_refuses_a_number_of_days_out_of_bounds(days: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    result = CliRunner().invoke(main, ["prune", "--older-than-days", days])
    assert result.exit_code == 2
    assert "--older-than-days" in result.output
