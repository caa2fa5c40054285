"""How positions are left whatever the strategy does, and what may be held: pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from tradeforge.v1 import types_pb2

_PERCENT = re.compile(r"(\d+\.?\d*|\.\d+)%")
_TICKS = re.compile(r"(\d+)t")
_RANGES = re.compile(r"(\d+\.?\d*|\.\d+)atr(\d*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exits:
    """How positions are left besides the strategy.

    A distance is a text: "2%" of the price it is measured from, "150t" ticks, "2atr" average true
    ranges over 14 bars, "2atr20" over 20. A kind that is given stands in place of the strategy's
    own of that kind.
    """

    stop: str | None = None
    """Stop-loss so far from the fill."""
    targets: Sequence[str] = ()
    """At most 4, each so far beyond the fill; "4%:0.5" closes half of what is then held."""
    trail: str | None = None
    """Stop that follows the best price; "3%@1%" from a gain of 1 % on."""
    chandelier: bool = False
    """Whether a trailing stop in average true ranges takes them anew at each bar."""
    break_even: str | None = None
    """Stop at the entry once the price has gained so much; "1%@5t" five ticks beyond it."""
    max_bars: int = 0
    """Leaves after so many bars; 0 means never."""
    exit_at: str = ""
    """Leaves each day at this time, UTC, as in "21:00"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What may be held, and when entries are refused; 0 leaves it open."""

    max_positions: int = 0
    """Most instruments held at a time."""
    max_entries: int = 0
    """Most entries of one position; above 1 signals for the side that is held add to it."""
    cool_down_bars: int = 0
    """Bars from that of an exit on in which no entry is decided."""
    cool_down_after_loss_only: bool = False
    """Lets the cool-down follow losses only."""
    max_volume_share: str | int | Decimal | None = None
    """Greatest quantity of an entry as a fraction of the volume of the bar before its fill; None
    means any. One that is larger is refused whole."""
    close_after_days_without_bars: int = 0
    """Leaves a position whose instrument has had no bar for so long."""


def distance(text: str) -> types_pb2.Distance:
    """Read a distance."""
    if found := _PERCENT.fullmatch(text):
        fraction = Decimal(found[1]) / 100
        return types_pb2.Distance(percent=format(fraction, "f"))
    if found := _TICKS.fullmatch(text):
        return types_pb2.Distance(ticks=found[1])
    if found := _RANGES.fullmatch(text):
        atr = types_pb2.AtrDistance(multiple=found[1], period=int(found[2] or 0))
        return types_pb2.Distance(atr=atr)
    valid = "'2%', '150t' (ticks), '2atr' and '2atr20'"
    raise ValueError(f"{text!r} is no distance; valid are {valid}")


def exits(value: Exits) -> types_pb2.Exits:
    """Say how positions are left."""
    message = types_pb2.Exits(max_bars=value.max_bars, daily_exit_time=value.exit_at)
    if value.stop is not None:
        message.stop_loss.CopyFrom(distance(value.stop))
    for target in value.targets:
        first, _, portion = target.partition(":")
        message.take_profits.add(distance=distance(first), portion=portion)
    if value.trail is not None:
        first, _, gain = value.trail.partition("@")
        message.trailing_stop.distance.CopyFrom(distance(first))
        message.trailing_stop.chandelier = value.chandelier
        if gain:
            message.trailing_stop.activation.CopyFrom(distance(gain))
    elif value.chandelier:
        raise ValueError("chandelier needs trail, a trailing stop in average true ranges")
    if value.break_even is not None:
        first, _, offset = value.break_even.partition("@")
        message.break_even.trigger.CopyFrom(distance(first))
        if offset:
            message.break_even.offset.CopyFrom(distance(offset))
    return message


def limits(value: Limits) -> types_pb2.PositionLimits:
    """Say what may be held."""
    # The inputs are told of exits, and conversions of the inputs.
    from tradeforge._convert import decimal_string

    share = value.max_volume_share
    return types_pb2.PositionLimits(
        max_positions=value.max_positions,
        max_entries=value.max_entries,
        cool_down_bars=value.cool_down_bars,
        cool_down_after_loss_only=value.cool_down_after_loss_only,
        max_volume_share="" if share is None else decimal_string("max_volume_share", share),
        close_after_days_without_bars=value.close_after_days_without_bars,
    )
