"""The answers during an outage of Postgres and after an internal error."""

import contextlib

import psycopg
import pytest

from adapters.postgres.core import pools
from domain.operations import Run
from tests.fixtures.builders import build_order
from tests.fixtures.in_process_api import ApiClient, Temporal
from tests.fixtures.postgres import PostgresServer
from tests.fixtures.rows import Rows


@pytest.fixture(autouse=True)
def short_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up soon if the database is unavailable."""
    monkeypatch.setattr(pools, "BEGIN_SECONDS", 0.5)


async def test_readiness_reports_every_part(client: ApiClient) -> None:
    response = await client.http.get("/readyz")

    ready = response.json()
    assert -5 < ready.pop("clock_skew_seconds") < 5
    assert ready == {"status": "ok", "postgres": "ok", "temporal": "ok", "clock": "ok"}


async def test_an_outage_of_postgres_is_answered_with_retry_after(
    client: ApiClient, postgres_server: PostgresServer, module_database_url: str
) -> None:
    with postgres_server.unreachable(module_database_url):
        response = await client.call("GET", "/api/operations")
        ready = await client.http.get("/readyz")
        alive = await client.http.get("/healthz")

    assert (response.status_code, response.json()["error"]["code"]) == (503, "service_unavailable")
    assert int(response.headers["retry-after"]) >= 1
    assert (ready.status_code, ready.json()["postgres"]) == (503, "down")
    assert alive.status_code == 200


async def test_a_committed_run_is_accepted_despite_an_outage(
    client: ApiClient, rows: Rows, temporal: Temporal, postgres_server: PostgresServer, module_database_url: str
) -> None:
    """The outage begins after the commit, so the client must not repeat the call."""
    path = f"/api/operations/{rows.insert_operation()}/execute"
    with contextlib.ExitStack() as outage:

        async def fall(_run: Run) -> None:
            outage.enter_context(postgres_server.unreachable(module_database_url))

        temporal.workflow = fall
        response = await client.call("POST", path, Prefer="wait=1", Idempotency_Key="k")

    assert response.status_code == 202


async def test_an_internal_error_shows_and_logs_no_data(
    client: ApiClient, superuser: psycopg.Connection[tuple[object]], caplog: pytest.LogCaptureFixture
) -> None:
    """Postgres quotes the whole row when a constraint fails."""
    superuser.execute("alter table orders add constraint ck_forbidden check (external_id <> 'forbidden')")
    client.use_app(client.service.app, raise_errors=False)

    response = await client.call("POST", "/api/orders", build_order(external_id="forbidden"))

    assert (response.status_code, response.json()["error"]["code"]) == (500, "internal_error")
    assert response.headers["x-request-id"] == response.json()["error"]["request_id"]
    assert "Hidden Harbor" not in response.text + caplog.text
    assert "CheckViolation" in caplog.text
