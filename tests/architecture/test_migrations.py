"""Migrations form one chain, because two that follow the same one can't be applied."""

from alembic.script import ScriptDirectory

from bootstrap.migrate import MIGRATIONS
from tests.schema.heads import find_problem


def test_the_chain_of_migrations_has_one_head() -> None:
    assert find_problem(ScriptDirectory(str(MIGRATIONS)).get_heads()) is None


def test_two_heads_are_named() -> None:
    assert "['a', 'b']" in str(find_problem(["b", "a"]))
