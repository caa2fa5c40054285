"""What differs for single instruments of a run, on its way to the wire: pure."""

from __future__ import annotations

from collections.abc import Mapping

from tradeforge._carry import InstrumentTerms
from tradeforge._charges import margin
from tradeforge._convert import decimal_string
from tradeforge.v1 import types_pb2


def add_terms(spec: types_pb2.BacktestSpec, given: Mapping[str, InstrumentTerms]) -> None:
    """Say what differs for whom, beside what charges them."""
    for name, value in given.items():
        if not isinstance(value, InstrumentTerms):
            raise TypeError(f"instruments[{name!r}] must be InstrumentTerms, not {value!r}")
        exchange, colon, symbol = name.partition(":")
        if not (exchange and colon and symbol) or "@" in symbol:
            raise ValueError(f"instruments: write EXCHANGE:SYMBOL, not {name!r}")
        known = (it for it in spec.simulation.instruments if it.exchange == exchange)
        terms = next((it for it in known if it.symbol == symbol), None)
        if terms is None:
            terms = spec.simulation.instruments.add(exchange=exchange, symbol=symbol)
        _fill(terms, value)


def _fill(terms: types_pb2.InstrumentTerms, value: InstrumentTerms) -> None:
    from tradeforge._request import fees

    if value.contract_multiplier is not None:
        number = decimal_string("contract_multiplier", value.contract_multiplier)
        terms.contract_multiplier = number
    if value.borrow_rate is not None:
        terms.borrow_rate = decimal_string("borrow_rate", value.borrow_rate)
    if value.fees is not None:
        terms.fees.CopyFrom(fees(value.fees))
    if value.margin is not None:
        terms.margin.CopyFrom(margin(value.margin))
    if value.slippage_ticks is not None:
        terms.slippage.ticks = decimal_string("slippage_ticks", value.slippage_ticks)
    if value.slippage_rate is not None:
        terms.slippage.rate = decimal_string("slippage_rate", value.slippage_rate)
    if value.slippage_range is not None:
        terms.slippage.range_fraction = decimal_string("slippage_range", value.slippage_range)
    if value.limit_through_ticks is not None:
        terms.slippage.limit_through_ticks = value.limit_through_ticks
