"""Holds the functions of the rule language against TA-Lib, pandas-ta (its living fork) and tulip.

Each is computed over seeded random bars and compared from the first bar on which both have a value:

- `equal`: to one part in 10^9 on all of them;
- `converges`: on the last bars only. These begin with another value, which they then forget.

What each pair is to be stands in FUNCTIONS; the exit code is 1 as soon as one is otherwise. With
`--table` the findings are written as a page.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import pandas_ta_classic as pta
import talib
import tulipy as ti

warnings.filterwarnings("ignore")

SEED = 20261128
BARS = 3000
TAIL = 200
WITHIN = 1e-9


def bars():
    """A walk in ticks of 0.01, with ties."""
    random = np.random.default_rng(SEED)
    close, rows = 10_000, []
    for _ in range(BARS):
        open_ = close + int(random.integers(-2, 3))
        close = max(open_ + int(np.rint(random.normal() * 15)), 100)
        high = max(open_, close) + int(random.integers(0, 9))
        low = min(open_, close) - int(random.integers(0, 9))
        rows.append((open_, high, low, close, float(random.integers(1, 500))))
    names = ("open", "high", "low", "close", "volume")
    return {name: list(column) for name, column in zip(names, zip(*rows))}


B = bars()
O, H, L, C = (np.array(B[name], dtype=float) / 100 for name in ("open", "high", "low", "close"))
V = np.array(B["volume"])
# In whole ticks, where equal moves are so for others, too: 0.15 - 0.10 is not 0.05 in doubles.
HT, LT, CT = (np.round(column * 100) for column in (H, L, C))
SO, SH, SL, SC, SV = (pd.Series(column) for column in (O, H, L, C, V))


def last(frame, column=0):
    """A column of what pandas-ta answers with."""
    return frame if isinstance(frame, pd.Series) else frame.iloc[:, column]


E, N = "equal", "converges"
# Name: our text, then (library, what it is to be, how it is called there).
FUNCTIONS = {
    "sma": ("sma(close, 20)", [
        ("talib", E, lambda: talib.SMA(C, 20)),
        ("pandas-ta", E, lambda: pta.sma(SC, 20, talib=False)),
        ("tulip", E, lambda: ti.sma(C, 20))]),
    "ema": ("ema(close, 20)", [
        ("talib", E, lambda: talib.EMA(C, 20)),
        ("pandas-ta", E, lambda: pta.ema(SC, 20, talib=False)),
        ("tulip", N, lambda: ti.ema(C, 20))]),
    "wma": ("wma(close, 20)", [
        ("talib", E, lambda: talib.WMA(C, 20)),
        ("pandas-ta", E, lambda: pta.wma(SC, 20, talib=False)),
        ("tulip", E, lambda: ti.wma(C, 20))]),
    "hma": ("hma(close, 16)", [
        ("pandas-ta", E, lambda: pta.hma(SC, 16, talib=False)),
        ("tulip", E, lambda: ti.hma(C, 16))]),
    "dema": ("dema(close, 12)", [
        ("talib", E, lambda: talib.DEMA(C, 12)),
        ("tulip", N, lambda: ti.dema(C, 12))]),
    "tema": ("tema(close, 12)", [
        ("talib", E, lambda: talib.TEMA(C, 12)),
        ("tulip", N, lambda: ti.tema(C, 12))]),
    "trima": ("trima(close, 15)", [
        ("talib", E, lambda: talib.TRIMA(C, 15)),
        ("tulip", E, lambda: ti.trima(C, 15))]),
    "kama": ("kama(close, 10)", [
        ("talib", E, lambda: talib.KAMA(C, 10)),
        ("tulip", E, lambda: ti.kama(C, 10))]),
    "rma": ("rma(close, 14)", [("tulip", E, lambda: ti.wilders(C, 14))]),
    "rsi": ("rsi(close, 14)", [
        ("talib", E, lambda: talib.RSI(C, 14)),
        ("tulip", E, lambda: ti.rsi(C, 14))]),
    "macd": ("macd(close, 12, 26)", [
        ("talib", N, lambda: talib.MACD(C, 12, 26, 9)[0]),
        ("pandas-ta", E, lambda: last(pta.macd(SC, 12, 26, 9, talib=False)))]),
    "stdev": ("stdev(close, 20)", [
        ("talib", E, lambda: talib.STDDEV(C, 20)),
        ("tulip", E, lambda: ti.stddev(C, 20))]),
    "bb_upper": ("bb_upper(close, 20, 2)", [
        ("talib", E, lambda: talib.BBANDS(C, 20, 2, 2)[0]),
        ("tulip", E, lambda: ti.bbands(C, 20, 2)[2])]),
    "highest": ("highest(high, 20)", [
        ("talib", E, lambda: talib.MAX(H, 20)),
        ("tulip", E, lambda: ti.max(H, 20))]),
    "lowest": ("lowest(low, 20)", [
        ("talib", E, lambda: talib.MIN(L, 20)),
        ("tulip", E, lambda: ti.min(L, 20))]),
    "atr": ("atr(14)", [
        ("talib", N, lambda: talib.ATR(H, L, C, 14)),
        ("tulip", E, lambda: ti.atr(H, L, C, 14))]),
    "wpr": ("wpr(14)", [
        ("talib", E, lambda: talib.WILLR(H, L, C, 14)),
        ("tulip", E, lambda: ti.willr(H, L, C, 14))]),
    "stoch": ("stoch(14)", [("talib", E, lambda: talib.STOCHF(H, L, C, 14, 1)[0])]),
    "cci": ("cci(hlc3, 20)", [
        ("talib", E, lambda: talib.CCI(H, L, C, 20)),
        ("tulip", E, lambda: ti.cci(H, L, C, 20))]),
    "mfi": ("mfi(14)", [
        ("talib", E, lambda: talib.MFI(H, L, C, V, 14))]),
    "roc": ("roc(close, 10)", [
        ("talib", E, lambda: talib.ROC(C, 10)),
        ("pandas-ta", E, lambda: pta.roc(SC, 10, talib=False))]),
    "mom": ("mom(close, 10)", [
        ("talib", E, lambda: talib.MOM(C, 10)),
        ("tulip", E, lambda: ti.mom(C, 10))]),
    "linreg": ("linreg(close, 14)", [
        ("talib", E, lambda: talib.LINEARREG(C, 14)),
        ("tulip", E, lambda: ti.linreg(C, 14))]),
    "slope": ("slope(close, 14)", [
        ("talib", E, lambda: talib.LINEARREG_SLOPE(C, 14)),
        ("tulip", E, lambda: ti.linregslope(C, 14))]),
    "trix": ("trix(close, 10)", [
        ("talib", E, lambda: talib.TRIX(C, 10))]),
    "cmo": ("cmo(close, 14)", [("tulip", E, lambda: ti.cmo(C, 14))]),
    "aroon_up": ("aroon_up(14)", [
        ("talib", E, lambda: talib.AROON(H, L, 14)[1]),
        ("tulip", E, lambda: ti.aroon(H, L, 14)[1])]),
    "correlation": ("correlation(close, volume, 20)", [
        ("talib", E, lambda: talib.CORREL(C, V, 20))]),
    "adx": ("adx(14)", [("talib", N, lambda: talib.ADX(HT, LT, CT, 14))]),
    "di_plus": ("di_plus(14)", [("talib", N, lambda: talib.PLUS_DI(HT, LT, CT, 14))]),
    "di_minus": ("di_minus(14)", [("talib", N, lambda: talib.MINUS_DI(HT, LT, CT, 14))]),
    "sar": ("sar(0.02, 0.02, 0.2)", [("talib", E, lambda: talib.SAR(H, L, 0.02, 0.2))]),
    "obv": ("obv()", [("tulip", E, lambda: ti.obv(C, V))]),
    "percent_rank": ("percent_rank(close, 20)", [
        ("pandas", E, lambda: SC.rolling(20).rank(pct=True, method="average"))]),
    "median": ("median(close, 21)", [("pandas", E, lambda: SC.rolling(21).median())]),
    "quantile": ("quantile(close, 20, 0.3)", [("pandas", E, lambda: SC.rolling(20).quantile(0.3))]),
    "variance": ("variance(close, 20)", [("pandas", E, lambda: SC.rolling(20).var(ddof=0))]),
    "mean_deviation": ("mean_deviation(close, 20)", [
        ("pandas", E, lambda: SC.rolling(20).apply(lambda x: np.abs(x - x.mean()).mean()))]),
}


def aligned(values):
    """As long as the bars; tulip leaves out those without a value."""
    values = np.asarray(values, dtype=float)
    return np.concatenate([np.full(BARS - len(values), np.nan), values])


def finding(ours, theirs):
    """How two columns agree, and on how many bars they were compared."""
    both = ~np.isnan(ours) & ~np.isnan(theirs)
    far = np.abs(ours - theirs) > WITHIN * np.maximum(1.0, np.maximum(np.abs(ours), np.abs(theirs)))
    if both.sum() < BARS // 2:
        return "apart", int(both.sum())
    if not (far & both).any():
        return "equal", int(both.sum())
    return ("converges" if not (far & both)[-TAIL:].any() else "apart"), int(both.sum())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--functions", required=True)
    parser.add_argument("--table")
    options = parser.parse_args()
    definitions = {f"f_{name}": text for name, (text, _) in FUNCTIONS.items()}
    told = subprocess.run(
        [options.functions], input=json.dumps({**B, "definitions": definitions}),
        capture_output=True, text=True, check=True)
    columns = json.loads(told.stdout).items()
    values = {name: np.array(column, dtype=float) for name, column in columns}
    rows, wrong = [], 0
    for name, (text, peers) in FUNCTIONS.items():
        cells = {}
        for library, wanted, call in peers:
            found, count = finding(values[f"f_{name}"], aligned(call()))
            wrong += found != wanted
            cells[library] = found
            mark = "" if found == wanted else f"   WRONG: was to be {wanted}"
            print(f"{text:32} {library:10} {found:10} {count:5} bars{mark}")
        rows.append((text, cells))
    if options.table:
        pathlib.Path(options.table).write_text(page(rows))
    print(f"{sum(len(peers) for _, peers in FUNCTIONS.values())} comparisons, {wrong} wrong")
    return 1 if wrong else 0


def page(rows):
    libraries = ["talib", "pandas-ta", "tulip", "pandas"]
    head = ["Function", f"TA-Lib {talib.__version__}", f"pandas-ta-classic {pta.version}",
            "tulip", f"pandas {pd.__version__}"]
    lines = [
        "# Functions beside other libraries", "",
        "<!-- Made by tests/peers/functions.py --table. -->", "",
        f"Over {BARS:,} random bars, from the first on which both have a value. *equal*: to one",
        "part in 10^9 on all of them. *converges*: they begin with another value and forget it;",
        "equal on the last bars.",
        "`make test-peers` holds each to what stands here.", "",
        "| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
    for text, cells in rows:
        told = [cells.get(library, "") for library in libraries]
        lines.append(f"| `{text}` | " + " | ".join(told) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
