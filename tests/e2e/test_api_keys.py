"""API keys are managed over HTTP and on the command line."""

import os
import subprocess
import sys
from uuid import uuid4

from tests.fixtures.api import Api, data, is_time, refused
from tests.fixtures.stack import PROJECT, Stack

OPERATIONS = "/api/operations"


def test_a_secret_is_returned_once(api: Api) -> None:
    """Only the creation returns it; the list has the prefix."""
    made = api.key_with("operations:read", "orders:read")
    assert made["secret"].startswith(made["prefix"])
    found = {key["id"]: key for key in api.http.get("/api/api-keys", params={"limit": 100}).json()["data"]}
    assert found[made["id"]] == {name: value for name, value in made.items() if name != "secret"}
    revoked = data(api.http.delete(f"/api/api-keys/{made['id']}"))
    assert is_time(revoked["revoked_at"])
    assert data(api.http.delete(f"/api/api-keys/{made['id']}")) == revoked


def run_orderly_keys(stack: Stack, *arguments: str) -> str:
    process = subprocess.run(
        [sys.executable, "-m", "bootstrap.cli", "keys", *arguments],
        cwd=PROJECT,
        env={**os.environ, "DATABASE_URL": stack.info["database_url"]},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return process.stdout.strip()


def test_orderly_keys_creates_lists_and_revokes(running_stack: Stack) -> None:
    """`create` also creates the organization, and a revoked key is rejected at once."""
    name = f"cli {uuid4()}"
    secret = run_orderly_keys(running_stack, "create", "--organization", name, "--scope", "orders:read")
    client = Api(running_stack.info, secret)
    assert client.http.get("/api/orders").json()["pagination"]["total"] == 0
    refused(client.http.get(OPERATIONS), 403, "insufficient_scope")
    listed = run_orderly_keys(running_stack, "list", "--organization", name)
    assert len(listed.splitlines()) == 1
    assert secret not in listed
    run_orderly_keys(running_stack, "revoke", listed.split()[0])
    refused(client.http.get("/api/orders"), 401, "key_revoked")
    client.close()
