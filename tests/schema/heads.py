"""Check that the migrations are one chain: `make check`."""

import sys

from alembic.script import ScriptDirectory

from bootstrap.migrate import MIGRATIONS


def find_problem(heads: list[str]) -> str | None:
    """Return why these last migrations are not one chain; None if they are."""
    if len(heads) == 1:
        return None
    return f"migrations/versions has {len(heads)} last migrations: set one's down_revision to another: {sorted(heads)}"


if __name__ == "__main__":
    sys.exit(find_problem(ScriptDirectory(str(MIGRATIONS)).get_heads()))
