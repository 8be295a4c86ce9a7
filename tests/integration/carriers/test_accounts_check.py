"""`orderly accounts check` tests an account's credentials without buying."""

import asyncio
import os
import sys

import pytest

from tests.fixtures.engine import Rig
from tests.fixtures.sandboxes import Sandbox
from tests.fixtures.shops import Shop
from tests.integration.carriers.purchases import open_shop
from tests.integration.carriers.vendors import CARRIERS, Carrier


async def _check(rig: Rig, shop: Shop) -> tuple[int, str]:
    settings = rig.container.settings
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bootstrap.cli", "accounts", "check", str(shop.account_id)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={
            **os.environ,
            "DATABASE_URL": settings.database_url,
            "ORDERLY_ENCRYPTION_KEYS": ",".join(settings.encryption_keys),
            "ORDERLY_ALLOW_LOOPBACK": "1",
        },
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


@pytest.mark.parametrize("carrier", CARRIERS, ids=lambda carrier: carrier.name)
async def test_good_credentials_are_reported(rig: Rig, sandbox: Sandbox, carrier: Carrier) -> None:
    """The output is one line, and no label was bought."""
    shop = await open_shop(rig, sandbox, carrier)

    code, output = await _check(rig, shop)

    assert code == 0, output
    assert output.count("\n") == 1
    assert await sandbox.requests("labels.create") == []


@pytest.mark.parametrize("carrier", CARRIERS, ids=lambda carrier: carrier.name)
async def test_refused_credentials_are_reported_without_secrets(rig: Rig, sandbox: Sandbox, carrier: Carrier) -> None:
    """The command fails with one line."""
    refused = carrier.account(credentials=carrier.refused)
    shop = await rig.shop(sandbox, account=refused, carrier=carrier.settings(sandbox.url))

    code, output = await _check(rig, shop)

    assert code == 1, output
    assert "auth_failed" in output
    assert output.count("\n") == 1
    assert not any(secret in output for secret in carrier.refused.values() if secret != "invalid")
