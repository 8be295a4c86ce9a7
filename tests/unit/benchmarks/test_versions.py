"""The comparison of two versions finds their files and shows ratios."""

from pathlib import Path

from benchmarks.stack import PROJECT
from benchmarks.versions import Comparison, check_out


def test_a_version_is_a_folder_or_a_commit(tmp_path: Path) -> None:
    assert check_out(str(tmp_path), tmp_path / "unused") == tmp_path
    if (PROJECT / ".git").exists():
        assert (check_out("HEAD", tmp_path / "head") / "bootstrap" / "cli").is_dir()


def test_the_table_shows_ratios_within_each_turn() -> None:
    comparison = Comparison()
    for side, turns in ((0, (10.0, 20.0)), (1, (5.0, 20.0))):
        for value in turns:
            comparison.add(side, {"p50, ms": value})
    comparison.add(1, {"only after": 1.0})
    rows = comparison.format(["a", "b"]).splitlines()
    assert rows[0] == "| figure | a | b | after : before |"
    assert rows[2:] == ["| p50, ms | 15.0 [10.0-20.0] | 12.5 [5.0-20.0] | 0.75 [0.50-1.00] |"]
