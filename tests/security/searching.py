"""Looks for secrets in what a stack left behind, in whatever form they may stand there."""

import base64
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

from adapters.temporal.client import connect


def forms(needle: str) -> set[bytes]:
    """Return a text as it may stand somewhere: plain, in JSON, in a URL, in hex, in base64 at each of three offsets."""
    plain = needle.encode()
    found = {
        plain,
        json.dumps(needle)[1:-1].encode(),
        quote(needle).encode(),
        plain.hex().encode(),
        plain.hex().upper().encode(),
    }
    found |= {needle.encode("utf-16-le"), needle.encode("utf-16-be")}
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for offset in range(3):
            whole = encode(b"\0" * offset + plain)
            found.add(whole[(0, 2, 3)[offset] : len(whole) // 4 * 4 - 4])
    return found


def where(needle: str, places: Mapping[str, bytes]) -> set[str]:
    """Return the places that hold a text in any form."""
    looked_for = forms(needle)
    return {name for name, content in places.items() if any(secret in content for secret in looked_for)}


def files(folder: Path, *but: str) -> dict[str, bytes]:
    """Read every file below a folder, but those named and what is below them."""
    left_out = [folder / name for name in but]
    return {
        f"file {path.relative_to(folder)}": path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink() and not any(path.is_relative_to(folder) for folder in left_out)
    }


def database(url: str) -> dict[str, bytes]:
    """Dump every table as the superuser, in the binary format: bytea and text stand there as they are."""
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "select schemaname, tablename from pg_tables where schemaname not in ('pg_catalog', 'information_schema')"
        ).fetchall()
        found = {}
        for schema, table in tables:
            copy = sql.SQL("copy {} to stdout (format binary)").format(sql.Identifier(schema, table))
            with connection.cursor().copy(copy) as rows:
                found[f"table {table}"] = b"".join(bytes(part) for part in rows)
        return found


async def histories(address: str, database_url: str) -> dict[str, bytes]:
    """Read the workflow of every run: its history with payloads, summaries and failures; memo and search attributes."""
    client = await connect(address)
    with psycopg.connect(database_url) as connection:
        ids = [ident for (ident,) in connection.execute("select workflow_id from runs")]
    found = {}
    for ident in ids:
        handle = client.get_workflow_handle(ident)
        history = await handle.fetch_history()
        described = (await handle.describe()).raw_description.SerializeToString()
        events = b"".join(event.SerializeToString() for event in history.events)
        found[f"workflow {ident}"] = events + history.to_json().encode() + described
    return found


def arguments(processes: Iterable[psutil.Process]) -> dict[str, bytes]:
    """Return the command line of each process."""
    return {f"process {process.pid}": " ".join(process.cmdline()).encode() for process in processes}
