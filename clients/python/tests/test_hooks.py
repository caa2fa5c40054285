"""Webhooks: told by a real server to a real receiver, which makes sure who sent it."""

from __future__ import annotations

import json
import os
import queue
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import tradeforge
from tradeforge import Client, SignatureError, verify_webhook

Got = tuple[bytes, dict[str, str]]


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    """Return a client of a server that posts to this machine."""
    words = ["serve", "--listen", "127.0.0.1:0", "--data-dir", str(tmp_path)]
    words += ["--hook-allow", "http://127.0.0.1:*"]
    binary = os.environ["TRADEFORGE_BIN"]
    with subprocess.Popen([binary, *words], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            url = process.stdout.readline().removeprefix("listening on ").strip()
            with tradeforge.connect(url) as client:
                yield client
        finally:
            process.terminate()


@pytest.fixture
def receiver() -> Iterator[tuple[str, queue.Queue[Got]]]:
    """Return the address of a receiver, and what it gets."""
    got: queue.Queue[Got] = queue.Queue()

    class Handler(BaseHTTPRequestHandler):
        headers: Message

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            got.put((body, dict(self.headers.items())))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/hook", got
        server.shutdown()


def test_a_receiver_is_told_of_a_run_and_knows_who_told_it(
    client: Client, receiver: tuple[str, queue.Queue[Got]]
) -> None:
    url, got = receiver
    hook = client.add_hook(url, on=["run.completed", "run.failed"], filter="kind = BACKTEST")
    assert hook.secret.startswith("whsec_")
    assert hook.secret not in repr(hook)
    assert client.test_hook(hook).last_outcome == "204"
    body, headers = got.get(timeout=30)
    assert verify_webhook(body, headers, hook.secret)["type"] == "test"

    client.generate("SYN:DEMO@1h", bars=500, seed=1)
    run = client.backtest("buy_and_hold", on="SYN:DEMO@1h")
    result = run.wait()
    body, headers = got.get(timeout=30)
    event = verify_webhook(body, headers, hook.secret)
    assert (event["type"], event["data"]["runId"]) == ("run.completed", run.id)
    assert event["data"]["resultSha256"] == result.result_sha256

    for changed in (body.replace(b"COMPLETED", b"CANCELLED"), body + b" "):
        with pytest.raises(SignatureError, match="changed on its way"):
            verify_webhook(changed, headers, hook.secret)
    with pytest.raises(SignatureError, match="another key"):
        verify_webhook(body, headers, "whsec_" + "A" * 43 + "=")
    with pytest.raises(SignatureError, match="webhook-signature"):
        verify_webhook(body, {"webhook-id": "1", "webhook-timestamp": "1"}, hook.secret)
    with pytest.raises(SignatureError, match="too long ago"):
        verify_webhook(body, headers, hook.secret, tolerance=timedelta(seconds=-1))

    (listed,) = client.hooks()
    assert (listed.id, listed.events) == (hook.id, ("run.completed", "run.failed"))
    assert (listed.filter, listed.secret, listed.disabled_reason) == ("kind = BACKTEST", "", "")
    deadline = time.monotonic() + 30
    while any(each.delivery_time is None for each in client.hook_deliveries(hook)):
        assert time.monotonic() < deadline
    newest, first = client.hook_deliveries(hook.id)
    assert (newest.event, newest.subject, first.event) == ("run.completed", run.id, "test")
    client.remove_hook(hook)
    assert client.hooks() == []
    with pytest.raises(tradeforge.NotFound):
        client.test_hook(hook)


def test_the_receiver_of_the_docs_does_what_stands_there(
    client: Client, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (Path(__file__).resolve().parents[3] / "docs/operations.md").read_text()
    section = page.partition("### Knowing who sent it")[2]
    code, printed = re.findall(r"(?m)^```(?:python|text)\n(.*?)^```$", section, re.DOTALL)[:2]
    monkeypatch.setenv("TRADEFORGE_SERVER", client.wire.address)
    names: dict[str, Any] = {}
    try:
        exec(compile(code, "docs/operations.md", "exec"), names)
    finally:
        names["receiver"].shutdown()
        names["receiver"].server_close()
    assert capsys.readouterr().out == printed


def test_what_can_not_be_is_refused_before_or_by_the_server(client: Client) -> None:
    with pytest.raises(ValueError, match=r"'run\.ended': the events are run\.completed"):
        client.add_hook("https://example.com", on="run.ended")
    with pytest.raises(tradeforge.Invalid, match="hook_allow"):
        client.add_hook("https://127.0.0.1/x")
    with pytest.raises(ValueError, match="whsec_"):
        verify_webhook(json.dumps({}), {}, "hunter2")
