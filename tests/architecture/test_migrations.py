"""Migrations form one chain, because two that follow the same one can't be applied."""

from alembic.config import Config
from alembic.script import ScriptDirectory

import migrations


def test_the_chain_of_migrations_has_one_head() -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations.__path__[0]))
    assert len(ScriptDirectory.from_config(config).get_heads()) == 1
