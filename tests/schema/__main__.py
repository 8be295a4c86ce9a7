"""Write a migration from the difference between tables and schema: `make migration NAME=add_events`."""

import argparse
import re
import sys

from tests.fixtures.postgres import running_server
from tests.schema.revision import write_revision


def print_line(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def main() -> int:
    """Write the file; return 1 if differences remain that Alembic does not find."""
    parser = argparse.ArgumentParser(prog="make migration NAME=...", description=__doc__)
    parser.add_argument("name", help="what it changes, in lower case with underscores")
    name = parser.parse_args().name
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        parser.error("NAME takes lower case letters, digits and underscores, such as NAME=add_events")
    with running_server() as migrated, running_server() as declared:
        path, remaining = write_revision(name, migrated.url(), declared.url())
    if path is None:
        print_line("The migrations already create the declared tables, roles and triggers: there is nothing to write.")
        return 0
    print_line(f"Wrote {path}")
    if remaining:
        print_line("\n- ".join(["Alembic does not find these differences. Add them to the file by hand:", *remaining]))
    return 1 if remaining else 0


if __name__ == "__main__":
    sys.exit(main())
