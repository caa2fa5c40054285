"""A server of this program's own: it comes, it goes, and nothing of it is left."""

from __future__ import annotations

import asyncio
import os
import pickle
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import tradeforge
from tradeforge import _local, aio

WAIT_SECONDS = 60
BARS = "SYN:LOCAL@1h"

needs_pidfd = pytest.mark.skipif(
    not hasattr(os, "pidfd_open"), reason="only Linux tells of the end of a stranger's child"
)


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place of this test's own for temporary folders."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


def pid_of(client: tradeforge.Client | aio.Client) -> int:
    assert client.wire.server is not None
    return client.wire.server.pid


def is_alive(pid: int) -> bool:
    """Whether there is such a process; ours are waited for, so none stays as a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def trades(client: tradeforge.Client) -> int:
    client.generate(BARS, bars=500, seed=7)
    run = client.backtest("sma_cross", on=BARS, params={"fast": 5, "slow": 20})
    return run.wait(timeout=WAIT_SECONDS, progress=False).trade_count


def test_a_server_comes_with_its_client_and_goes_with_it_and_its_folder_too(places: Path) -> None:
    with tradeforge.local() as client:
        assert trades(client) > 0
        pid = pid_of(client)
        assert is_alive(pid)
        assert len(list(places.iterdir())) == 1
        again = pickle.loads(pickle.dumps(client))
        assert again.wire.server is None
        again.close()
        assert is_alive(pid)
    assert not is_alive(pid)
    assert list(places.iterdir()) == []
    client.close()


def test_what_is_done_in_a_folder_is_there_the_next_time(tmp_path: Path, places: Path) -> None:
    data = tmp_path / "kept"
    with tradeforge.local(data) as client:
        trades(client)
    with tradeforge.local(data) as client:
        assert [run.display_name for run in client.runs()] == [""]
        assert [str(series.subscription) for series in client.series()] == [BARS]
    assert list(places.iterdir()) == []


def test_two_at_once_know_nothing_of_each_other() -> None:
    with tradeforge.local(workers=1) as one, tradeforge.local() as other:
        assert one.server_info().worker_threads == 1
        trades(one)
        assert len(one.runs()) == 1
        assert len(other.runs()) == 0
        assert pid_of(one) != pid_of(other)


def test_a_folder_that_another_server_has_is_refused_by_name(tmp_path: Path) -> None:
    with tradeforge.local(tmp_path / "data") as client:
        words = f"another server uses the data directory {tmp_path / 'data'}"
        with pytest.raises(tradeforge.LocalServerError, match=words):
            tradeforge.local(tmp_path / "data")
        assert trades(client) > 0


def test_settings_are_those_of_serve_and_a_wrong_one_is_told_with_the_nearest() -> None:
    with tradeforge.local(settings={"trials_max": 7, "tls_elsewhere": False}) as client:
        assert client.server_info().limits["max_trials_per_run"] == 7
    with pytest.raises(tradeforge.LocalServerError, match="'--trials-max'"):
        tradeforge.local(settings={"trails_max": 7})
    with pytest.raises(ValueError, match="listen"):
        tradeforge.local(settings={"listen": "0.0.0.0:1"})
    with pytest.raises(TypeError, match="did you mean 'workers'"):
        tradeforge.local(worker=7)  # type: ignore[call-arg]


def test_a_program_that_is_named_is_never_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(tradeforge.LocalServerError, match=r"binary is .*nothing"):
        tradeforge.local(binary=tmp_path / "nothing")
    with pytest.raises(tradeforge.LocalServerError, match="did not start: it ended with 1"):
        tradeforge.local(binary="/bin/false")
    monkeypatch.setenv("TRADEFORGE_BIN", str(tmp_path))
    with pytest.raises(tradeforge.LocalServerError, match="TRADEFORGE_BIN is"):
        tradeforge.local()


def test_a_program_that_says_nothing_is_given_up_and_killed(tmp_path: Path) -> None:
    silent = tmp_path / "silent"
    silent.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\nread nothing\n")
    silent.chmod(0o755)
    with pytest.raises(tradeforge.LocalServerError, match=r"did not come up within 0\.5 s"):
        tradeforge.local(binary=silent, start_timeout=0.5)
    told = (tmp_path / "pid").read_text() if (tmp_path / "pid").exists() else ""
    assert not told.strip() or not is_alive(int(told))


def test_a_server_of_another_version_is_refused_with_both() -> None:
    own = tradeforge.__version__
    with pytest.raises(tradeforge.LocalServerError, match=rf"TradeForge 9\.9\.9, .* is {own}"):
        _local.refuse_other(Path("tradeforge"), "9.9.9")


def python(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=WAIT_SECONDS,
    )


def test_without_a_program_anywhere_it_says_where_it_looked(tmp_path: Path) -> None:
    nowhere = {"TRADEFORGE_BIN": "", "PATH": str(tmp_path), "PYTHONUSERBASE": str(tmp_path)}
    told = python("-m", "tradeforge", "demo", **nowhere)
    assert told.returncode == 1
    assert told.stderr.startswith("error: there is no TradeForge server here")
    assert "TRADEFORGE_BIN" in told.stderr


def test_a_program_on_the_path_is_found(tmp_path: Path) -> None:
    (tmp_path / "tradeforge").symlink_to(os.environ["TRADEFORGE_BIN"])
    there = {"TRADEFORGE_BIN": "", "PATH": str(tmp_path), "PYTHONUSERBASE": str(tmp_path / "none")}
    told = python("-m", "tradeforge", "--version", **there)
    assert told.stdout.strip() == f"tradeforge {tradeforge.__version__}"


def test_every_command_of_the_program_is_one_of_the_package() -> None:
    with tradeforge.local() as client:
        trades(client)
        told = python("-m", "tradeforge", "runs", "--json", "--server", client.wire.url)
        assert client.runs()[0].id in told.stdout
    assert python("-m", "tradeforge", "no-such-command").returncode == 2


@contextmanager
def script(text: str) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """Run a script that prints the ids of processes on one line, and goes on until killed."""
    lines = ["import os, signal, tradeforge", text]
    words = [sys.executable, "-c", "\n".join(lines)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process, [int(word) for word in process.stdout.readline().split()]
        finally:
            process.kill()


def wait_for_end(pidfd: int) -> None:
    ended, _, _ = select.select([pidfd], [], [], WAIT_SECONDS)
    assert ended, "the server lives on"
    os.close(pidfd)


@needs_pidfd
def test_kill_9_of_python_leaves_no_server_and_no_folder(places: Path) -> None:
    text = """
client = tradeforge.local()
print(client.wire.server.pid, flush=True)
signal.pause()
"""
    with script(text) as (process, (pid,)):
        server = os.pidfd_open(pid)
        process.kill()
        process.wait()
        wait_for_end(server)
    assert list(places.iterdir()) == []


@needs_pidfd
def test_a_fork_neither_keeps_the_server_alive_nor_ends_it(places: Path) -> None:
    text = """
client = tradeforge.local()
if (short := os.fork()) == 0:
    raise SystemExit  # with all that is done at an exit
os.waitpid(short, 0)
client.server_info()
if (child := os.fork()) == 0:
    signal.pause()
print(client.wire.server.pid, child, flush=True)
signal.pause()
"""
    with script(text) as (process, (pid, child)):
        server = os.pidfd_open(pid)
        process.kill()
        process.wait()
        wait_for_end(server)
        os.kill(child, signal.SIGKILL)
    assert list(places.iterdir()) == []


@needs_pidfd
def test_what_nobody_closed_ends_with_python_or_when_nobody_has_it(places: Path) -> None:
    text = """
import gc
client = tradeforge.local()
run = client.generate("SYN:A@1h", bars=10) and client.backtest("buy_and_hold", on="SYN:A@1h")
first = client.wire.server.pid
del client
run.wait()  # a handle on a run has the connection
del run
gc.collect()
try:
    os.kill(first, 0)
    raise SystemExit("the first lives")
except ProcessLookupError:
    pass
client = tradeforge.local()
print(client.wire.server.pid, flush=True)
input()
"""
    words = [sys.executable, "-X", "dev", "-W", "error", "-c", "import os, tradeforge" + text]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        server = os.pidfd_open(pid)
        _, said = process.communicate("\n", timeout=WAIT_SECONDS)
        assert process.returncode == 0, said
        wait_for_end(server)
    assert list(places.iterdir()) == []


def test_ctrl_c_is_for_python_alone() -> None:
    with tradeforge.local() as client:
        assert os.getpgid(pid_of(client)) != os.getpgid(0)


def test_the_client_for_asyncio_has_one_as_well(places: Path, tmp_path: Path) -> None:
    async def use() -> None:
        async with aio.local() as client:
            await client.generate(BARS, bars=200)
            run = await client.backtest("buy_and_hold", on=BARS)
            await run.wait(timeout=WAIT_SECONDS, progress=False)
            entered = pid_of(client)
        assert not is_alive(entered)
        client = await aio.local(tmp_path / "kept")
        with pytest.raises(tradeforge.LocalServerError, match="another server"):
            await aio.local(tmp_path / "kept")
        await client.close()
        assert not is_alive(pid_of(client))

    asyncio.run(use())
    assert list(places.iterdir()) == []
