"""Stacks that start as root at the same time create one system user."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bootstrap.embedded import postgres
from bootstrap.embedded.errors import StackError

USER = "orderly-test-nobody"

USERADD = """#!/bin/sh
sleep 0.1
echo "$2" >> "$ACCOUNTS"
"""
"""Like the real program, it adds an entry without regard to concurrent calls."""

START = f"""
import os, pwd
from bootstrap.embedded.postgres import ensure_system_account

def getpwnam(user):
    with open(os.environ["ACCOUNTS"]) as accounts:
        names = accounts.read().split()
    if user not in names:
        raise KeyError(user)
    return pwd.struct_passwd((user, "x", 4711, 4711, "", "/", "/bin/false"))

pwd.getpwnam = getpwnam
print(ensure_system_account("{USER}").pw_uid)
"""


@pytest.fixture
def useradd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Install a fake `useradd`, and return the file of accounts that it writes."""
    program = tmp_path / "useradd"
    program.write_text(USERADD)
    program.chmod(0o755)
    accounts = tmp_path / "accounts"
    accounts.touch()
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setenv("ACCOUNTS", str(accounts))
    return accounts


def test_concurrent_processes_create_one_account(useradd: Path) -> None:
    """Each process returns the account."""
    command = [sys.executable, "-c", START]
    starts = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert [start.communicate(timeout=60)[0] for start in starts] == ["4711\n"] * 4
    assert useradd.read_text() == f"{USER}\n"


def test_a_failed_useradd_is_reported(useradd: Path) -> None:
    """The error advises the operator to run as an ordinary user."""
    (useradd.parent / "useradd").write_text("#!/bin/sh\nexit 1\n")
    with pytest.raises(StackError, match=f"{USER} can't be created with useradd: run orderly up as an ordinary user"):
        postgres.ensure_system_account(USER)
