"""Calls that read a shipment's tracking and wait for it."""

import time
from collections.abc import Callable

from tests.fixtures.api import Api, data
from tests.fixtures.builders import Json


def tracking(api: Api, shipment_id: str) -> Json:
    return data(api.http.get(f"/api/shipments/{shipment_id}/tracking"))


def until(api: Api, shipment_id: str, holds: Callable[[Json], object], timeout: float = 45) -> Json:
    """Poll a shipment's tracking until a condition is true."""
    deadline = time.monotonic() + timeout
    while not holds(found := tracking(api, shipment_id)):
        assert time.monotonic() < deadline, f"not so within {timeout} s: {found}"
        time.sleep(0.1)
    return found


def list_requests(api: Api, **filters: str) -> list[Json]:
    """Return the tracking requests that the sandbox has received, such as those of a `reference`."""
    params = {"target": "labels.track", **filters}
    found: list[Json] = api.sandbox.http.get("/_sandbox/requests", params=params).json()["data"]
    return found
