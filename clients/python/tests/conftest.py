"""The real server, one for all tests, and a client of it."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import tradeforge

REPOSITORY = Path(__file__).resolve().parents[3]
# The binary under test, for whatever starts one.
os.environ.setdefault("TRADEFORGE_BIN", str(REPOSITORY / "target/debug/tradeforge"))
READY = "listening on "
START_SECONDS = 30
STOP_SECONDS = 20
GATES = "gates"


@contextmanager
def serving(folder: Path, gates: Path) -> Iterator[str]:
    """Start a server on a free port, give its address, and see that SIGTERM ends it well."""
    binary = Path(os.environ["TRADEFORGE_BIN"])
    if not binary.is_file():
        pytest.fail(f"no server at {binary}: build it with cargo, or set TRADEFORGE_BIN")
    log = folder / "stderr.log"
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [binary, "serve", "--listen", "127.0.0.1:0", "--data-dir", folder / "data"],
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            env=os.environ | {"TRADEFORGE_GATE_DIR": str(gates)},
        )
    assert process.stdout is not None
    with process, process.stdout:
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(process.stdout, selectors.EVENT_READ)
                line = process.stdout.readline() if selector.select(START_SECONDS) else ""
            if not line.startswith(READY):
                pytest.fail(f"the server said {line!r} instead of {READY!r}; {log.read_text()}")
            yield line.removeprefix(READY).strip()
            process.send_signal(signal.SIGTERM)
            code = process.wait(STOP_SECONDS)
            assert code == 0, f"SIGTERM ended the server with {code}; {log.read_text()}"
        finally:
            if process.poll() is None:
                process.kill()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One server for all tests."""
    gates = tmp_path_factory.getbasetemp() / GATES
    gates.mkdir()
    with serving(tmp_path_factory.mktemp("server"), gates) as address:
        yield address


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[str]:
    """A server of this test's own, without anything in it."""
    folder = tmp_path / "server"
    folder.mkdir()
    with serving(folder, folder) as address:
        yield address


@pytest.fixture(scope="session")
def client(server: str) -> Iterator[tradeforge.Client]:
    with tradeforge.connect(server) as client:
        yield client


@pytest.fixture(scope="session")
def bars(client: tradeforge.Client) -> tradeforge.Series:
    """Synthetic bars that every test may read."""
    return client.generate("SYN:DEMO@1h", bars=5_000, seed=42).series


class Gate:
    """Holds runs of the strategy `gate` still at a bar, until it is opened."""

    params: dict[str, tradeforge.ParamInput]

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = 1 + len(list(folder.iterdir()))
        self.params = {"bars": 100, "key": self.key}

    def open(self) -> None:
        (self.folder / str(self.key)).touch()


@pytest.fixture
def gate(client: tradeforge.Client, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gate]:
    """A gate of this test's own; open at the end, so that nothing waits for it."""
    if "gate" not in [strategy.name for strategy in client.strategies()]:
        pytest.skip("the server was built without the feature test-strategies")
    gate = Gate(tmp_path_factory.getbasetemp() / GATES)
    yield gate
    gate.open()
