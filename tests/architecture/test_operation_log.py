"""Only one module inserts entries into the logs of operations, so that one place decides what happens with each."""

import re
from pathlib import Path

PROJECT = Path(__file__).parents[2]
PACKAGES = ("activities", "adapters", "api", "bootstrap", "domain", "engine", "migrations", "sandbox", "workflows")
"""Without `benchmarks`, which fills the table with old entries."""
INSERT = re.compile(r"insert\s+into\s+operation_logs\b", re.IGNORECASE)


def test_one_module_inserts_log_entries() -> None:
    files = [path for package in PACKAGES for kind in ("*.py", "*.sql") for path in (PROJECT / package).rglob(kind)]
    inserts = {str(path.relative_to(PROJECT)): len(INSERT.findall(path.read_text())) for path in files}
    assert {name: count for name, count in inserts.items() if count} == {"adapters/postgres/core/operation_log.py": 1}
