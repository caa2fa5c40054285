"""Reports out of their messages."""

from __future__ import annotations

from datetime import date

from tradeforge._report import report
from tradeforge.v1 import result_service_pb2


def test_lists_of_a_report_are_read_with_their_days() -> None:
    message = result_service_pb2.GetReportResponse(
        days=[0, 1, 3],
        equity=[10.0, 12.0, 9.0],
        benchmark=[1.0, 1.5, 2.0],
        rolling_sharpe=[0.5],
        rolling_sharpe_days=[3],
        rolling_volatility=[0.0, 0.25],
        rolling_exposure=[0.5, -0.25],
        figures={"best_day": 0.2},
        total_days=3,
    )
    message.returns.add(year=1970, month=1, value=-0.1, benchmark=0.5)
    message.returns.add(year=1970, value=-0.1)
    fall = message.drawdowns.add(depth=0.25)
    fall.start_time.FromSeconds(86_400)
    fall.trough_time.FromSeconds(3 * 86_400)
    read = report(message)
    assert read.days == (date(1970, 1, 1), date(1970, 1, 2), date(1970, 1, 4))
    # Windows end with the last days, and the first of them stood still.
    assert read.rolling_volatility == {date(1970, 1, 2): 0.0, date(1970, 1, 4): 0.25}
    assert read.rolling_exposure == {date(1970, 1, 2): 0.5, date(1970, 1, 4): -0.25}
    assert read.rolling_sharpe == {date(1970, 1, 4): 0.5}
    assert read.months == {(1970, 1): -0.1}
    assert read.years == {1970: -0.1}
    assert [each.benchmark for each in read.returns] == [0.5, None]
    (drawdown,) = read.drawdowns
    assert (drawdown.start, drawdown.trough) == (date(1970, 1, 2), date(1970, 1, 4))
    assert (drawdown.end, drawdown.depth) == (None, 0.25)


def test_a_report_without_days_is_empty() -> None:
    read = report(result_service_pb2.GetReportResponse())
    assert (read.days, read.returns, read.rolling_volatility) == ((), (), {})
