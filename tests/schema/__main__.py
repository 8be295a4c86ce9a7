"""Write a migration from the difference between tables and schema: `make migration NAME=add_events`."""

import argparse
import re
import sys

from tests.fixtures.postgres import running_server
from tests.schema.revision import write_revision


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def main() -> int:
    """Write the file; return 1 where changes remain that Alembic does not find."""
    parser = argparse.ArgumentParser(prog="make migration NAME=...", description=__doc__)
    parser.add_argument("name", help="what it changes, in lower case with underscores")
    name = parser.parse_args().name
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        parser.error("NAME takes lower case letters, digits and underscores, such as NAME=add_events")
    with running_server() as migrated, running_server() as declared:
        path, remaining = write_revision(name, migrated.url(), declared.url())
    if path is None:
        say("The tables and roles_and_triggers.sql declare what the migrations make: there is nothing to write.")
        return 0
    say(f"Wrote {path}")
    if remaining:
        say("\n- ".join(["Alembic does not find these differences: write them into it by hand.", *remaining]))
    return 1 if remaining else 0


if __name__ == "__main__":
    sys.exit(main())
