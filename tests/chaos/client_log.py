"""The clients' log: their requests, the answers, and the suite's own disturbances."""

import time
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

NO_ANSWER = 0


@dataclass(frozen=True, slots=True)
class Call:
    """One request and its answer; without an answer `status` is 0, and `result` names the exception.

    `answer` is the `data` or the `error` of the body. `operation_id` is from the path, or of the created operation.
    """

    at: float
    scenario: str
    verb: str
    key: str | None
    operation_id: str | None
    status: int
    result: str
    answer: Json
    replayed: bool

    @property
    def accepted(self) -> bool:
        """Return whether the answer reports success."""
        return self.status in (200, 201, 202)

    def __str__(self) -> str:
        moment = time.strftime("%H:%M:%S", time.gmtime(self.at)) + f".{int(self.at * 1000) % 1000:03d}"
        with_key = f" key={self.key}" if self.key else ""
        replayed = " replayed" if self.replayed else ""
        return f"{moment} client {self.verb}{with_key}: {self.status or 'no answer'} {self.result}{replayed}"


@dataclass(frozen=True, slots=True)
class PersonPause:
    """A person's pause of an account or bridge; `at` is the time of the answer."""

    at: float
    connection_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class WrongClock:
    """A process that ran with its clock `seconds` ahead (negative: behind) from `since` to `until`.

    `has_worker`: it ran the stack's only worker. `has_warned`: it logged a warning about its clock.
    """

    process: str
    seconds: int
    since: float
    until: float
    has_worker: bool
    has_warned: bool


@dataclass(frozen=True, slots=True)
class Hang:
    """A period when an organization's calls hung at its carrier, and another organization's operation at its end."""

    organization_id: str
    since: float
    operation_beside: str | None
    status_beside: str


@dataclass
class ClientLog:
    """All calls in the order of their answers; `bodies` has each scenario's body of the create call.

    `pauses`, `clocks` and `hangs` are the suite's own disturbances.
    """

    calls: list[Call] = field(default_factory=list)
    bodies: dict[str, Json] = field(default_factory=dict)
    pauses: list[PersonPause] = field(default_factory=list)
    clocks: list[WrongClock] = field(default_factory=list)
    hangs: list[Hang] = field(default_factory=list)

    def of(self, operation_id: str) -> list[Call]:
        """Return an operation's calls, and its scenario's calls without an id."""
        scenarios = {call.scenario for call in self.calls if call.operation_id == operation_id}
        return [
            call
            for call in self.calls
            if call.operation_id == operation_id or (call.operation_id is None and call.scenario in scenarios)
        ]
