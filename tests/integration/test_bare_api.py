"""The bare routes of the benchmarks use the service's SQL and must keep working."""

from typing import Any

import httpx
from cryptography.fernet import Fernet

from benchmarks.bare_api import create_app
from bootstrap.embedded.demo import ensure_demo
from bootstrap.settings import Settings


async def test_the_bare_routes_answer(database_url: str) -> None:
    """Create, get and list return the recorded operation."""
    settings = Settings(database_url=database_url, encryption_keys=[Fernet.generate_key().decode()])
    demo = await ensure_demo(settings, None)
    fields = {"carrier_account_id": demo.carrier_account_id, "service": "GROUND"}
    body = {"type": "create_shipment", "order_id": demo.order_id, "input": fields}
    app = create_app(database_url)
    headers = {"Authorization": f"Bearer {demo.api_key}"}
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://bare", headers=headers) as http,
    ):
        created: Any = (await http.post("/api/operations", json=body)).json()["data"]
        _, operation, logs, *_ = (await http.get(f"/api/operations/{created['id']}")).json()["data"]
        listed = (await http.get("/api/operations?limit=20")).json()
    assert operation == [created]
    assert [entry["event"] for entry in logs] == ["operation.created"]
    assert (listed["data"], listed["pagination"]) == ([created], {"coalesce": 1})
