"""The API process of an embedded stack: prepares the database, then serves.

It is one process, so that the service's imports, the longest part of a start, run once and while the servers start.
"""

import sys
from pathlib import Path

from pydantic import ValidationError

from bootstrap.cli.exit import exit_now
from bootstrap.embedded.folder import DataFolder
from bootstrap.embedded.prepare import prepare
from bootstrap.embedded.processes import REFUSED
from bootstrap.migrate import MigrationError
from bootstrap.processes.api import run
from bootstrap.settings import Settings, describe_errors


def main(root: str, patience: str) -> int:
    """Prepare the data folder `root`, waiting `patience` seconds for the database; serve; return the exit code."""
    try:
        settings = Settings()
        prepare(DataFolder(Path(root)), settings, float(patience))
    except ValidationError as error:
        sys.stderr.write(f"{describe_errors(error)}\n")
        return REFUSED
    except MigrationError as error:
        sys.stderr.write(f"{error}\n")
        return REFUSED
    return run(settings)


if __name__ == "__main__":
    exit_now(main(*sys.argv[1:]))
