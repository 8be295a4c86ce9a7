"""The service's own stack as a contestant, with two variants of the bare workflow and whole operations."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from benchmarks.bare_workflow import bare_worker
from benchmarks.contestant import NotDone, Running, Subject, Work
from benchmarks.http_client import Connection, connections
from benchmarks.label_request import TOKEN
from benchmarks.opponents.environment import version_of
from benchmarks.orders import create_order
from benchmarks.stack import BenchStack
from benchmarks.subjects import (
    BRIDGED,
    BRIDGED_ONE_CALL,
    BUYS,
    ONE_CALL,
    REFERENCE,
    WAITS,
    BareWorkflow,
    OneCall,
    Operation,
    Purchase,
    connect,
)
from bootstrap.embedded.temporal import find_binary

MAX_CLIENTS = 256
PURCHASES = 128
"""More connections than the bare worker has slots."""
GROUPS = {"api": "service", "temporal": "engine"}


class OwnStack:
    """`orderly up`, and a worker of the bare workflow in the clients' process."""

    name = "the service's own stack"

    def versions(self) -> str:
        """Return the versions of its parts."""
        return version_of(str(find_binary()), "--version")

    @asynccontextmanager
    async def start(self, folder: Path) -> AsyncIterator[Running]:
        """Start the stack; stop it at the end of the context."""
        stack = BenchStack(folder)
        try:
            await stack.start()
            async with subjects_of(stack) as running:
                yield running
        finally:
            stack.stop()


def groups_of(stack: BenchStack) -> dict[str, int]:
    """Return a stack's process ids by the groups that all contestants share."""
    return {GROUPS.get(name, name): pid for name, pid in stack.pids().items()}


@asynccontextmanager
async def subjects_of(stack: BenchStack) -> AsyncIterator[Running]:
    """Yield a running stack with its subjects."""
    info = stack.info
    temporal = await connect(info["temporal_address"])
    async with (
        connections(info["sandbox_url"], TOKEN, PURCHASES) as carrier,
        connections(info["api_url"], info["api_key"], MAX_CLIENTS) as clients,
    ):
        purchase, operations = Purchase(carrier), await whole_operations(info, clients)
        async with bare_worker(temporal, purchase.buy):

            async def check() -> Work:
                completed = sum(operation.completed for operation in operations)
                return await check_work(info, completed, purchase.bought)

            subjects: list[Subject] = [
                BareWorkflow(WAITS, temporal, "wait"),
                BareWorkflow(BUYS, temporal, "buy"),
                *operations,
            ]
            yield Running(subjects, groups_of(stack), check)


async def whole_operations(info: dict[str, Any], clients: Sequence[Connection]) -> list[Operation]:
    """Return a create_shipment in two calls and in one call, without a bridge and with one."""
    plain = {"order_id": await create_order(info, clients[0])}
    return [
        Operation(info, clients, plain),
        OneCall(info, clients, plain, ONE_CALL),
        Operation(info, clients, name=BRIDGED),
        OneCall(info, clients, name=BRIDGED_ONE_CALL),
    ]


async def check_work(info: dict[str, Any], completed: int, bare_purchases: int = 0) -> Work:
    """Compare the labels that the sandbox sold with the completed work.

    Raises:
        NotDone: they differ, or the API's count differs.
    """
    async with connections(info["sandbox_url"], "sandbox", 1) as (sandbox,):
        _, answer = await sandbox.call("GET", "/_sandbox/labels")
    live = [label["reference"] for label in json.loads(answer)["data"] if label["status"] == "live"]
    bare = sum(reference.startswith(REFERENCE) for reference in live)
    if len(live) - bare != completed or bare != bare_purchases:
        raise NotDone(
            f"{completed} operations bought {len(live) - bare} labels, {bare_purchases} bare purchases {bare}"
        )
    async with connections(info["api_url"], info["api_key"], 1) as (client,):
        _, answer = await client.call("GET", "/api/operations?status=completed&limit=1")
    if (total := json.loads(answer)["pagination"]["total"]) != completed:
        raise NotDone(f"{completed} operations were completed, the API counts {total}")
    return Work(completed + bare_purchases, len(live))
