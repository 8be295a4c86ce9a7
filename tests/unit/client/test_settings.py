"""The address and the key always come from one source, and the file of profiles stays private."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bootstrap.cli.main import main
from client.errors import UsageError
from client.settings import VARIABLES, Profile, find_profile


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ORDERLY_PROFILES", str(tmp_path / "own" / "profiles.toml"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, ["profiles", *arguments], input=stdin)


def test_profiles_are_added_chosen_and_removed(folder: Path) -> None:
    assert run("add", 'a "b"', "--url", "https://a.example", stdin="ord_sk_a\n").exit_code == 0
    assert run("add", "test", "--url", "https://b.example", stdin="ord_sk_b\n").exit_code == 0
    file = folder / "own" / "profiles.toml"

    assert file.stat().st_mode & 0o777 == 0o600
    assert find_profile(None) == Profile("https://a.example", "ord_sk_a")
    assert find_profile("test") == Profile("https://b.example", "ord_sk_b")
    assert run("use", "test").exit_code == 0
    assert find_profile(None) == Profile("https://b.example", "ord_sk_b")
    shown = run("list")
    assert shown.stdout.splitlines() == ['a "b"\thttps://a.example\tno', "test\thttps://b.example\tyes"]
    assert run("remove", "test").exit_code == 0
    assert run("remove", "test").exit_code == 2


def test_the_environment_replaces_the_default_profile_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    run("add", "a", "--url", "https://a.example", stdin="ord_sk_a\n")
    monkeypatch.setenv("ORDERLY_API_URL", "https://other.example")

    with pytest.raises(UsageError, match="ORDERLY_API_KEY is missing"):
        find_profile(None)
    monkeypatch.setenv("ORDERLY_API_KEY", "ord_sk_o")
    assert find_profile(None) == Profile("https://other.example", "ord_sk_o")
    assert find_profile("a") == Profile("https://a.example", "ord_sk_a")


def test_a_file_that_others_may_read_is_refused(folder: Path) -> None:
    run("add", "a", "--url", "https://a.example", stdin="ord_sk_a\n")
    (folder / "own" / "profiles.toml").chmod(0o644)

    assert "other users may read it" in run("list").stderr


@pytest.mark.parametrize("text", ["[profiles", "profiles = 3", "[profiles.a]\napi_url = 'x'\n", "\x00"])
def test_a_broken_file_is_refused(folder: Path, text: str) -> None:
    file = folder / "own" / "profiles.toml"
    file.parent.mkdir()
    file.write_text(text)
    file.chmod(0o600)

    result = run("list")

    assert result.exit_code == 2, result.output
    assert "is not a valid file of profiles" in result.stderr


def test_a_running_stack_in_this_folder_is_the_last_choice(folder: Path) -> None:
    with pytest.raises(UsageError, match="no API is set"):
        find_profile(None)
    (folder / ".orderly").mkdir()
    (folder / ".orderly" / "stack.json").write_text('{"api_url": "http://127.0.0.1:8080", "api_key": "ord_sk_s"}')

    assert find_profile(None) == Profile("http://127.0.0.1:8080", "ord_sk_s")
