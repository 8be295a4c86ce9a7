"""The container image migrates, serves and buys a label, with its own file tree and user, in another folder."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
from cryptography.fernet import Fernet

from api.reference.routes import SCRIPT_PATH
from bootstrap.embedded.ports import LOOPBACK, PortRequest, choose_ports
from tests.fixtures.builders import build_account, build_order
from tests.fixtures.image import PROJECT, Stage, build_image
from tests.fixtures.postgres import PostgresServer
from tests.fixtures.stack import get_status, wait_until
from tests.fixtures.temporal import TemporalServer

pytestmark = pytest.mark.timeout(300)


class Image:
    """The image's file tree, and the servers that its processes use."""

    def __init__(self, stage: Stage, folder: Path, env: dict[str, str]) -> None:
        self.stage = stage
        self.folder = folder
        self.env = env

    def start(self, *command: str, **env: str) -> "subprocess.Popen[bytes]":
        """Start the image's entry point as the image's user, outside the project's folder."""
        program = self.stage.programs / self.stage.entrypoint[0]
        user = self.stage.user if os.geteuid() == 0 else None
        with self.log(command[0]).open("wb") as log:
            return subprocess.Popen(
                [program, *self.stage.entrypoint[1:], *command],
                cwd=self.folder,
                env=self.stage.environment(**self.env, **env),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=user,
                group=user,
            )

    @contextmanager
    def running(self, *command: str, **env: str) -> Iterator["subprocess.Popen[bytes]"]:
        """Run a command during the block, then end it with SIGTERM."""
        process = self.start(*command, **env)
        try:
            yield process
            assert process.poll() is None, self.log(command[0]).read_text()
            process.terminate()
            assert process.wait(30) in (0, -signal.SIGTERM), self.log(command[0]).read_text()
        finally:
            process.kill()
            process.wait(10)

    def log(self, command: str) -> Path:
        """Return the file with a command's output."""
        return self.folder.with_name(f"{command}.log")


@contextmanager
def traversable(*paths: Path) -> Iterator[None]:
    """Let other users traverse the paths' parent folders, such as root's home, during the block."""
    folders = {parent for path in paths for parent in (path, *path.parents) if parent.is_dir()}
    modes = {folder: folder.stat().st_mode for folder in folders if folder.stat().st_mode & 0o011 != 0o011}
    try:
        for folder, mode in modes.items():
            folder.chmod(mode | 0o011)
        yield
    finally:
        for folder, mode in modes.items():
            folder.chmod(mode)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, postgres_server: PostgresServer) -> Iterator[Stage]:
    """The image's file tree; the image's user can read it, PostgreSQL's files and this Python."""
    folder = tmp_path_factory.mktemp("image")
    with traversable(folder, postgres_server.folder, Path(sys.executable).resolve()):
        yield build_image(folder)


@pytest.fixture
async def image(stage: Stage, postgres_server: PostgresServer, temporal_server: TemporalServer) -> Image:
    """The image with an empty database, a new Temporal namespace, and a folder outside the project."""
    await temporal_server.ready()
    folder = stage.root / "elsewhere"
    folder.mkdir(mode=0o755)
    env = {
        "DATABASE_URL": postgres_server.create(template="template0"),
        "TEMPORAL_ADDRESS": temporal_server.address,
        "TEMPORAL_NAMESPACE": temporal_server.new_namespace(),
        "ORDERLY_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
    }
    return Image(stage, folder, env)


@contextmanager
def running_sandbox(folder: Path, port: int) -> Iterator[str]:
    """Run the sandbox, which the image does not contain."""
    url = f"http://{LOOPBACK}:{port}"
    command = [sys.executable, "-m", "sandbox", "--port", str(port), "--data-dir", str(folder)]
    process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield url
    finally:
        process.terminate()
        process.wait(10)


def test_the_image_migrates_serves_and_buys_a_label(image: Image, tmp_path: Path) -> None:
    """Each command works with the files that the Dockerfile copies, without the project's folder."""
    ports = choose_ports([PortRequest(name, LOOPBACK, 0) for name in ("api", "sandbox")], {})
    url = f"http://{LOOPBACK}:{ports['api']}"
    migration = image.start("migrate")
    assert migration.wait(60) == 0, image.log("migrate").read_text()
    assert image.stage.command == ["api"]

    with ExitStack() as stack:
        sandbox_url = stack.enter_context(running_sandbox(tmp_path / "sandbox", ports["sandbox"]))
        settings = {"ORDERLY_SANDBOX_URL": sandbox_url, "ORDERLY_ALLOW_LOOPBACK": "1"}
        api = {"ORDERLY_HOST": LOOPBACK, "ORDERLY_API_PORT": str(ports["api"])}
        process = stack.enter_context(image.running("api", **settings, **api))
        stack.enter_context(image.running("worker", **settings))
        wait_until(
            lambda: process.poll() is not None or get_status(f"{url}/readyz") == 200,
            60.0,
            lambda: image.log("api").read_text(),
        )
        label = buy_label(url, create_key(image))
        assert get_status(url + SCRIPT_PATH) == 200

    assert label.startswith(b"%PDF")


def create_key(image: Image) -> str:
    """Create an organization and a key with the image's command line."""
    process = image.start("keys", "create", "--organization", "image", "--name", "test")
    assert process.wait(60) == 0, image.log("keys").read_text()
    return next(word for word in image.log("keys").read_text().split() if word.startswith("ord_sk_"))


def buy_label(url: str, key: str) -> bytes:
    """Create an account, an order and an operation, execute it, and return the label's document."""
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=60) as http:

        def post(path: str, body: Mapping[str, object] | None, status: int, **headers: str) -> str:
            answer = http.post(f"/api/{path}", json=body, headers=headers)
            assert answer.status_code == status, answer.text
            data: dict[str, object] = answer.json()["data"]
            assert not path.endswith("/execute") or data["status"] == "completed", answer.text
            return str(data["id"])

        account_id = post("carrier-accounts", build_account("fedex"), 201)
        order_id = post("orders", build_order(), 201)
        purchase = {"carrier_account_id": account_id, "service": "GROUND"}
        operation = {"type": "create_shipment", "order_id": order_id, "input": purchase}
        operation_id = post("operations", operation, 201)
        post(f"operations/{operation_id}/execute", None, 200, Prefer="wait=30")
        shipment_id = http.get("/api/shipments").json()["data"][0]["id"]
        return http.get(f"/api/shipments/{shipment_id}/label").content
