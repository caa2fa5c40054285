"""Times peers over the grids that TradeForge has just gone through, and prints the ratios.

Each peer computes everything it needs: indicators once per length where it can, signals, the
simulation and its own metrics. All fill a signal at the next open, long or flat, with all of the
equity and the same commission. A peer that would take hours or gigabytes gets an evenly spread part
of the grid; rates are per cell and bar, so that they compare.
"""

import json
import os
import pathlib
import sys
import time
import warnings

import numpy as np
import pandas as pd

warnings.filterwarnings("ignore")
os.environ["TQDM_DISABLE"] = "1"

SMA = [(fast, slow) for fast in range(5, 105) for slow in range(110, 507, 4)]
RSI = [(n, low, high) for n in range(6, 31, 4) for low in (20, 25, 30) for high in (65, 75)]
BREAKOUT = [(n, 1.5 + 0.5 * step) for n in range(20, 111, 10) for step in range(10)]
EXIT, ATR_PERIOD = 10, 14
# Cells of one call: vectorbt holds a column of every array for each.
AT_ONCE = {"raptorbt": 250, "vectorbt": 50}


def part(cells, count):
    """So many cells, spread evenly."""
    places = np.linspace(0, len(cells) - 1, min(count, len(cells))).astype(int)
    return [cells[place] for place in places]


def means(close, length):
    """Exact: sums of whole cents."""
    cents = np.rint(close * 100).astype(np.int64)
    sums = np.concatenate([[0], np.cumsum(cents)])
    mean = np.full(len(close), np.nan)
    mean[length - 1 :] = (sums[length:] - sums[:-length]) / length / 100
    return mean


def crossings(fast, slow):
    above, below = fast > slow, fast < slow
    defined = ~np.isnan(slow)
    known = np.concatenate([[False], defined[:-1]]) & defined
    entries = known & above & ~np.concatenate([[False], above[:-1]])
    exits = known & below & ~np.concatenate([[False], below[:-1]])
    return entries, exits


def true_ranges(bars):
    before = np.concatenate([bars.low[:1], bars.close[:-1]])
    return np.maximum(bars.high, before) - np.minimum(bars.low, before)


def wilder(values, length):
    out = np.full(len(values), np.nan)
    out[length - 1] = values[:length].mean()
    for place in range(length, len(values)):
        out[place] = (out[place - 1] * (length - 1) + values[place]) / length
    return out


class Bars:
    def __init__(self, path):
        frame = pd.read_csv(path)
        self.time_ms = frame["time_ms"].to_numpy()
        for name in ("open", "high", "low", "close"):
            setattr(self, name, frame[name].to_numpy())

    def __len__(self):
        return len(self.close)


def raptorbt_times(bars, cash, rate):
    import raptorbt

    config = raptorbt.BacktestConfig(
        initial_capital=cash, fees=rate, slippage=0.0, fill_timing="next_bar_open"
    )
    stamps, volume = bars.time_ms * 1_000_000, np.ones(len(bars))

    def simulate(cells, signals):
        trades = 0
        for first in range(0, len(cells), AT_ONCE["raptorbt"]):
            items = [
                raptorbt.BatchSingleItem(str(cell), *signals(cell))
                for cell in cells[first : first + AT_ONCE["raptorbt"]]
            ]
            results = raptorbt.batch_single_backtest(
                stamps, bars.open, bars.high, bars.low, bars.close, volume, items, config
            )
            trades += sum(result.metrics.total_closed_trades for _, result in results)
        return trades

    def sma():
        columns = {n: means(bars.close, n) for n in {n for cell in SMA for n in cell}}
        cells = part(SMA, 2_000)
        return cells, simulate(cells, lambda cell: crossings(columns[cell[0]], columns[cell[1]]))

    def rsi():
        columns = {n: raptorbt.rsi(bars.close, n) for n in {cell[0] for cell in RSI}}
        return RSI, simulate(RSI, lambda c: (columns[c[0]] < c[1], columns[c[0]] > c[2]))

    return {"sma": sma, "rsi": rsi}


def vectorbt_times(bars, cash, rate, engine):
    """By numba or by its Rust engine, which `vectorbt[rust]` brings along."""
    import vectorbt as vbt

    vbt.settings["engine"] = engine

    prices = (bars.close, bars.open, bars.high, bars.low)
    close, open_, high, low = (pd.Series(column) for column in prices)

    def shifted(signals):
        return np.concatenate([[False], signals[:-1]])

    def simulate(cells, signals):
        trades = 0
        for first in range(0, len(cells), AT_ONCE["vectorbt"]):
            columns = [signals(cell) for cell in cells[first : first + AT_ONCE["vectorbt"]]]
            stacked = [pd.DataFrame(np.column_stack(side)) for side in zip(*columns)]
            stops = {"sl_stop": stacked[2], "stop_exit_price": "stopmarket"} if stacked[2:] else {}
            portfolio = vbt.Portfolio.from_signals(
                close, stacked[0], stacked[1], price=open_, open=open_, high=high, low=low,
                fees=rate, init_cash=cash, freq="1min", direction="longonly", engine=engine,
                **stops,
            )
            trades += int(portfolio.trades.closed.count().sum())
            portfolio.sharpe_ratio(), portfolio.max_drawdown(), portfolio.total_return()
            portfolio.trades.win_rate(), portfolio.trades.profit_factor()
        return trades

    def sma():
        columns = {n: means(bars.close, n) for n in {n for cell in SMA for n in cell}}
        cells = part(SMA, 200)

        def signals(cell):
            return [shifted(side) for side in crossings(columns[cell[0]], columns[cell[1]])]

        return cells, simulate(cells, signals)

    def rsi():
        columns = {}
        for length in {cell[0] for cell in RSI}:
            columns[length] = vbt.RSI.run(bars.close, length, ewm=True).rsi.to_numpy().ravel()
        return RSI, simulate(
            RSI, lambda c: (shifted(columns[c[0]] < c[1]), shifted(columns[c[0]] > c[2]))
        )

    def breakout():
        ranges = wilder(true_ranges(bars), ATR_PERIOD)
        highs, lows = pd.Series(bars.high), pd.Series(bars.low)
        exits = shifted(bars.close < lows.rolling(EXIT).min().shift().to_numpy())
        away = np.concatenate([[np.nan], ranges[:-1]]) / bars.open

        def signals(cell):
            length, stop = cell
            above = bars.close > highs.rolling(length).max().shift().to_numpy()
            return shifted(above & ~np.isnan(ranges)), exits, stop * away

        return BREAKOUT, simulate(BREAKOUT, signals)

    return {"sma": sma, "rsi": rsi, "breakout": breakout}


def backtesting_times(bars, cash, rate):
    import backtesting

    frame = pd.DataFrame(
        {"Open": bars.open, "High": bars.high, "Low": bars.low, "Close": bars.close},
        index=pd.to_datetime(bars.time_ms, unit="ms"),
    )

    class Cross(backtesting.Strategy):
        fast, slow = 10, 50

        def init(self):
            columns = [means(self.data.Close, length) for length in (self.fast, self.slow)]
            self.signals = self.I(lambda: np.array(crossings(*columns), dtype=float))

        def next(self):
            if self.signals[0][-1] and not self.position:
                self.buy()
            elif self.signals[1][-1] and self.position:
                self.position.close()

    def sma():
        cells, trades = part(SMA, 4), 0
        # It trades whole pieces only; with this much cash that makes no difference.
        for fast, slow in cells:
            test = backtesting.Backtest(frame, Cross, cash=1_000 * cash, commission=rate)
            trades += int(test.run(fast=fast, slow=slow)["# Trades"])
        return cells, trades

    return {"sma": sma}


def taken(work):
    """Time, cells and trades of the better of two runs: the first may still compile."""
    best = None
    for _ in range(2):
        began = time.perf_counter()
        cells, trades = work()
        seconds = time.perf_counter() - began
        if best is None or seconds < best[0]:
            best = (seconds, len(cells), trades)
        if seconds > 20:
            break
    return best


def row(name, cells, bars, seconds, trades, reference):
    rate = cells * bars / seconds
    print(f"  {name:46}{cells:>8}{trades / cells:>10.1f}{seconds:>11.3f}{rate / 1e6:>11.1f}"
          f"{reference / rate:>10.1f}", flush=True)


def main():
    work = pathlib.Path(sys.argv[1])
    ours = json.loads((work / "tradeforge.json").read_text())
    bars = Bars(work / "bars.csv")
    cash, rate = float(ours["cash"]), float(ours["commission_rate"])
    print(ours["machine"])
    print(f"{len(bars):,} bars; long or flat, all of the equity, commission {rate}")
    peers = [
        ("raptorbt, batch", raptorbt_times(bars, cash, rate)),
        ("vectorbt, numba", vectorbt_times(bars, cash, rate, "numba")),
        ("vectorbt, Rust", vectorbt_times(bars, cash, rate, "rust")),
        ("backtesting.py", backtesting_times(bars, cash, rate)),
    ]
    for grid, name in (("sma", "SMA crossover"), ("rsi", "RSI"), ("breakout", "ATR breakout")):
        mine = ours["grids"][grid]
        cells, trades, served = mine["cells"], mine["trades"], mine["served_s"]
        print(f"\n{name:48}{'cells':>8}{'trades':>10}{'s':>11}{'M/s':>11}{'ours x':>10}")
        reference = cells * len(bars) / served
        row("TradeForge, Submit to COMPLETED, all stored", cells, len(bars), served, trades,
            reference)
        row("TradeForge, engine alone", cells, len(bars), mine["engine_s"], trades, reference)
        for peer, works in peers:
            if grid in works:
                seconds, count, closed = taken(works[grid])
                row(peer, count, len(bars), seconds, closed, reference)


if __name__ == "__main__":
    main()
