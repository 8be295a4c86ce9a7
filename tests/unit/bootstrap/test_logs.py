"""The log of a process: the format, the level and the fields of its lines."""

import json
import subprocess
import sys
from typing import Any

CODE = """
import logging
from bootstrap.runtime.logs import set_up_logs
from domain.origin import acting_as, service

set_up_logs({format!r}, {level!r})
with acting_as(service("worker", "req-1")):
    logging.getLogger("orderly.runs").info("run ended", extra={{"status": "completed", "run": 2, "kind": None}})
    logging.getLogger("engine.dispatcher").debug("detail of %s", "x")
logging.getLogger("some.package").debug("debug line of a package")
logging.getLogger("httpx").info("GET https://vendor.test/?key=secret")
try:
    1 / 0
except ZeroDivisionError:
    logging.getLogger("some.package").exception("failed: %s", "why")
"""


def write_lines(log_format: str, level: str) -> list[str]:
    """Return the lines that a process writes to standard error."""
    code = CODE.format(format=log_format, level=level)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == ""
    return done.stderr.splitlines()


def read_lines(level: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in write_lines("json", level)]


def test_each_line_is_a_json_object() -> None:
    """It has the request of its task, and no field without a value."""
    ended, failed = read_lines("info")

    assert ended.pop("time").endswith("Z")
    assert ended == {
        "event": "run ended",
        "level": "info",
        "logger": "orderly.runs",
        "status": "completed",
        "run": 2,
        "request_id": "req-1",
    }
    assert (failed["event"], failed["level"], "request_id" in failed) == ("failed: why", "error", False)
    assert failed["exception"].startswith("Traceback")
    assert "ZeroDivisionError" in failed["exception"]


def test_the_level_applies_to_the_services_own_lines() -> None:
    """At debug level, packages still write nothing below INFO, and those that log URLs only errors."""
    assert [line["event"] for line in read_lines("debug")] == ["run ended", "detail of x", "failed: why"]
    assert [line["event"] for line in read_lines("error")] == ["failed: why"]


def test_lines_for_people() -> None:
    lines = write_lines("console", "warning")

    assert lines[0].endswith("Z ERROR some.package failed: why")
    assert lines[1] == "Traceback (most recent call last):"
