"""Imports between packages follow the contracts."""

import subprocess
import sys
from pathlib import Path

import pytest

CONTRACTS = Path(__file__).with_name("contracts.ini")
ROOT = Path(__file__).parents[2]

PACKAGES = (
    "activities",
    "adapters",
    "api",
    "bootstrap",
    "client",
    "domain",
    "engine",
    "migrations",
    "sandbox",
    "workflows",
)

VIOLATIONS = {
    "domain/intruder.py": "import temporalio\n",
    "workflows/intruder.py": "import psycopg\n",
    "activities/intruder.py": "import workflows.saga\n",
    "api/intruder.py": "import adapters.http.transport\n",
    "engine/intruder.py": "import adapters.postgres.database\n",
    "adapters/postgres/intruder.py": "import adapters.temporal.client\n",
    "adapters/postgres/stores/intruder.py": "import adapters.postgres.database\n",
    "adapters/postgres/core/intruder.py": "import adapters.postgres.stores.orders\n",
    "adapters/postgres/runs/intruder.py": "import adapters.postgres.ledger.ledger\n",
    "workflows/operations/create_shipment/intruder.py": "import workflows.operations.fulfill_order\n",
    "sandbox/intruder.py": "import domain\n",
    "client/intruder.py": "import domain\n",
    "api/http/intruder.py": "import client.text\n",
}


def run_linter(root: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--config", str(CONTRACTS), "--no-cache"]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


def test_all_imports_follow_the_contracts() -> None:
    result = run_linter(ROOT)

    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("path", VIOLATIONS)
def test_each_contract_finds_a_violation(path: str, tmp_path: Path) -> None:
    for package in PACKAGES:
        for source in (ROOT / package).rglob("*.py"):
            copy = tmp_path / source.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(source.read_bytes())
    (tmp_path / path).write_text(VIOLATIONS[path])

    result = run_linter(tmp_path)

    assert result.returncode != 0
    assert "intruder" in result.stdout
