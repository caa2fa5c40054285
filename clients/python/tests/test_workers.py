"""Who computes for a server: a real broker, where one is at hand, and a real worker."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import tradeforge
from tradeforge import _decode, _server
from tradeforge.v1 import system_service_pb2

MADE = Path(__file__).parents[3] / "target/tools/nats-server"
BROKER = shutil.which("nats-server") or (str(MADE) if MADE.exists() else None)
WAIT_SECONDS = 60


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[str]:
    if BROKER is None:
        pytest.skip("nats-server is not at hand")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    where = ["-a", "127.0.0.1", "-p", str(port), "-js", "-sd", str(tmp_path / "broker")]
    with subprocess.Popen([BROKER, *where], stderr=subprocess.DEVNULL) as process:
        yield f"nats://127.0.0.1:{port}"
        process.kill()


@contextmanager
def started(command: list[str]) -> Iterator[None]:
    """A process that ends with the block, however that ends."""
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.kill()


def test_workers_are_told_with_their_names_and_states(broker: str, tmp_path: Path) -> None:
    command = [str(_server.find(None)), "worker", "--name", "w1", "--workers", "1"]
    command += ["--nats", broker, "--cache-dir", str(tmp_path / "bars")]
    with tradeforge.local(settings={"nats": broker}) as client, started(command):
        until = time.monotonic() + WAIT_SECONDS
        # It says that it is there before it has taken work for the first time.
        while not any(worker.state == tradeforge.WorkerState.READY for worker in client.workers()):
            assert time.monotonic() < until, f"no worker came: {client.workers()}"
            time.sleep(0.1)
        (worker,) = client.workers()
        assert (worker.name, worker.slots) == ("w1", 1)
        assert worker.version == client.server_info().version


def test_a_state_that_this_client_is_too_old_to_know_is_unspecified() -> None:
    message = system_service_pb2.Worker(worker_id="1", run_ids=["a"])
    message.state = 99  # type: ignore[assignment]
    worker = _decode.worker(message)
    assert worker.state == tradeforge.WorkerState.UNSPECIFIED
    assert list(worker.run_ids) == ["a"]
