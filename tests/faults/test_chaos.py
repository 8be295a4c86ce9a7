"""One minute of chaos; `make chaos` runs it longer."""

from pathlib import Path

import pytest

from tests.chaos.run import Plan, chaos, say


@pytest.mark.timeout(300)
async def test_every_promise_holds_through_a_minute_of_chaos(tmp_path: Path) -> None:
    """After kills, stops and faults the four records agree."""
    plan = Plan(seed=3, load_seconds=60, retry_for=20, wait_for=30, settle_seconds=90)
    figures = await chaos(plan, tmp_path, 0, say)
    assert figures.operations.total() > 20
    assert min(figures.trouble[kind] for kind in ("kill", "stop", "fault met")) > 0
