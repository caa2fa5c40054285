"""What holding costs or brings over time: pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from tradeforge._aux_values import aux_subscription
from tradeforge._convert import decimal_string
from tradeforge.v1 import types_pb2


@dataclass(frozen=True, slots=True, kw_only=True)
class Carry:
    """What holding costs or brings beside what fills pay.

    Rates are of a year, by calendar days of UTC over 365. Series are auxiliary ones, as in
    "funding@BINANCE:BTCUSDT" for that instrument, or of a name alone for all of the run; see
    `Client.import_aux`.
    """

    borrow_rate: str | int | Decimal = "0"
    """What short positions pay on their value."""
    cash_rate: str | int | Decimal = "0"
    """What cash above zero earns."""
    debit_rate: str | int | Decimal = "0"
    """What cash below zero pays."""
    funding: str | Sequence[str] = ()
    """Rates that longs pay on their value and shorts receive, each when it is known: the column
    "rate", or the only one."""
    dividends: str | Sequence[str] = ()
    """Money per unit that longs receive and shorts pay: the column "amount", or the only one."""


def charge(spec: types_pb2.BacktestSpec, value: Carry) -> None:
    """Say what holding costs, and name the series in the spec."""
    if not isinstance(value, Carry):
        raise TypeError(f"carry must be a Carry, not {type(value).__name__}")
    names = ("borrow_rate", "cash_rate", "debit_rate")
    rates = {name: decimal_string(name, getattr(value, name)) for name in names}
    if any(rate != "0" for rate in rates.values()):
        spec.simulation.carry.CopyFrom(types_pb2.Carry(**rates))
    traded = dict.fromkeys((it.exchange, it.symbol) for it in spec.subscriptions)
    terms: dict[tuple[str, str], types_pb2.InstrumentTerms] = {}
    for kind in ("funding", "dividends"):
        given = getattr(value, kind)
        for name in [given] if isinstance(given, str) else given:
            series = aux_subscription(name)
            if series not in spec.aux:
                spec.aux.append(series)
            owners = [(series.exchange, series.symbol)] if series.exchange else list(traded)
            for owner in owners:
                own = types_pb2.InstrumentTerms(exchange=owner[0], symbol=owner[1])
                setattr(terms.setdefault(owner, own), kind, series.name)
    spec.simulation.instruments.extend(terms.values())
