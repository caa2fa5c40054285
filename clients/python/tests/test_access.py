"""A server that asks who calls, by TLS: what is shown to it, and to whom nothing is shown."""

from __future__ import annotations

import asyncio
import os
import pickle
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import tradeforge
from tradeforge import Denied, Unavailable, aio

CERTIFICATES = Path(__file__).resolve().parents[3] / "tests/it/certificates"
CA = CERTIFICATES / "ca.pem"
CSV = "time,open,high,low,close,volume\n2024-01-01T00:00:00Z,1,2,1,2,5\n"


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Return the URL of a server that asks, with a certificate, and its first token."""
    folder = tmp_path_factory.mktemp("asking")
    binary = os.environ["TRADEFORGE_BIN"]
    words = ["serve", "--listen", "127.0.0.1:0", "--data-dir", str(folder), "--access", "on"]
    words += ["--tls-cert", str(CERTIFICATES / "server.pem")]
    words += ["--tls-key", str(CERTIFICATES / "server.key")]
    with subprocess.Popen([binary, *words], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            url = process.stdout.readline().removeprefix("listening on ").strip()
            words = ["first-token", "--data-dir", str(folder)]
            first = subprocess.run([binary, *words], check=True, capture_output=True, text=True)
            yield url, first.stdout.strip()
        finally:
            process.terminate()


def test_a_caller_with_a_token_is_served_uploads_included(
    asking: tuple[str, str], tmp_path: Path
) -> None:
    url, token = asking
    assert url.startswith("https://")
    file = tmp_path / "bars.csv"
    file.write_text(CSV)
    with tradeforge.connect(url, token=token, tls_ca=CA) as client:
        assert client.server_info().version
        assert client.import_file(file, "TEST:BARS@1m").rows_read == 1
        assert [run.id for run in client.runs()] == []


def test_an_admin_reads_who_changed_what(asking: tuple[str, str]) -> None:
    url, token = asking
    with tradeforge.connect(url, token=token, tls_ca=CA) as client:
        client.generate("TEST:MADE@1h", bars=10)
        (event,) = client.audit('action = series.import AND subject = "TEST:MADE@1h"')
        assert (event.actor, event.outcome) == ("admin", "DONE")
        assert event.address.startswith("127.0.0.1:")
        assert event.details["source"].startswith("synthetic")
        with pytest.raises(tradeforge.Invalid, match="did you mean actor"):
            client.audit("acter = ann")


def test_the_asynchronous_client_shows_the_same(asking: tuple[str, str]) -> None:
    url, token = asking

    async def version() -> str:
        async with aio.connect(url, token=token, tls_ca=CA) as client:
            return (await client.server_info()).version

    assert asyncio.run(version())


def test_a_caller_without_a_token_is_told_what_is_missing(asking: tuple[str, str]) -> None:
    url, _ = asking
    with tradeforge.connect(url, tls_ca=CA) as client, pytest.raises(Denied) as told:
        client.server_info()
    assert told.value.reason == "TOKEN_MISSING"


def test_a_server_that_cannot_prove_who_it_is_is_shown_nothing(asking: tuple[str, str]) -> None:
    url, token = asking
    other = CERTIFICATES / "other.pem"
    with (
        tradeforge.connect(url, token=token, tls_ca=other, timeout=20) as client,
        pytest.raises(Unavailable),
    ):
        client.server_info()


def test_token_and_certificate_are_taken_from_the_environment(
    asking: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, token = asking
    monkeypatch.setenv("TRADEFORGE_TOKEN", token)
    monkeypatch.setenv("TRADEFORGE_TLS_CA", str(CA))
    with tradeforge.connect(url) as client:
        assert client.server_info().version


def test_a_token_is_neither_sent_in_the_open_nor_pickled_nor_shown(
    asking: tuple[str, str],
) -> None:
    url, token = asking
    with pytest.raises(ValueError, match="not sent to box:1 over http"):
        tradeforge.connect("http://box:1", token=token)
    with pytest.raises(ValueError, match="other characters"):
        tradeforge.connect(url, token="two words")
    with tradeforge.connect(url, token=token, tls_ca=CA) as client:
        assert token not in repr(client)
        assert token.encode() not in pickle.dumps(client)


def test_a_caller_is_known_by_its_certificate(tmp_path: Path) -> None:
    binary = os.environ["TRADEFORGE_BIN"]
    words = ["serve", "--listen", "127.0.0.1:0", "--data-dir", str(tmp_path), "--access", "on"]
    words += ["--tls-cert", str(CERTIFICATES / "server.pem")]
    words += ["--tls-key", str(CERTIFICATES / "server.key")]
    words += ["--tls-client-ca", str(CERTIFICATES / "clients.pem"), "--tls-client-required"]
    ann, key = CERTIFICATES / "ann.pem", CERTIFICATES / "ann.key"
    with subprocess.Popen([binary, *words], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            url = process.stdout.readline().removeprefix("listening on ").strip()
            first = [binary, "first-token", "--data-dir", str(tmp_path)]
            made = subprocess.run(first, check=True, capture_output=True, text=True).stdout.strip()
            words = ["token", "add", "ann", "--certificate", str(ann), "--server", url]
            words += ["--tls-ca", str(CA), "--client-cert", str(ann), "--client-key", str(key)]
            env = {**os.environ, "TRADEFORGE_TOKEN": made}
            done = subprocess.run(
                [binary, *words], check=True, capture_output=True, text=True, env=env
            )
            assert done.stdout.startswith("cert_")
            both = tmp_path / "both.pem"
            both.write_text(ann.read_text() + key.read_text())
            for cert, own_key in ((ann, key), (both, None)):
                with tradeforge.connect(
                    url, tls_ca=CA, client_cert=cert, client_key=own_key
                ) as client:
                    assert client.server_info().version
            with (
                tradeforge.connect(url, tls_ca=CA, timeout=20) as client,
                pytest.raises(Unavailable),
            ):
                client.server_info()
        finally:
            process.terminate()


def test_a_certificate_is_shown_by_tls_only_and_with_its_key() -> None:
    ann = CERTIFICATES / "ann.pem"
    with pytest.raises(ValueError, match="by TLS only"):
        tradeforge.connect("http://localhost:1", client_cert=ann)
    with pytest.raises(ValueError, match="the key to no certificate"):
        tradeforge.connect("https://localhost:1", client_key=ann)
