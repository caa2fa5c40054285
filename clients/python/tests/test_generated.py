"""The generated code is what the proto files, and the client for asyncio, give."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
GENERATED = "*_pb2*.py*"


@pytest.mark.skipif(
    importlib.util.find_spec("grpc_tools") is None
    or importlib.util.find_spec("mypy_protobuf") is None,
    reason="grpcio-tools and mypy-protobuf are not installed; they are in the extra `test`",
)
def test_generating_again_changes_nothing(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, ROOT / "generate.py", "--into", tmp_path], check=True, timeout=120
    )
    fresh = {path.name: path.read_text() for path in (tmp_path / "tradeforge/v1").iterdir()}
    stored = {path.name: path.read_text() for path in (ROOT / "src/tradeforge/v1").glob(GENERATED)}
    assert sorted(fresh) == sorted(stored), "run generate.py, and remove what it no longer writes"
    stale = [name for name in fresh if fresh[name] != stored[name]]
    assert stale == [], "run generate.py"


@pytest.mark.skipif(
    importlib.util.find_spec("grpc_tools") is None, reason="grpcio-tools is in the extra `test`"
)
def test_the_page_of_the_api_says_what_the_proto_files_say(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, ROOT / "api_page.py", "--into", tmp_path], check=True, timeout=120
    )
    fresh = (tmp_path / "api.md").read_text()
    assert "### RunService.Submit\n" in fresh
    stored = (ROOT.parents[1] / "docs/api.md").read_text()
    assert fresh == stored, "run api_page.py"


def test_the_page_of_metrics_says_what_the_server_says(server: str, tmp_path: Path) -> None:
    script = ROOT / "metrics_page.py"
    subprocess.run([sys.executable, script, server, "--into", tmp_path], check=True, timeout=60)
    fresh = (tmp_path / "metrics.md").read_text()
    assert "| `sharpe` |" in fresh
    stored = (ROOT.parents[1] / "docs/metrics.md").read_text()
    assert fresh == stored, "run metrics_page.py"


def test_every_reason_that_the_page_of_errors_explains_is_one_of_the_server() -> None:
    page = (ROOT.parents[1] / "docs/errors.md").read_text()
    rows = "\n".join(line.split("|")[1] for line in page.splitlines() if line.startswith("| `"))
    reasons = re.findall(r"`([A-Z_]+)`", rows)
    assert len(reasons) > 60
    assert len(reasons) == len(set(reasons)) + 1, "DATA_MISSING alone is of a call and of a run"
    sources = "".join(path.read_text() for path in (ROOT.parents[1] / "src").rglob("*.rs"))
    assert [each for each in reasons if f'"{each}"' not in sources] == []


def test_the_blocking_client_is_the_one_for_asyncio_without_its_waiting(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, ROOT / "synchronous.py", "--into", tmp_path], check=True, timeout=120
    )
    fresh = {path.name: path.read_text() for path in (tmp_path / "tradeforge").iterdir()}
    assert len(fresh) == 8
    stale = [
        name for name, text in fresh.items() if text != (ROOT / "src/tradeforge" / name).read_text()
    ]
    assert stale == [], "change src/tradeforge/aio, and run synchronous.py"
