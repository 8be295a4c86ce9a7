"""Searches everything that a stack leaves behind for secrets, in several encodings."""

import base64
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

from adapters.temporal.client import connect


def encode_all(needle: str) -> set[bytes]:
    """Return a text in every encoding: plain, JSON, URL, hex, UTF-16, and base64 at each of three offsets."""
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
            encoded = encode(b"\0" * offset + plain)
            found.add(encoded[(0, 2, 3)[offset] : len(encoded) // 4 * 4 - 4])
    return found


def find_places(needle: str, places: Mapping[str, bytes]) -> set[str]:
    """Return the places that contain a text in any encoding."""
    encodings = encode_all(needle)
    return {name for name, content in places.items() if any(secret in content for secret in encodings)}


def read_files(folder: Path, *excluded: str) -> dict[str, bytes]:
    """Read every file in a folder, except the named files and folders."""
    excluded_paths = [folder / name for name in excluded]
    return {
        f"file {path.relative_to(folder)}": path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
        and not path.is_symlink()
        and not any(path.is_relative_to(folder) for folder in excluded_paths)
    }


def dump_tables(url: str) -> dict[str, bytes]:
    """Dump every table as the superuser, in the binary format, which has bytea and text unencoded."""
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


async def read_histories(address: str, database_url: str) -> dict[str, bytes]:
    """Read every run's workflow: history with payloads, summaries and failures, memo and search attributes."""
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


def read_command_lines(processes: Iterable[psutil.Process]) -> dict[str, bytes]:
    """Return the command line of each process."""
    return {f"process {process.pid}": " ".join(process.cmdline()).encode() for process in processes}
