"""What a run did from day to day, by month and year: what the server keeps nowhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from tradeforge._convert import from_timestamp
from tradeforge.v1 import result_service_pb2

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class PeriodReturn:
    """The return of one month or year."""

    year: int
    month: int | None
    """From 1 to 12; None for the whole year."""
    value: float
    benchmark: float | None
    """What holding the instrument of the first subscription brought."""


@dataclass(frozen=True, slots=True)
class Drawdown:
    """One fall of the equity from a peak, and back if it came back; from day to day."""

    start: date
    """The last day at the peak; the day before the first stands for the money at the start."""
    trough: date
    end: date | None
    """The day on which the equity was as high again; None if it never was."""
    depth: float
    """As a fraction of the peak."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a backtest or a trial did from day to day."""

    days: tuple[date, ...]
    """The days that count; of more than 20,000 the last ones."""
    equity: tuple[float, ...]
    """At the end of each day."""
    benchmark: tuple[float, ...]
    """What one unit of money would be worth then had it been put into the instrument of the first
    subscription at its first open."""
    returns: tuple[PeriodReturn, ...]
    """Months, then years."""
    drawdowns: tuple[Drawdown, ...]
    """The ten deepest, the deepest first."""
    rolling_sharpe: Mapping[date, float]
    """By the last day of each window; one in which nothing moved is not there."""
    rolling_volatility: Mapping[date, float]
    rolling_exposure: Mapping[date, float]
    """The positions' signed value over the equity, in the mean of the days' ends of each window."""
    figures: Mapping[str, float]
    """value_at_risk, conditional_value_at_risk, omega, tail_ratio, best_day, worst_day,
    positive_days, average_mae and average_mfe; and what holding cost: funding_paid, dividends_paid,
    borrowing_paid, interest_paid. One that is undefined is not there."""
    total_days: int

    @property
    def months(self) -> dict[tuple[int, int], float]:
        """The returns of the months, by year and month."""
        return {(each.year, each.month): each.value for each in self.returns if each.month}

    @property
    def years(self) -> dict[int, float]:
        """The returns of the years."""
        return {each.year: each.value for each in self.returns if not each.month}


def report(message: result_service_pb2.GetReportResponse) -> Report:
    """Read a report."""
    days = tuple(map(_day, message.days))
    by_window = partial(_by_last_day, days)
    return Report(
        days=days,
        equity=tuple(message.equity),
        benchmark=tuple(message.benchmark),
        returns=tuple(
            PeriodReturn(
                each.year,
                each.month or None,
                each.value,
                each.benchmark if each.HasField("benchmark") else None,
            )
            for each in message.returns
        ),
        drawdowns=tuple(
            Drawdown(
                from_timestamp(each.start_time).date(),
                from_timestamp(each.trough_time).date(),
                from_timestamp(each.end_time).date() if each.HasField("end_time") else None,
                each.depth,
            )
            for each in message.drawdowns
        ),
        rolling_sharpe=dict(
            zip(map(_day, message.rolling_sharpe_days), message.rolling_sharpe, strict=True)
        ),
        rolling_volatility=by_window(message.rolling_volatility),
        rolling_exposure=by_window(message.rolling_exposure),
        figures=dict(message.figures),
        total_days=message.total_days,
    )


def _by_last_day(days: Sequence[date], values: Sequence[float]) -> dict[date, float]:
    """Windows end with the last days."""
    return dict(zip(days[len(days) - len(values) :], values, strict=True))


def _day(number: int) -> date:
    return _EPOCH + timedelta(days=number)
