"""What a client learns while Postgres is away, and when the service makes a mistake."""

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
    """Give up soon on a database that is away."""
    monkeypatch.setattr(pools, "BEGIN_SECONDS", 0.5)


async def test_readiness_reports_every_part(client: ApiClient) -> None:
    response = await client.http.get("/readyz")

    ready = response.json()
    assert -5 < ready.pop("clock_skew_seconds") < 5
    assert ready == {"status": "ok", "postgres": "ok", "temporal": "ok", "clock": "ok"}


async def test_without_a_database_the_client_is_asked_to_come_back(
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


async def test_a_committed_run_is_not_refused_in_an_outage(
    client: ApiClient, rows: Rows, temporal: Temporal, postgres_server: PostgresServer, module_database_url: str
) -> None:
    """The run is committed before the database goes away, so that the client must not try again."""
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
    """Postgres quotes the whole row in the message of a constraint."""
    superuser.execute("alter table orders add constraint ck_forbidden check (external_id <> 'forbidden')")
    client.use_app(client.service.app, raise_errors=False)

    response = await client.call("POST", "/api/orders", build_order(external_id="forbidden"))

    assert (response.status_code, response.json()["error"]["code"]) == (500, "internal_error")
    assert response.headers["x-request-id"] == response.json()["error"]["request_id"]
    assert "Hidden Harbor" not in response.text + caplog.text
    assert "CheckViolation" in caplog.text
