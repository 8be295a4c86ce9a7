"""Only one module inserts events of operations, so that one place decides what each contains."""

import re
from pathlib import Path

PROJECT = Path(__file__).parents[2]
PACKAGES = ("activities", "adapters", "api", "bootstrap", "domain", "engine", "sandbox", "workflows")
"""Without `benchmarks`, which fills the table with old events, and migrations."""
TESTS_OF_ENDPOINTS = {"adapters/postgres/stores/webhook_endpoints.py"}
"""A test of a webhook endpoint changes nothing, so no trigger inserts its event."""
INSERT = re.compile(r"insert\s+into\s+events\b", re.IGNORECASE)


def test_one_module_inserts_events() -> None:
    files = [path for package in PACKAGES for path in (PROJECT / package).rglob("*.py")]
    inserts = {str(path.relative_to(PROJECT)) for path in files if INSERT.search(path.read_text())}
    assert inserts - TESTS_OF_ENDPOINTS == {"adapters/postgres/core/events.py"}
