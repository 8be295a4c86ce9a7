"""The adversary kills, stops and restarts processes, and scripts the sandbox's faults, as its seed determines."""

import asyncio
import contextlib
import random
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import httpx
import psutil
import psycopg
from temporalio.service import RPCError

from adapters.temporal.client import connect
from sandbox.faults import TARGETS, valid_faults
from tests.chaos.client_log import WrongClock
from tests.chaos.clock import ClockDisturbance
from tests.chaos.records import running_workflows
from tests.chaos.vendors import ITEM
from tests.fixtures.postgres import read_only
from tests.fixtures.shifted_clock import Clocks, find_faketime
from tests.fixtures.stack import Stack

VICTIMS = ("postgres", "temporal", "api", "worker", "sandbox")
ASK_TO_END = {"postgres": signal.SIGINT}
"""Signals that end a process, if not SIGTERM: on SIGTERM PostgreSQL waits until its last client disconnects."""
MAX_STOP = 13.0
"""Seconds; longer than the 10 s after which Temporal redelivers a silent activity, so that both deliveries run."""
MAX_SANDBOX_STOP = 4.0
"""Seconds; a carrier that processes a request after its settle time makes every lookup unreliable."""
FALSE_ABSENCE = {
    (target, "absent") for target in ("labels.find", "fulfillments.find", "fulfillments.status", "drafts.find")
}
"""Faults that are not scripted: lookups that hide existing labels. No service can handle a carrier that lies."""
FALSE_REFUSAL = "rate_limited_after_accept"
"""Not scripted either: no vendor documents it. The service looks for such a label only before it sends again."""


LATER_SECONDS = 4.0
"""Shopify sometimes answers a fulfillment after this time."""
CHILD_PROBABILITY = 0.3
"""Probability that a kill hits any process of a server: Postgres recovers when one of its backends is killed."""
SHOP_STATES = ("open", "open", "open", "cancelled", "on_hold", "refunded")
"""A merchant's changes of an order; it is usually open again."""
CLEAR_PROBABILITY = 0.15
"""Probability that scripted faults are cleared, so that unused faults do not accumulate."""


@dataclass
class Adversary:
    """Disturbs a stack; `acts` records each disturbance with its time."""

    stack: Stack
    rng: random.Random
    restart: Callable[[], Awaitable[None]]
    shop_orders: list[str]
    clocks: Clocks
    wrong_clocks: list[WrongClock] = field(default_factory=list)
    acts: list[tuple[float, str]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    async def disturb(self, until: float) -> None:
        """Disturb the stack until a time of the loop's clock; no process stays stopped afterwards."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._process_disturbances(until))
            group.create_task(self._faults(until))
            group.create_task(self._change_shop_orders(until))

    async def _process_disturbances(self, until: float) -> None:
        loop = asyncio.get_running_loop()
        first = [self._kill, self._stop]  # each round has both, however short it is
        while True:
            await asyncio.sleep(self.rng.uniform(1.0, 7.0))
            if loop.time() > until:
                return
            if first:
                await first.pop()()
                continue
            acts = [
                self._kill,
                self._stop,
                self._terminate,
                self._interfere_with_workflows,
                self._kill_all,
                self._refuse_writes,
                self._shift,
            ]
            await self.rng.choices(acts, [40, 30, 10, 15, 5, 8, 8])[0]()

    def _choose(self) -> list[str]:
        return self.rng.sample(VICTIMS, self.rng.choices([1, 2, 3, 5], [70, 18, 7, 5])[0])

    async def _kill(self) -> None:
        victims = self._choose()
        self._record("kill", f"kill -9 {' '.join(victims)}")
        for victim in victims:
            found = self._processes(victim)
            if found and self.rng.random() < CHILD_PROBABILITY:
                found = [self.rng.choice(found)]
            for process in found[:1]:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.send_signal(signal.SIGKILL)

    async def _stop(self) -> None:
        victims = self._choose()
        longest = MAX_SANDBOX_STOP if "sandbox" in victims else MAX_STOP
        seconds = self.rng.uniform(0.5, longest)
        self._record("stop", f"SIGSTOP {' '.join(victims)} for {seconds:.1f} s")
        stopped = [process for victim in victims for process in self._processes(victim)]
        try:
            for process in stopped:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.suspend()
            await asyncio.sleep(seconds)
        finally:
            for process in stopped:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.resume()
            self.acts.append((time.time(), f"SIGCONT {' '.join(victims)}"))

    async def _terminate(self) -> None:
        """Ask processes to shut down, as a deploy does; they may or may not finish their calls."""
        victims = self._choose()
        self._record("end", f"asked to end: {' '.join(victims)}")
        for victim in victims:
            for process in self._processes(victim)[:1]:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.send_signal(ASK_TO_END.get(victim, signal.SIGTERM))

    async def _interfere_with_workflows(self) -> None:
        """Terminate or cancel some open workflows, as an operator might in the Temporal UI."""
        with contextlib.suppress(RPCError, RuntimeError, FileNotFoundError, TimeoutError):
            async with asyncio.timeout(5):
                temporal = await connect(self.stack.info["temporal_address"])
                found = sorted(await running_workflows(temporal))
                for ident in self.rng.sample(found, min(len(found), 2)):
                    act = self.rng.choice(["terminate", "cancel"])
                    self._record(act, f"{act} of workflow {ident}")
                    await getattr(temporal.get_workflow_handle(ident), act)()

    async def _refuse_writes(self) -> None:
        """Make Postgres read-only for some seconds, as a failover does."""
        seconds = self.rng.uniform(0.5, 6.0)
        with contextlib.suppress(psycopg.Error, FileNotFoundError), read_only(self.stack.info["database_url"]):
            self._record("read-only", f"Postgres refuses writes for {seconds:.1f} s")
            await asyncio.sleep(seconds)

    async def _shift(self) -> None:
        """Run a process with a wrong clock for some seconds."""
        if find_faketime():
            disturbance = ClockDisturbance(self.stack, self.clocks, self.rng)
            done = await disturbance.run(lambda text: self.acts.append((time.time(), text)))
            self.wrong_clocks.extend([done] if done is not None else [])
            self.counts["wrong clock"] += done is not None

    async def _kill_all(self) -> None:
        self._record("restart", "kill -9 of the whole stack, which is started again")
        await self.restart()

    def _processes(self, victim: str) -> list[psutil.Process]:
        """Return a server's processes, the parent first; none while stack.json is being replaced."""
        try:
            parent = psutil.Process(self.stack.info["pids"][victim])
            return [parent, *parent.children(recursive=True)]
        except (psutil.NoSuchProcess, FileNotFoundError):
            return []

    async def _faults(self, until: float) -> None:
        loop = asyncio.get_running_loop()
        choices = [(target, fault) for target in TARGETS for fault in valid_faults(target)]
        choices = [
            (target, fault)
            for target, fault in choices
            if (target, fault) not in FALSE_ABSENCE and fault != FALSE_REFUSAL and not target.startswith("orders.")
        ]
        async with httpx.AsyncClient(timeout=2) as http:
            while loop.time() < until:
                target, fault = self.rng.choice(choices)
                # A stopped sandbox processes a request late: with a longer fault that could be after the settle time.
                seconds = [0, 1] if fault.startswith("gateway") else [0, 1, 2, 3]
                fault = fault.replace("N", str(self.rng.choice(seconds)))
                body = {"target": target, "faults": [fault] * self.rng.choices([1, 2, 4], [75, 20, 5])[0]}
                await asyncio.sleep(self.rng.uniform(0.1, 0.7))
                with contextlib.suppress(httpx.TransportError, FileNotFoundError):
                    url = f"{self.stack.info['sandbox_url']}/_sandbox/faults"
                    if self.rng.random() < CLEAR_PROBABILITY:
                        await http.delete(url)
                    (await http.post(url, json=body)).raise_for_status()
                    later = {"answer_after_seconds": self.rng.choice([0, 0, LATER_SECONDS])}
                    (await http.post(url.replace("faults", "channel"), json=later)).raise_for_status()
                    self.counts["fault scripted"] += len(body["faults"])

    async def _change_shop_orders(self, until: float) -> None:
        """Cancel, hold, refund and reopen orders in their shops at random times."""
        loop = asyncio.get_running_loop()
        async with httpx.AsyncClient(timeout=2) as http:
            while loop.time() < until:
                order, state = self.rng.choice(self.shop_orders), self.rng.choice(SHOP_STATES)
                refunded = [{"id": ITEM["id"], "quantity": self.rng.choice([0, 1, ITEM["quantity"]])}]
                await asyncio.sleep(self.rng.uniform(0.2, 1.5))
                with contextlib.suppress(httpx.TransportError, FileNotFoundError):
                    url = f"{self.stack.info['sandbox_url']}/_sandbox/orders/{order}"
                    (await http.patch(url, json={"state": state, "refunded": refunded})).raise_for_status()
                    self.counts["order changed"] += 1

    def _record(self, kind: str, text: str) -> None:
        self.counts[kind] += 1
        self.acts.append((time.time(), text))


async def heal(stack: Stack) -> None:
    """Resume all processes, wait until the stack is ready, and clear the faults."""
    for process in stack.family():
        with contextlib.suppress(psutil.NoSuchProcess):
            process.resume()
    await asyncio.to_thread(stack.wait_ready, 90)
    async with httpx.AsyncClient(base_url=stack.info["sandbox_url"], timeout=5) as http:
        for _ in range(50):
            with contextlib.suppress(httpx.TransportError):
                (await http.delete("/_sandbox/faults")).raise_for_status()
                return
            await asyncio.sleep(0.2)
    raise AssertionError("the sandbox does not come back")
