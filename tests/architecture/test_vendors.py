"""Every vendor has an adapter with the same files, a simulator, a page and an entry in the shared suite."""

import inspect
from collections.abc import Callable
from pathlib import Path

import pytest

from bootstrap.vendors import CARRIER_ADAPTERS, CHANNEL_ADAPTERS
from domain.ports.carrier import CarrierPort
from domain.ports.channel import ChannelPort
from domain.vendors.catalogue import CARRIERS, CHANNELS
from tests.integration.carriers.vendors import CARRIERS as CARRIER_ENTRIES
from tests.integration.channels.vendors import CHANNELS as CHANNEL_ENTRIES

ROOT = Path(__file__).parents[2]
FILES = {"__init__.py", "adapter.py", "answers.py", "client.py", "codes.py", "errors.py", "requests.py"}
MORE_FILES = {
    "easypost": {"customs.py", "options.py", "webhooks.py"},
    "fedex": {"customs.py", "options.py", "parties.py", "payments.py", "pieces.py"},
    "shipengine": {"customs.py", "options.py"},
    "ups": {"customs.py", "options.py", "parties.py", "payments.py", "pieces.py"},
    "usps": {"customs.py", "international.py", "multipart.py", "options.py", "parts.py"},
    "shopify": {"documents.py"},
    "woocommerce": {"plugin.py"},
}
VENDORS = [("carriers", name) for name in CARRIERS] + [("channels", name) for name in CHANNELS]


@pytest.mark.parametrize(("kind", "name"), VENDORS)
def test_all_adapters_have_the_same_files(kind: str, name: str) -> None:
    """MORE_FILES lists the additional ones."""
    file_names = {path.name for path in (ROOT / "adapters" / kind / name).glob("*.py")}
    assert file_names == FILES | MORE_FILES.get(name, set())


@pytest.mark.parametrize(("kind", "name"), VENDORS)
def test_a_vendor_has_a_simulator_and_a_page(kind: str, name: str) -> None:
    simulators = {"carriers": "carriers", "channels": "channel"}
    assert (ROOT / "sandbox" / simulators[kind] / name / "routes.py").exists()
    assert (ROOT / "docs" / "reference" / kind / f"{name}.md").exists()
    assert f"]({name}.md)" in (ROOT / "docs" / "reference" / kind / "README.md").read_text()


def test_every_vendor_runs_the_shared_suite() -> None:
    entries = [("carriers", carrier.name) for carrier in CARRIER_ENTRIES]
    entries += [("channels", channel.name) for channel in CHANNEL_ENTRIES]
    assert sorted(entries) == sorted(VENDORS)


@pytest.mark.parametrize(("kind", "name"), VENDORS)
def test_an_adapter_implements_its_port(kind: str, name: str) -> None:
    """A profile names its adapter in a string, which no type checker reads."""
    port: type = CarrierPort if kind == "carriers" else ChannelPort
    adapter = CARRIER_ADAPTERS[name] if kind == "carriers" else CHANNEL_ADAPTERS[name]
    for method_name, method in inspect.getmembers(port, inspect.isfunction):
        if not method_name.startswith("_"):
            implementation = getattr(adapter, method_name)
            assert inspect.iscoroutinefunction(implementation) == inspect.iscoroutinefunction(method), method_name
            assert _parameters(implementation) == _parameters(method), method_name


def _parameters(method: Callable[..., object]) -> list[tuple[str, object]]:
    parameters = inspect.signature(method, eval_str=True).parameters.values()
    return [(parameter.name, parameter.annotation) for parameter in parameters]
