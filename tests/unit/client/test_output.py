"""Values can't control a terminal, and nothing is coloured in a pipe."""

import os
import pty
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from client.text import make_visible
from tests.unit.client.commands import OPERATION, FakeApi, page

NAMES = {
    "control": ("a\x1b[31mb", "a\\x1b[31mb"),
    "tab and line": ("a\tb\nc", "a\\x09b\\x0ac"),
    "bidi": ("photo\u202egnp.exe", "photo\\u202egnp.exe"),
    "isolate": ("\u2066x\u2069", "\\u2066x\\u2069"),
    "zero width": ("pay\u200bpal", "pay\\u200bpal"),
    "no letter": ("a\u3164b", "a\\u3164b"),
    "tag": ("a\U000e0041", "a\\U000e0041"),
    "line separator": ("a\u2028b", "a\\u2028b"),
    "ordinary": ("Zoë 東京 – café", "Zoë 東京 – café"),
}


@pytest.mark.parametrize("name", NAMES)
def test_invisible_characters_become_visible(name: str) -> None:
    text, shown = NAMES[name]

    assert make_visible(text) == shown


def test_a_hostile_value_stays_in_its_column() -> None:
    hostile = {**OPERATION, "type": "x\ty\u202e\x1b[2J", "status": "[red]"}

    result = FakeApi(page([hostile])).run("operations", "list")

    assert result.stdout.rstrip("\n").split("\t")[:3] == [OPERATION["id"], "x\\x09y\\u202e\\x1b[2J", "[red]"]


def test_json_is_ascii() -> None:
    result = FakeApi(page([{**OPERATION, "type": "\u202e\u007f"}])).run("operations", "list", "--json")

    assert result.stdout.isascii()
    assert "\\u202e" in result.stdout


def run_on_terminal(code: str, **env: str) -> str:
    """Run Python code whose standard output is a terminal, and return the output."""
    outer, inner = pty.openpty()
    found: list[bytes] = []

    def read() -> None:
        try:
            while chunk := os.read(outer, 65536):
                found.append(chunk)
        except OSError:  # the end of a terminal
            return

    reader = threading.Thread(target=read)
    reader.start()
    root = Path(__file__).parents[3]
    colours = {"TERM": "xterm-256color", "COLUMNS": "120", **env}
    base = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    subprocess.run([sys.executable, "-c", code], stdout=inner, env={**base, **colours}, cwd=root, check=True)
    os.close(inner)
    reader.join()
    os.close(outer)
    return b"".join(found).decode()


TABLE = """
from client.output import Column, Output
Output(as_json=False).show_list([Column("name")], [{"name": "[bold]x\\u202e"}])
"""


def test_a_terminal_gets_a_table_without_markup_of_values() -> None:
    shown = run_on_terminal(TABLE)

    assert "\x1b[1m" in shown
    assert "[bold]x\\u202e" in shown


def test_no_color_is_respected() -> None:
    shown = run_on_terminal(TABLE, NO_COLOR="1", TERM="dumb")

    assert "\x1b" not in shown
    assert "NAME" in shown


def test_a_closed_pipe_ends_quietly() -> None:
    code = (
        "from client.session import api_command; import click\n"
        "@click.command()\n@api_command\ndef run(session):\n"
        "    for number in range(100000): session.out.show_line(number, str(number))\n"
        "run()"
    )
    root = Path(__file__).parents[3]
    command = f"{sys.executable} -c '{code}' | head -1; echo ${{PIPESTATUS[0]}}"

    ended = subprocess.run(["bash", "-c", command], cwd=root, capture_output=True, text=True, check=True)

    assert ended.stdout.splitlines() == ["0", "141"]
    assert ended.stderr == ""


def test_the_commands_do_not_import_the_service() -> None:
    code = (
        "import sys; from bootstrap.cli.main import main\n"
        "try: main(['operations', 'list', '--limit', '0'])\nexcept SystemExit: pass\n"
        "heavy = {'temporalio', 'sqlmodel', 'fastapi', 'pydantic', 'psycopg', 'rich', 'httpx'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    root = Path(__file__).parents[3]

    ended = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)

    assert ended.stdout.splitlines()[-1] == "[]"
