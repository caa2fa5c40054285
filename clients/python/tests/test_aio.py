"""The client for asyncio: the same names, against the same server."""

from __future__ import annotations

import asyncio
import inspect
import pickle

import pytest

import tradeforge
from tradeforge import aio

WAIT_SECONDS = 60


@pytest.mark.parametrize("name", ["Client", "Run"])
def test_both_clients_have_the_same_calls_with_the_same_arguments(name: str) -> None:
    def calls(owner: type) -> dict[str, list[str]]:
        return {
            each: list(inspect.signature(call).parameters)
            for each, call in inspect.getmembers(owner, inspect.isfunction)
            if not each.startswith("_")
        }

    found = calls(getattr(tradeforge, name))
    assert found == calls(getattr(aio, name))
    assert len(found) > 10


def test_runs_are_watched_and_read_beside_each_other(server: str, bars: tradeforge.Series) -> None:
    async def one(client: aio.Client, fast: int) -> tuple[float, int, int]:
        run = await client.backtest(
            "sma_cross", on=bars.subscription, params={"fast": fast, "slow": 50}
        )
        states = [status.state async for status in run.watch()]
        assert states[-1] is tradeforge.RunState.COMPLETED
        result = await run.wait(timeout=WAIT_SECONDS)
        trades = await run.trades()
        closed = [trade for trade in trades if trade.exit_time]
        assert result.trade_count == len(closed)
        return result.metrics["net_profit"], await run.total, len(await run.equity())

    async def all_of_them() -> None:
        async with aio.connect(server) as client:
            found = await asyncio.gather(*(one(client, fast) for fast in (5, 10, 20)))
            assert len({profit for profit, _, _ in found}) == 3
            assert {total for _, total, _ in found} == {5_000}
            with pytest.raises(tradeforge.Invalid):
                await client.run("no-id").status()
            with pytest.raises(TypeError, match="did you mean 'params'"):
                await client.backtest("sma_cross", on="A:B@1h", prams={})  # type: ignore[call-arg]

    asyncio.run(all_of_them())


def test_a_search_is_run_watched_and_mapped(server: str) -> None:
    async def search() -> None:
        async with aio.connect(server) as client:
            await client.generate("SYN:AIO@1h", bars=500, seed=1)
            run = await client.sweep(
                "sma_cross", on="SYN:AIO@1h", params={"fast": range(2, 6), "slow": [10, 20]}
            )
            landed = [row.index async for part in run.watch_trials() for row in part]
            assert sorted(landed) == list(range(8))
            result = await run.wait(timeout=WAIT_SECONDS, progress=False)
            heatmap = await run.heatmap()
            assert heatmap.best is not None
            assert result.best_trial is not None
            assert heatmap.best.trial_index == result.best_trial.index
            with pytest.raises(OSError, match="no_such"):
                await client.import_file("no_such.csv", "A:B@1h")

    asyncio.run(search())


def test_a_handle_comes_out_of_a_pickle(server: str, bars: tradeforge.Series) -> None:
    async def there_and_back() -> None:
        async with aio.connect(server) as client:
            run = await client.backtest("buy_and_hold", on=bars.subscription)
            again = pickle.loads(pickle.dumps(run))
            assert again == run
            assert (await again.wait(timeout=WAIT_SECONDS)).run_id == run.id
            await again._wire.close()

    asyncio.run(there_and_back())
