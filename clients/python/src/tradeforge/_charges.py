"""What holding costs, on its way to the wire: pure."""

from __future__ import annotations

from tradeforge._aux_values import aux_subscription
from tradeforge._carry import Carry, Margin
from tradeforge._convert import decimal_string
from tradeforge.v1 import types_pb2


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


def margin(value: Margin) -> types_pb2.Margin:
    """Say what must be left of the equity."""
    if not isinstance(value, Margin):
        raise TypeError(f"margin must be a Margin, not {type(value).__name__}")
    message = types_pb2.Margin(
        maintenance_rate=decimal_string("maintenance_rate", value.maintenance_rate),
        liquidation_fee_rate=decimal_string("liquidation_fee_rate", value.liquidation_fee_rate),
    )
    if value.initial_rate is not None:
        message.initial_rate = decimal_string("initial_rate", value.initial_rate)
    return message
