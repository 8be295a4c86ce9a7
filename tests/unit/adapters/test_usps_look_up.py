"""A look-up of a USPS label asks only the interface of its purchase, because an app may lack the other."""

from datetime import UTC, datetime
from typing import Any, cast

import pytest

from adapters.carriers.usps import UspsCarrier
from adapters.carriers.usps.adapter import REPRINT, REPRINT_ABROAD
from adapters.carriers.usps.codes import NO_REPRINT
from domain.shipping import PurchaseAttempt
from tests.fixtures.builders import build_raw_answer

NEVER_BOUGHT = {"error": {"code": "400", "errors": [{"code": NO_REPRINT, "detail": "no label"}]}}


class Client:
    """A client that knows no label, and keeps the paths of its calls."""

    def __init__(self) -> None:
        self.paths: list[str] = []

    async def call_paid(self, *call: Any) -> Any:
        self.paths.append(call[1])
        return build_raw_answer(400, NEVER_BOUGHT)


@pytest.mark.parametrize(("is_abroad", "path"), [(False, REPRINT), (True, REPRINT_ABROAD)])
async def test_a_look_up_asks_one_interface(is_abroad: bool, path: str) -> None:
    usps = UspsCarrier.__new__(UspsCarrier)
    client = Client()
    usps._client, usps._label_format = cast(Any, client), "PDF"
    now = datetime.now(UTC)

    assert await usps.find_labels("A" * 26, PurchaseAttempt(now, now, is_abroad)) == []

    assert client.paths == [path]
