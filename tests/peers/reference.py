"""Indicators and signals once more, written from the definitions and from nothing else.

Prices are whole ticks. Every function returns one value a bar, NaN until it is defined.
"""

import numpy as np
import pandas as pd


def sma_sums(closes, length):
    """Exact window sums: averages of two lengths are compared cross-multiplied, so ties are ties."""
    sums = np.cumsum(np.concatenate(([0], closes)))
    out = np.zeros(len(closes), dtype=np.int64)
    out[length - 1 :] = sums[length:] - sums[:-length]
    return out


def sma(closes, length):
    return pd.Series(closes).rolling(length).mean().to_numpy()


def ema(values, length):
    """Seeded with the plain mean of the first `length` values that are defined."""
    values = np.asarray(values, dtype=float)
    out = np.full(len(values), np.nan)
    first = int(np.argmax(~np.isnan(values))) if not np.isnan(values).all() else len(values)
    seed = first + length - 1
    if seed >= len(values):
        return out
    weight = 2.0 / (length + 1)
    seeded = values[seed:].copy()
    seeded[0] = values[first : seed + 1].mean()
    out[seed:] = pd.Series(seeded).ewm(alpha=weight, adjust=False).mean().to_numpy()
    return out


def macd_signal(closes, fast, slow, signal):
    return ema(ema(closes, fast) - ema(closes, slow), signal)


def wilder(values, length, first):
    """Wilder's smoothing, seeded with the mean of `length` values from `first` on."""
    out = np.full(len(values), np.nan)
    seed = first + length - 1
    if seed >= len(values):
        return out
    average = out[seed] = values[first : seed + 1].sum() / length
    for bar in range(seed + 1, len(values)):
        average = out[bar] = (average * (length - 1) + values[bar]) / length
    return out


def rsi(closes, length):
    change = np.diff(closes, prepend=closes[0]).astype(float)
    gain = wilder(np.maximum(change, 0.0), length, 1)
    loss = wilder(np.maximum(-change, 0.0), length, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return 100.0 * gain / (gain + loss)


def atr(highs, lows, closes, length):
    before = np.concatenate(([lows[0]], closes[:-1]))
    ranges = np.maximum(highs, before) - np.minimum(lows, before)
    return wilder(ranges.astype(float), length, 0)


def deviation(closes, length):
    return pd.Series(closes).rolling(length).std(ddof=0).to_numpy()


def highest(highs, length):
    return pd.Series(highs).rolling(length).max().to_numpy()


def lowest(lows, length):
    return pd.Series(lows).rolling(length).min().to_numpy()


def before(values):
    """The value of the bar before."""
    return np.concatenate(([np.nan], values[:-1]))


def signals(strategy, params, bars):
    """What each close says: enter long, exit long, enter short, exit short; and the stop distance."""
    closes, no_stop = bars["close"], np.full(len(bars["close"]), np.nan)
    if strategy == "sma_cross":
        fast, slow = params["fast"], params["slow"]
        gap = sma_sums(closes, fast) * slow - sma_sums(closes, slow) * fast
        bar = np.arange(len(closes))
        was, known = np.concatenate(([0], gap[:-1])), bar >= slow
        up, down = known & (gap > 0) & (was <= 0), known & (gap < 0) & (was >= 0)
        return up, down, down, up, no_stop
    if strategy == "rsi_reversion":
        value = rsi(closes, params["period"])
        weak, strong = value < params["oversold"], value > params["overbought"]
        return weak, strong, strong, weak, no_stop
    if strategy == "donchian_breakout":
        range_ = atr(bars["high"], bars["low"], closes, params["atr_period"])
        known = ~np.isnan(range_)
        above = lambda length: known & (closes > before(highest(bars["high"], length)))
        below = lambda length: known & (closes < before(lowest(bars["low"], length)))
        entry, leave = params["entry"], params["exit"]
        return above(entry), below(leave), below(entry), above(leave), params["atr_stop"] * range_
    raise ValueError(strategy)


def allowed(direction, four):
    """The signals without those of the side that may not be taken."""
    enter_long, exit_long, enter_short, exit_short = four
    none = np.zeros(len(enter_long), dtype=bool)
    if direction == "long_only":
        return enter_long, exit_long, none, none
    if direction == "short_only":
        return none, none, enter_short, exit_short
    return enter_long, exit_long, enter_short, exit_short


def stop_level(side, fill, distance):
    """A computed level is rounded to the nearest tick, half away from zero. Ticks."""
    level = fill - side * distance
    return int(np.copysign(np.floor(abs(level) + 0.5), level))
