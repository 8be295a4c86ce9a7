"""`python -m sandbox`: runs the sandbox as its own process."""

import argparse
import signal
import sqlite3
import sys
from pathlib import Path

from sandbox.server import run
from sandbox.settings import SandboxSettings


def main() -> None:
    """Run the sandbox until SIGTERM or SIGINT, then exit with 0; exit with 1 if it cannot start."""
    arguments = _arguments()
    settings = SandboxSettings(
        data_dir=arguments.data_dir,
        host=arguments.host,
        port=arguments.port,
        latency_seconds=arguments.latency_ms / 1000,
    )
    # uvicorn shuts down first and then raises the signal again, which must not count as a failure.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        run(settings)
    except KeyboardInterrupt:
        pass
    except OSError as problem:
        sys.exit(f"sandbox: {problem}")
    except sqlite3.Error as problem:
        sys.exit(f"sandbox: cannot use the store in {settings.data_dir}: {problem}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="Simulators of carriers and sales channels.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8090, help="port to listen on; 0: any free port")
    parser.add_argument("--data-dir", type=Path, required=True, help="folder for the simulators' data")
    parser.add_argument(
        "--latency-ms", type=float, default=0.0, help="delay of every carrier and channel call, in milliseconds"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
