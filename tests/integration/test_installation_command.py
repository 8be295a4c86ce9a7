"""`orderly installation` on a real database."""

import re

from click.testing import CliRunner

from bootstrap.cli.installation import installation


def _call(command: str, database_url: str) -> str:
    result = CliRunner().invoke(installation, [command], env={"DATABASE_URL": database_url})
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_copied_database_gets_an_id_of_its_own(database_url: str) -> None:
    shown = _call("show", database_url)
    ident = re.fullmatch(r"installation ([0-9a-f]{12}), task queue orderly-\1\n", shown)
    assert ident is not None
    assert _call("show", database_url) == shown

    renewed = _call("renew", database_url)

    assert renewed != shown
    assert _call("show", database_url) == renewed
