"""`orderly users` and `orderly keys create --user` on a real database."""

from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from bootstrap.cli.main import main

Run = Callable[..., Result]


@pytest.fixture
def run(database_url: str) -> Run:
    def call(*arguments: str) -> Result:
        return CliRunner().invoke(main, arguments, env={"DATABASE_URL": database_url, "ORDERLY_ORGANIZATION": None})

    return call


@pytest.fixture
def first(run: Run) -> str:
    """The id of the first admin, of a new organization."""
    run("keys", "create")
    return str(run("users", "add", "ann@example.com", "--role", "admin", "--name", "Ann").stdout.split()[0])


def test_a_user_is_added_listed_changed_and_removed(run: Run, first: str) -> None:
    added = run("users", "add", "ben@example.com", "--role", "viewer")
    changed = run("users", "role", "Ben@example.com", "operator")
    disabled = run("users", "disable", added.stdout.split()[0])
    enabled = run("users", "enable", "ben@example.com")
    listed = run("users", "list")
    removed = run("users", "remove", "ben@example.com")

    assert [result.exit_code for result in (added, changed, disabled, enabled, listed, removed)] == [0] * 6
    assert changed.stdout.split()[1:] == ["operator", "active", "ben@example.com"]
    assert disabled.stdout.split()[2] == "disabled"
    assert listed.stdout.splitlines()[0].split() == [first, "admin", "active", "ann@example.com", "Ann"]
    assert removed.stdout.split()[2] == "removed"
    assert "there is no user ben@example.com" in run("users", "remove", "ben@example.com").output


def test_a_refusal_is_one_line(run: Run, first: str) -> None:
    assert run("users", "remove", first).output == "Error: This user is the last admin of the organization.\n"
    assert "already has a user" in run("users", "add", "Ann@example.com", "--role", "viewer").output
    assert "not an e-mail address" in run("users", "add", "ann", "--role", "viewer").output
    assert "there is no organization" in run("users", "list", "--organization", "Nobody").output


@pytest.mark.usefixtures("first")
def test_a_key_of_a_user_has_the_scopes_of_the_role(run: Run) -> None:
    run("users", "add", "ben@example.com", "--role", "viewer")
    created = run("keys", "create", "--user", "ben@example.com", "--name", "own")
    refused = run("keys", "create", "--user", "ben@example.com", "--scope", "orders:write")

    assert created.exit_code == 0
    (own,) = (line for line in run("keys", "list").stdout.splitlines() if "  own  " in line)
    assert "orders:read" in own
    assert ":write" not in own
    assert "the role viewer of ben@example.com lacks the scope orders:write" in refused.output
    assert "there is no user eve@example.com" in run("keys", "create", "--user", "eve@example.com").output
