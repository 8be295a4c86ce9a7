"""`orderly prune` on a running stack deletes old closed operations, and keeps those that are still needed."""

import json
from pathlib import Path

import psycopg

from tests.fixtures.api import Api, data, refused
from tests.fixtures.stack import Stack, run_up

OPERATIONS = "/api/operations"
DAYS = "3000"
"""Older than every operation that other tests create on the same stack."""

AGE = "update operations set updated_at = now() - interval '4000 days' where id = any(%s::uuid[])"
SCAN = "update shipments set scanned_at = now() - interval '3999 days' where operation_id = %s"
"""Mark the label as scanned; a label without a scan or an undo window could still be voided."""


def prune(stack: Stack, *arguments: str) -> tuple[int, str]:
    """Run the command on the stack's database; return its exit code and output."""
    process = run_up("prune", "--older-than-days", DAYS, *arguments, DATABASE_URL=stack.info["database_url"])
    return process.returncode, process.stdout + process.stderr


def test_prune_deletes_old_operations_that_are_not_needed(fresh: Api, running_stack: Stack, tmp_path: Path) -> None:
    """The shipment and its label stay, and so does an operation whose label may still be voided."""
    fresh.account()
    old, pending, young = fresh.done(fresh.label()), fresh.label(), fresh.done(fresh.status_change())
    voidable = fresh.done(fresh.label())
    shipment = old["output"]["shipment_id"]
    with psycopg.connect(running_stack.info["database_url"]) as connection:
        connection.execute(AGE, ([old["id"], pending["id"], voidable["id"]],))
        assert connection.execute(SCAN, (old["id"],)).rowcount == 1

    archive = tmp_path / "archive.jsonl"
    assert prune(running_stack, "--archive", str(archive)) == (0, "1 operations deleted\n")

    (line,) = archive.read_text().splitlines()
    archived = json.loads(line)
    assert archived["operation"]["id"] == old["id"]
    assert archived["effects"][0]["result"]["shipment_id"] == shipment
    body = fresh.http.get(OPERATIONS, params={"cursor": "first"}).json()
    assert {operation["id"] for operation in body["data"]} == {pending["id"], young["id"], voidable["id"]}
    assert body["pagination"]["total"] == 3
    for status, total in (("completed", 2), ("pending", 1)):
        found = fresh.http.get(OPERATIONS, params={"status": status}).json()
        assert found["pagination"]["total"] == total
    for call in (fresh.http.get(f"{OPERATIONS}/{old['id']}"), fresh.http.post(f"{OPERATIONS}/{old['id']}/undo")):
        refused(call, 404, "operation_not_found")
    assert data(fresh.http.get(f"/api/shipments/{shipment}"))["operation_id"] == old["id"]
    assert fresh.http.get(f"/api/shipments/{shipment}/label").content.startswith(b"%PDF")
    assert prune(running_stack) == (0, "0 operations deleted\n")

    fresh.http.post(f"{OPERATIONS}/{voidable['id']}/undo")
    fresh.until(voidable["id"], lambda operation: operation["status"] == "undone")
    fresh.done(pending)


def test_prune_deletes_nothing_if_the_archive_fails(fresh: Api, running_stack: Stack, tmp_path: Path) -> None:
    """The command fails with one line that names the file."""
    operation = fresh.done(fresh.status_change())
    with psycopg.connect(running_stack.info["database_url"]) as connection:
        connection.execute(AGE, ([operation["id"]],))
    path = tmp_path / "no folder" / "archive.jsonl"

    code, output = prune(running_stack, "--archive", str(path))

    assert code == 1
    assert output.startswith("Error: ")
    assert str(path) in output
    assert output.count("\n") == 1
    assert fresh.get(operation["id"])["status"] == "completed"
    assert prune(running_stack) == (0, "1 operations deleted\n")
    refused(fresh.http.get(f"{OPERATIONS}/{operation['id']}"), 404, "operation_not_found")
