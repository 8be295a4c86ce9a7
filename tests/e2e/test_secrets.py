"""Credentials and API keys appear in no response, log, file or database row."""

from pathlib import Path
from uuid import uuid4

import httpx
import psycopg

from tests.fixtures.api import Api, data
from tests.fixtures.builders import SHIP_TO
from tests.fixtures.stack import Stack

OPERATIONS = "/api/operations"


def test_secrets_are_not_exposed(api: Api, running_stack: Stack) -> None:
    """Responses, files of the stack and rows of the database contain neither credentials nor keys."""
    secret = f"hush-{uuid4()}"
    account = {"carrier": "shipengine", "name": "s", "mode": "test", "credentials": {"api_key": secret}}
    bridge = {"channel": "shopify", "name": "s", "mode": "test", "credentials": {"access_token": secret}}
    answers: list[httpx.Response] = []
    for path, body in (("/api/carrier-accounts", account), ("/api/bridges", bridge)):
        made = api.http.post(path, json=body, headers={"Idempotency-Key": str(uuid4())})
        url = f"{path}/{data(made, 201)['id']}"
        answers += [made, api.http.get(path), api.http.get(url), api.http.patch(url, json={"name": "t"})]
        answers.append(api.http.patch(url, json={"credentials": {"api_key": secret}, "surprise": secret}))
        answers.append(api.http.post(path, json={**body, "credentials": {"api_key": [secret]}}))
        answers.append(api.http.post(path, content=f'{{"credentials": {{"api_key": "{secret}"'))
    account_id = answers[0].json()["data"]["id"]
    settings = {"ship_from": SHIP_TO, "default_parcel": {"weight": "1", "weight_unit": "lb"}}
    data(api.http.patch(f"/api/carrier-accounts/{account_id}", json={"settings": settings}))
    operation = api.label(carrier_account_id=account_id)
    answers.append(api.http.post(f"{OPERATIONS}/{operation['id']}/execute", headers={"Prefer": "wait=20"}))
    answers.append(api.http.get(f"{OPERATIONS}/{operation['id']}"))
    key = api.key_with("orders:read")["secret"]
    assert api.http.get("/api/orders", headers={"Authorization": f"Bearer {key}"}).status_code == 200
    assert all(secret not in answer.text and secret not in str(answer.headers) for answer in answers)
    for needle in (secret, key):
        assert files_with(running_stack.data_dir, needle) == []
        assert rows_with(running_stack.info["database_url"], needle) == []
    assert files_with(running_stack.data_dir / "logs", api.key) == []


def files_with(folder: Path, needle: str) -> list[Path]:
    """Return every file that contains the text, those of PostgreSQL and Temporal included."""
    found = []
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink() and needle.encode() in path.read_bytes():
            found.append(path)
    return found


def rows_with(database_url: str, needle: str) -> list[str]:
    """Return every table with a row that contains the text."""
    with psycopg.connect(database_url) as connection:
        tables = connection.execute(
            "select table_schema, table_name from information_schema.tables "
            "where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')"
        ).fetchall()
        assert len(tables) > 8
        found = []
        for schema, table in tables:
            sql = f'select count(*) from "{schema}"."{table}" as rows where rows::text like %s'
            row = connection.execute(sql.encode(), [f"%{needle}%"]).fetchone()
            if row is not None and row[0]:
                found.append(table)
    return found
