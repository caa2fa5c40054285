"""Runs backtesting.py and vectorbt beside the engine, on seeded random combinations.

Compared are every trade's side, entry and exit bar and price, and the figures that a peer defines
as we do. The exit code is 1 as soon as one differs.

What differs by definition, and is therefore set or left out, in the terms of the design:

- Both peers test a stop from the bar after the entry: our `entry_bar_policy` is NEXT_BAR.
- backtesting.py would close the last trade at the open of the last bar (`finalize_trades=True`).
  Left open instead, its equity is marked at the last close, which is MARK_OPEN.
- backtesting.py knows a stop only as a price given beforehand, and ours is a distance from the fill:
  it is set at the close of the entry's bar, in time for the next one.
- vectorbt lets a stop win over an exit decided on the bar before; ours fills first, at the open. On
  those bars it is shown prices that no stop reaches. Which exits count depends on the side held,
  so that this is done for one side at a time.
- vectorbt takes a stop as a fraction of the fill and multiplies it out in floats. It gets the level
  moved by 0.3 ticks away from the market's grid, which no whole tick tells from the level itself.
"""

import argparse
import collections
import json
import math
import os
import subprocess
import sys
import warnings

import numpy as np
import pandas as pd

import reference

warnings.filterwarnings("ignore")
os.environ["TQDM_DISABLE"] = "1"

SEED = 20261121
MARKETS = 12
BARS = 1500
TICK = 0.01
CASH = 10_000
STEP_MS = 60_000
DIRECTIONS = ["long_only", "short_only", "both"]
NUDGE = 0.3


def market(random):
    """A walk of minute bars in ticks: small steps make ties, some bars open with a gap."""
    close = random.integers(8_000, 12_000)
    rows = []
    for _ in range(BARS):
        gap = random.integers(-40, 41) if random.random() < 0.05 else random.integers(-2, 3)
        open_ = max(close + gap, 100)
        close = max(open_ + int(np.rint(random.normal() * 12)), 100)
        high = max(open_, close) + random.integers(0, 9)
        low = min(open_, close) - random.integers(0, 9)
        rows.append((open_, high, low, close))
    columns = np.array(rows, dtype=np.int64).T
    return dict(zip(("open", "high", "low", "close"), columns))


def combination(random, strategy):
    """Parameters, direction and costs."""
    pick = lambda low, high: int(random.integers(low, high + 1))
    if strategy == "sma_cross":
        fast = pick(1, 30)
        params = {"fast": fast, "slow": fast + pick(1, 60)}
    elif strategy == "rsi_reversion":
        oversold = pick(15, 48)
        params = {
            "period": pick(2, 25),
            "oversold": float(oversold),
            "overbought": float(oversold + pick(4, 40)),
        }
    else:
        params = {
            "entry": pick(2, 60),
            "exit": pick(1, 40),
            "atr_period": pick(1, 30),
            "atr_stop": pick(1, 16) / 4,
        }
    params["direction"] = DIRECTIONS[pick(0, 2)]
    if params["direction"] == "both" and "exit" in params:
        # Ours turns a position round only where its own exit says so, too; the peers' rule does not
        # ask. With an exit at most as long as the entry both are one rule.
        params["exit"] = min(params["exit"], params["entry"])
    rate = pick(0, 20)
    return {"strategy": strategy, "params": params, "rate": rate / 10_000, "quantity": pick(1, 5)}


def simulation(case):
    return {
        "initial_cash": str(CASH),
        "commission_rate": f"{case['rate']:.4f}",
        "slippage_ticks": 0,
        "sizing": {"fixed_quantity": str(case["quantity"])},
        "max_leverage": "1",
        "entry_bar_policy": "next_bar",
        "end_of_run_policy": "mark_open",
        "risk_free_rate": "0",
        "periods_per_year": None,
    }


def engine(path, bars, cases, indicators):
    """Our side: closed and open trades in ticks, metrics, indicator values."""
    columns = {name: column.tolist() for name, column in bars.items()}
    columns["open_time_ms"] = [bar * STEP_MS for bar in range(len(bars["open"]))]
    request = {
        "bars": columns,
        "price_tick": str(TICK),
        "quantity_step": "1",
        "timeframe": "1m",
        "cases": [
            {"strategy": c["strategy"], "params": c["params"], "simulation": simulation(c)}
            for c in cases
        ],
        "indicators": indicators,
    }
    done = subprocess.run([path], input=json.dumps(request), capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout)


def our_trades(outcome):
    """(side, entry bar, entry ticks, exit bar, exit ticks); an open one ends in None."""
    per_tick = None
    trades = []
    for trade, _ in outcome["trades"]:
        entry_fill = next(f for f in outcome["fills"] if f["bar"] == trade["entry_bar"])
        # Money units of one tick of one step, from a fill whose price is known.
        per_tick = per_tick or trade["entry_notional"] // (trade["quantity"] * entry_fill["price"])
        ticks = lambda notional: notional / (trade["quantity"] * per_tick)
        leave = trade["exit"]
        side = 1 if trade["side"] == "long" else -1
        out = (leave["bar"], ticks(trade["exit_notional"])) if leave else (None, None)
        trades.append((side, trade["entry_bar"], ticks(trade["entry_notional"]), *out))
    return trades


def run_backtesting(bars, case, four, distance):
    from backtesting import Backtest, Strategy

    enter_long, exit_long, enter_short, exit_short = four
    size = case["quantity"]

    class Peer(Strategy):
        def init(self):
            pass

        def next(self):
            bar = len(self.data) - 1
            held = 1 if self.position.is_long else -1 if self.position.is_short else 0
            for trade in self.trades:
                if trade.sl is None and not np.isnan(distance[trade.entry_bar - 1]):
                    fill = round(trade.entry_price / TICK)
                    side = 1 if trade.is_long else -1
                    trade.sl = stop_level(side, fill, distance[trade.entry_bar - 1])
            if held <= 0 and enter_long[bar]:
                self.position.close()
                self.buy(size=size)
            elif held >= 0 and enter_short[bar]:
                self.position.close()
                self.sell(size=size)
            elif (held > 0 and exit_long[bar]) or (held < 0 and exit_short[bar]):
                self.position.close()

    def stop_level(side, fill, away):
        return reference.stop_level(side, fill, away) / 100

    frame = pd.DataFrame({name.capitalize(): column / 100 for name, column in bars.items()})
    frame.index = pd.to_datetime(np.arange(len(frame)) * STEP_MS, unit="ms")
    test = Backtest(
        frame, Peer, cash=CASH, commission=case["rate"], spread=0, margin=1,
        trade_on_close=False, hedging=False, exclusive_orders=False, finalize_trades=False,
    )
    stats = test.run()
    trades = [
        (int(np.sign(t.Size)), t.EntryBar, t.EntryPrice * 100, t.ExitBar, t.ExitPrice * 100)
        for t in stats["_trades"].itertuples()
    ]
    trades += [
        (int(np.sign(t.size)), t.entry_bar, t.entry_price * 100, None, None)
        for t in stats["_strategy"].trades
    ]
    figures = {
        "final_equity": stats["Equity Final [$]"],
        "max_drawdown": -stats["Max. Drawdown [%]"] / 100,
    }
    return trades, figures


def run_vectorbt(bars, case, four, distance):
    import vectorbt as vbt

    vbt.settings["returns"]["year_freq"] = "365 days"
    columns = {name: column / 100 for name, column in bars.items()}
    shifted = [np.concatenate(([False], signal[:-1])) for signal in four]
    stops = {}
    if case["strategy"] == "donchian_breakout":
        side = 1 if case["params"]["direction"] == "long_only" else -1
        decided = np.concatenate(([np.nan], distance[:-1]))
        fills = bars["open"]
        levels = np.array([
            np.nan if np.isnan(away) else reference.stop_level(side, fill, away) + side * NUDGE
            for fill, away in zip(fills, decided)
        ])
        stops["sl_stop"] = side * (fills - levels) / fills
        leaving = shifted[1] if side > 0 else shifted[3]
        for name in ("open", "high", "low"):
            columns[name] = np.where(leaving, 1e12 if side > 0 else 1e-12, columns[name])
    index = pd.to_datetime(np.arange(len(fills := bars["open"])) * STEP_MS, unit="ms")
    series = {name: pd.Series(column, index=index) for name, column in columns.items()}
    enter_long, exit_long, enter_short, exit_short = (pd.Series(s, index=index) for s in shifted)
    folio = vbt.Portfolio.from_signals(
        series["close"], enter_long, exit_long, enter_short, exit_short,
        price=pd.Series(bars["open"] / 100, index=index),
        open=series["open"], high=series["high"], low=series["low"],
        size=case["quantity"], size_type="amount", fees=case["rate"], slippage=0, init_cash=CASH,
        accumulate=False, allow_partial=False, stop_exit_price="stopmarket", freq="1min",
        stop_entry_price="fillprice", **stops,
    )
    trades = []
    for row in folio.trades.records.itertuples():
        side = 1 if row.direction == 0 else -1
        exit_ticks = row.exit_price * 100
        # The stop was moved off the grid, against nothing but float noise.
        if stops and abs(exit_ticks - round(exit_ticks)) > 0.1:
            exit_ticks -= side * NUDGE
        out = (row.exit_idx, exit_ticks) if row.status == 1 else (None, None)
        trades.append((side, row.entry_idx, row.entry_price * 100, *out))
    figures = {}
    if not stops:
        figures = {
            "final_equity": folio.final_value(),
            "max_drawdown": -folio.max_drawdown(),
            "sharpe_bar": folio.sharpe_ratio(),
            "volatility_bar": folio.annualized_volatility(),
            "profit_factor": folio.trades.closed.profit_factor(),
            "win_rate": folio.trades.closed.win_rate(),
        }
    return trades, figures


def same_trade(ours, theirs):
    near = lambda a, b: a == b or (a is not None and b is not None and abs(a - b) < 1e-6)
    return all(near(a, b) for a, b in zip(ours, theirs))


def same_figure(name, ours, theirs):
    if theirs is None or math.isnan(theirs) or math.isinf(theirs):
        return ours is None
    if ours is None:
        # Without a trade there is no rate; a peer that says 0 means the same.
        return theirs == 0
    if name == "final_equity":
        return abs(ours - theirs) < 0.01
    return abs(ours - theirs) <= 1e-9 * max(1.0, abs(theirs))


class Tally:
    def __init__(self):
        self.trades = collections.Counter()
        self.combinations = collections.Counter()
        self.differences = []

    def compare(self, peer, case, outcome, peer_trades, figures):
        ours = our_trades(outcome)
        self.combinations[peer] += 1
        self.trades[peer] += max(len(ours), len(peer_trades))
        if len(ours) != len(peer_trades):
            self.differences.append((peer, case, "trades", len(ours), len(peer_trades)))
        for mine, theirs in zip(ours, peer_trades):
            if not same_trade(mine, theirs):
                self.differences.append((peer, case, "trade", mine, theirs))
                break
        for name, theirs in figures.items():
            mine = outcome["metrics"].get(name)
            if not same_figure(name, mine, theirs):
                self.differences.append((peer, case, name, mine, theirs))


def compare_indicators(bars, values, wanted):
    """How many values were compared, and the greatest relative difference of any."""
    made = {
        "sma": lambda n: reference.sma(bars["close"], n),
        "ema": lambda n: reference.ema(bars["close"], n),
        "rsi": lambda n: reference.rsi(bars["close"], n),
        "atr": lambda n: reference.atr(bars["high"], bars["low"], bars["close"], n),
        "deviation": lambda n: reference.deviation(bars["close"], n),
        "highest": lambda n: reference.highest(bars["high"], n),
        "lowest": lambda n: reference.lowest(bars["low"], n),
        "macd_signal": lambda *n: reference.macd_signal(bars["close"], *n),
    }
    count, worst = 0, 0.0
    for request, ours in zip(wanted, values):
        theirs = made[request["name"]](*request["lengths"])
        ours = np.array([np.nan if value is None else value for value in ours])
        if (np.isnan(ours) != np.isnan(theirs)).any():
            sys.exit(f"{request} is defined on other bars")
        known = ~np.isnan(ours)
        count += int(known.sum())
        if known.any():
            apart = np.abs(ours - theirs)[known] / np.maximum(np.abs(theirs[known]), 1.0)
            worst = max(worst, float(apart.max()))
    return count, worst


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--engine", required=True, help="the built example peer_run")
    arguments.add_argument("--combinations", type=int, default=240)
    chosen = arguments.parse_args()
    random = np.random.Generator(np.random.PCG64(SEED))
    strategies = ["sma_cross", "rsi_reversion", "donchian_breakout"]
    tally, values, worst, both = Tally(), 0, 0.0, 0
    per_market = -(-chosen.combinations // MARKETS)
    for _ in range(MARKETS):
        bars = market(random)
        cases = [combination(random, strategies[n % 3]) for n in range(per_market)]
        wanted = [
            {"name": name, "lengths": [int(random.integers(1, 60))]}
            for name in ("sma", "ema", "rsi", "atr", "deviation", "highest", "lowest")
        ]
        wanted.append({"name": "macd_signal", "lengths": [12, 26, 9]})
        answer = engine(chosen.engine, bars, cases, wanted)
        compared, apart = compare_indicators(bars, answer["indicators"], wanted)
        values, worst = values + compared, max(worst, apart)
        for case, outcome in zip(cases, answer["cases"]):
            assert not outcome["rejections"], outcome["rejections"]
            *four, distance = reference.signals(case["strategy"], case["params"], bars)
            four = reference.allowed(case["params"]["direction"], four)
            tally.compare("backtesting.py", case, outcome, *run_backtesting(bars, case, four, distance))
            if case["strategy"] == "donchian_breakout" and case["params"]["direction"] == "both":
                both += 1
                continue
            tally.compare("vectorbt", case, outcome, *run_vectorbt(bars, case, four, distance))
    report(tally, values, worst, both)


def report(tally, values, worst, both):
    print("peer            combinations  trades compared  differences")
    for peer in tally.combinations:
        apart = sum(1 for difference in tally.differences if difference[0] == peer)
        print(f"{peer:<15} {tally.combinations[peer]:>12,} {tally.trades[peer]:>16,} {apart:>12,}")
    print(f"left to backtesting.py alone: {both} combinations with stops on both sides")
    print(f"indicators: {values:,} values, greatest relative difference {worst:.1e}")
    for peer, case, what, ours, theirs in tally.differences[:20]:
        print(f"  {peer}: {what}: ours {ours}, theirs {theirs} of {case}")
    if tally.differences or worst > 1e-9:
        sys.exit(1)


main()
