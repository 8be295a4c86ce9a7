"""People who pause, resume and move accounts and bridges at random times."""

import asyncio
import contextlib
import random
import time

import httpx

from domain.vendors.catalogue import CARRIERS as PROFILES
from tests.chaos.client_log import ClientLog, PersonPause
from tests.chaos.world import Account, World

SHORT_PAUSE, LONG_PAUSE = (0.5, 8.0), (30.0, 40.0)
"""Seconds; a long pause outlasts the runs that read the account as active."""
LONG_PAUSE_PROBABILITY = 0.1


async def reactivate_connections(http: httpx.AsyncClient, world: World, until: float) -> None:
    """Reactivate accounts and bridges that the service paused or deactivated."""
    loop = asyncio.get_running_loop()
    while loop.time() < until:
        with contextlib.suppress(httpx.TransportError, httpx.HTTPStatusError):
            await activate(http, world.connections)
        await asyncio.sleep(1.0)


async def pause_connections(
    http: httpx.AsyncClient, world: World, client_log: ClientLog, rng: random.Random, until: float
) -> None:
    """Pause and resume accounts and bridges, each time with a reason."""
    loop = asyncio.get_running_loop()
    while loop.time() < until:
        await asyncio.sleep(rng.uniform(0.5, 4.0))
        path, reason = rng.choice(world.connections), f"inventory {rng.randrange(10**9)}"
        if await _change_status(http, path, "pause", reason):
            client_log.pauses.append(PersonPause(time.time(), path.rpartition("/")[2], reason))
        seconds = rng.uniform(*(LONG_PAUSE if rng.random() < LONG_PAUSE_PROBABILITY else SHORT_PAUSE))
        await asyncio.sleep(max(min(seconds, until - loop.time()), 0))
        await _change_status(http, path, "resume", f"end of {reason}")


async def _change_status(http: httpx.AsyncClient, path: str, verb: str, reason: str) -> bool:
    """Pause or resume; return whether the API confirms it."""
    with contextlib.suppress(httpx.TransportError):
        return (await http.post(f"{path}/{verb}", json={"reason": reason})).is_success
    return False


async def move_accounts(
    http: httpx.AsyncClient, world: World, other_sandbox: str, rng: random.Random, until: float
) -> None:
    """Move accounts to another sandbox and back; a sandbox does not know the labels of the other one."""
    loop = asyncio.get_running_loop()
    while loop.time() < until:
        await asyncio.sleep(rng.uniform(2.0, 6.0))
        account = rng.choice(world.movable)
        base_url = rng.choice([None, f"{other_sandbox}/sim/{account.carrier}"])
        with contextlib.suppress(httpx.TransportError, httpx.HTTPStatusError):
            await set_base_url(http, account, base_url)


async def set_base_url(http: httpx.AsyncClient, account: Account, base_url: str | None) -> None:
    """Set the address of an account's carrier; None means the stack's own sandbox."""
    credentials = dict(PROFILES[account.carrier].sandbox_credentials)
    body = {"settings": {"base_url": base_url}, "credentials": credentials}
    (await http.patch(f"/api/carrier-accounts/{account.id}", json=body)).raise_for_status()


async def activate(http: httpx.AsyncClient, paths: list[str], *, also_persons: bool = False) -> None:
    """Activate accounts and bridges; include those that a person paused only if `also_persons`."""
    for path in paths:
        found = (await http.get(path)).raise_for_status().json()["data"]
        by_person = (found["pause"] or {}).get("cause") == "person"
        if found["status"] != "active" and (also_persons or not by_person):
            (await http.patch(path, json={"status": "active"})).raise_for_status()
