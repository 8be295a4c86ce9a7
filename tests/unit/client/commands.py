"""Runs commands against answers that the test chooses, without a server."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import httpx
from click.testing import CliRunner, Result

from bootstrap.cli.main import main
from client.api import Api
from client.settings import Profile

Handler = Callable[[httpx.Request], httpx.Response]
OPERATION: Mapping[str, Any] = {
    "id": "550e8400-e29b-41d4-a716-446655440000",
    "type": "create_shipment",
    "status": "completed",
    "order_id": None,
    "created_at": "2026-01-15T10:30:00Z",
    "error": None,
    "attention": None,
    "progress": None,
    "undo": {"status": "none", "available": True, "until": None, "steps": None},
}


class FakeApi:
    """Answers each request with the next of `answers`, and records the requests and the waits."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []
        self.waits: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def run(self, *arguments: str, stdin: str | None = None) -> Result:
        """Run a command to its end."""
        env = {"ORDERLY_API_URL": "http://orderly.test", "ORDERLY_API_KEY": "ord_sk_secret", "ORDERLY_PROFILE": ""}
        return CliRunner(env=env).invoke(main, arguments, input=stdin, obj=self._replace)

    def _replace(self, _name: str, port: Api) -> Api:
        profile = Profile(port.url, "ord_sk_secret")
        return Api(profile, httpx.MockTransport(self), self.waits.append)

    def bodies(self) -> list[Any]:
        """Return the JSON of each request; None without a body."""
        return [json.loads(request.content) if request.content else None for request in self.requests]


def data(found: Any, status: int = 200) -> httpx.Response:
    return httpx.Response(status, json={"data": found})


def page(rows: list[Any], following: str | None = None) -> httpx.Response:
    place = {"hasMore": following is not None, "nextCursor": following}
    return httpx.Response(200, json={"data": rows, "pagination": place})


def refusal(http_status: int, code: str, **details: Any) -> httpx.Response:
    error = {"code": code, "message": "It was refused.", "details": details, "request_id": "r1"}
    return httpx.Response(http_status, json={"error": error})
