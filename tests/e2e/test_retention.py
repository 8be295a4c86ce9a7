"""`orderly prune` beside a running stack: what is old and closed goes, what somebody needs stays."""

import json
from pathlib import Path

import psycopg

from tests.fixtures.api import Api, data, refused
from tests.fixtures.stack import Stack, run_up

OPERATIONS = "/api/operations"
DAYS = "3000"
"""Older than whatever another test makes on the same stack."""

AGE = "update operations set updated_at = now() - interval '4000 days' where id = any(%s::uuid[])"
SCAN = "update shipments set scanned_at = now() - interval '3999 days' where operation_id = %s"
"""A label whose carrier tells no window can be voided until then."""


def prune(stack: Stack, *arguments: str) -> tuple[int, str]:
    """Run the command on the stack's database; return its exit code and what it said."""
    ran = run_up("prune", "--older-than-days", DAYS, *arguments, DATABASE_URL=stack.info["database_url"])
    return ran.returncode, ran.stdout + ran.stderr


def test_old_operations_go_and_what_is_needed_stays(fresh: Api, running_stack: Stack, tmp_path: Path) -> None:
    """Their shipment stays, with its label; a label that may still be voided keeps its operation, and its undo."""
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
    kept = json.loads(line)
    assert kept["operation"]["id"] == old["id"]
    assert kept["effects"][0]["result"]["shipment_id"] == shipment
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


def test_an_archive_that_cannot_be_written_deletes_nothing(fresh: Api, running_stack: Stack, tmp_path: Path) -> None:
    """It is refused in one line that names it."""
    operation = fresh.done(fresh.status_change())
    with psycopg.connect(running_stack.info["database_url"]) as connection:
        connection.execute(AGE, ([operation["id"]],))
    path = tmp_path / "no folder" / "archive.jsonl"

    code, said = prune(running_stack, "--archive", str(path))

    assert code == 1
    assert said.startswith("Error: ")
    assert str(path) in said
    assert said.count("\n") == 1
    assert fresh.get(operation["id"])["status"] == "completed"
    assert prune(running_stack) == (0, "1 operations deleted\n")
    refused(fresh.http.get(f"{OPERATIONS}/{operation['id']}"), 404, "operation_not_found")
