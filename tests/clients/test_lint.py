"""Public linters find nothing in the OpenAPI document."""

import json
from pathlib import Path

from tests.clients import tools


def test_redocly_finds_nothing(document: Path) -> None:
    config = tools.HERE / "redocly.yaml"
    output = tools.run("redocly", "lint", "--config", config, "--format", "json", document, folder=document.parent)

    report, _ = json.JSONDecoder().raw_decode(output)
    assert report["totals"] == {"errors": 0, "warnings": 0, "ignored": 0}, report["problems"]


def test_spectral_finds_nothing(document: Path) -> None:
    flags = ("--ruleset", tools.HERE / "spectral.yaml", "--fail-severity", "hint")
    tools.run("spectral", "lint", *flags, document, folder=document.parent)
