"""A carrier's refusal or outage pauses its account; a probe resumes the account."""

import pytest

from activities import pausing
from domain.vendors.catalogue import CARRIERS
from tests.fixtures.builders import Json
from tests.fixtures.real_service import LiveShop
from tests.integration.api.pauses import (
    ACCOUNTS,
    REASON,
    new_account,
    new_label,
    start,
    until,
    until_done,
    until_paused,
)

NOWHERE = "http://127.0.0.1:9"
FIRST_PROBE_SECONDS = 0.4


@pytest.fixture(scope="module")
def service_settings() -> Json:
    return {"probe_after_seconds": FIRST_PROBE_SECONDS}


@pytest.mark.parametrize(
    ("carrier", "target", "code"),
    [
        ("easypost", "labels.create", "PAYMENT_REQUIRED"),
        ("shipengine", "labels.create", "insufficient_funds"),
        ("usps", "labels.create", "100007"),
        ("usps", "payments.create", "100007"),
    ],
)
async def test_an_account_without_funds_is_paused_and_probed(
    live_shop: LiveShop, carrier: str, target: str, code: str
) -> None:
    """Its operations wait and continue after a probe; nothing fails, and the account stays active."""
    account_id = await new_account(live_shop, carrier)
    await live_shop.sandbox.script(target, *["insufficient_funds"] * 3)
    first, second = [await new_label(live_shop, carrier, account_id) for _ in range(2)]
    await start(live_shop, first)

    waiting = await until_paused(live_shop, first)
    await start(live_shop, second)
    account = await until(live_shop, f"{ACCOUNTS}/{account_id}", lambda read: len(read["logs"]) > 1)

    assert waiting["progress"]["cause"] == "insufficient_funds"
    assert waiting["progress"]["next_look_at"]
    assert (account["logs"][0]["event"], account["logs"][0]["actor"]) == ("paused", "service:worker")
    for operation_id in (first, second):
        await until_done(live_shop, operation_id)
    account = await live_shop.data("GET", f"{ACCOUNTS}/{account_id}")
    assert (account["status"], account["pause"]) == ("active", None)
    assert [entry["event"] for entry in account["logs"]] == ["paused", "probe_failed", "probe_failed", "resumed"]
    assert code


async def test_an_unverified_card_at_usps_pauses_the_account(live_shop: LiveShop) -> None:
    """The pause ends when a probe shows that USPS accepts the card."""
    account_id = await new_account(live_shop, "usps")
    await live_shop.sandbox.script("payments.create", "try_later")
    operation_id = await new_label(live_shop, "usps", account_id)
    await start(live_shop, operation_id)

    waiting = await until_paused(live_shop, operation_id)

    assert waiting["progress"]["cause"] == "unavailable"
    assert "try again later" in waiting["progress"]["reason"]
    await until_done(live_shop, operation_id)


async def test_another_refused_payment_at_usps_fails_the_operation(live_shop: LiveShop) -> None:
    """The error quotes USPS, and the account is not paused."""
    account_id = await new_account(live_shop, "usps")
    await live_shop.sandbox.script("payments.create", "reject")

    failed = await live_shop.execute(await new_label(live_shop, "usps", account_id))

    assert (failed["status"], failed["error"]["code"]) == ("failed", "rejected")
    assert failed["error"]["vendor_code"] == "160255"
    assert (await live_shop.data("GET", f"{ACCOUNTS}/{account_id}"))["status"] == "active"


async def test_an_unreachable_carrier_pauses_its_account(live_shop: LiveShop, monkeypatch: pytest.MonkeyPatch) -> None:
    """After half a minute, here a second; the run continues when a probe reaches the carrier."""
    monkeypatch.setattr(pausing, "UNAVAILABLE_AFTER_SECONDS", 1.0)
    account_id = await new_account(live_shop, "shipengine", base_url=NOWHERE)
    operation_id = await new_label(live_shop, "shipengine", account_id)
    await start(live_shop, operation_id)

    waiting = await until_paused(live_shop, operation_id)
    assert waiting["progress"]["cause"] == "unavailable"

    credentials = dict(CARRIERS["shipengine"].sandbox_credentials)
    settings = {"base_url": f"{live_shop.sandbox.url}/sim/shipengine"}
    changes = {"settings": settings, "credentials": credentials}
    await live_shop.data("PATCH", f"{ACCOUNTS}/{account_id}", changes)
    await until_done(live_shop, operation_id)


async def test_a_daily_rate_limit_pauses_the_account(live_shop: LiveShop) -> None:
    """The carrier sets the time of the first probe; a person may resume the account earlier."""
    account_id = await new_account(live_shop, "shipengine")
    await live_shop.sandbox.script("labels.create", "rate_limited:900")
    operation_id = await new_label(live_shop, "shipengine", account_id)
    await start(live_shop, operation_id)

    await until_paused(live_shop, operation_id)
    account = await live_shop.data("GET", f"{ACCOUNTS}/{account_id}")

    assert account["pause"]["cause"] == "rate_limited"
    assert account["pause"]["next_probe_at"] > account["pause"]["since"]
    await live_shop.data("POST", f"{ACCOUNTS}/{account_id}/resume", REASON)
    await until_done(live_shop, operation_id)
