"""A run as one file: written by the client, proved by the program without a server."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest
from conftest import Gate

from tradeforge import Client, Invalid, Precondition, local


def verified(path: Path) -> str:
    """What the program says of the file."""
    words = [os.environ["TRADEFORGE_BIN"], "verify", str(path), "--recompute", "all"]
    ended = subprocess.run(words, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_a_run_is_proved_from_the_file_alone(client: Client, tmp_path: Path) -> None:
    client.generate("SYN:BUNDLE@1h", bars=500, seed=3)
    params = {"fast": range(2, 6), "slow": [20]}
    run = client.sweep("sma_cross", on="SYN:BUNDLE@1h", params=params)
    run.wait(timeout=60)
    path = tmp_path / "one.tfrun"
    assert run.bundle(path, with_bars=True) == path
    said = verified(path)
    assert f"run {run.id}" in said
    assert "4 of 4 trials come to the same bits again" in said
    assert [it.name for it in tmp_path.iterdir()] == ["one.tfrun"]
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask


def test_what_cannot_be_had_leaves_no_file(client: Client, gate: Gate, tmp_path: Path) -> None:
    client.generate("SYN:BUNDLE@1h", bars=500, seed=3)
    run = client.backtest("gate", on="SYN:BUNDLE@1h", params=gate.params)
    with pytest.raises(Precondition, match="its result is there once it is COMPLETED"):
        run.bundle(tmp_path / "one.tfrun")
    assert list(tmp_path.iterdir()) == []


def test_a_run_is_imported_where_it_was_not(client: Client, tmp_path: Path) -> None:
    client.generate("SYN:BUNDLE@1h", bars=500, seed=3)
    run = client.backtest("sma_cross", on="SYN:BUNDLE@1h", params={"fast": 3, "slow": 20})
    run.wait(timeout=60)
    path = run.bundle(tmp_path / "one.tfrun", with_bars=True)
    assert client.import_run(path).id == run.id, "it is there already"
    with local(data_dir=tmp_path / "elsewhere") as there:
        taken = there.import_run(path)
        info = taken.info()
        assert taken.id != run.id
        assert info.origin is not None
        assert (info.origin.run_id, info.origin.recomputed) == (run.id, True)
        assert info.run_key == run.info().run_key
        assert len(taken.trades()) == len(run.trades()) > 0
        path.write_bytes(path.read_bytes()[:-9])
        with pytest.raises(Invalid, match="nothing of the bundle was kept"):
            there.import_run(path)
