"""What differs for single instruments, as the wire has it."""

from __future__ import annotations

from typing import Any

import pytest

import tradeforge as tf
from tradeforge import _request
from tradeforge.v1 import types_pb2


def terms(**options: Any) -> list[types_pb2.InstrumentTerms]:
    on = ["CME:ES@1d", "NYSE:SPY@1d"]
    request = _request.backtest_request("fixed_weights", on=on, params={}, **options)
    return list(request.backtest.simulation.instruments)


def test_what_is_not_said_is_as_for_all() -> None:
    es = tf.InstrumentTerms(
        contract_multiplier=50,
        fees=tf.Fees(per_unit="2.25"),
        slippage_ticks=1,
        margin=tf.Margin(maintenance_rate="0.05"),
    )
    [told] = terms(instruments={"CME:ES": es})
    assert (told.exchange, told.symbol, told.contract_multiplier) == ("CME", "ES", "50")
    assert (told.fees.per_unit, told.slippage.ticks, told.borrow_rate) == ("2.25", "1", "")
    assert (told.margin.maintenance_rate, told.margin.initial_rate) == ("0.05", "")
    [plain] = terms(instruments={"CME:ES": tf.InstrumentTerms(borrow_rate="0.1")})
    assert [plain.HasField(name) for name in ("fees", "slippage", "margin")] == [False] * 3
    assert plain.borrow_rate == "0.1"


def test_they_stand_beside_what_charges_the_instrument() -> None:
    carry = tf.Carry(funding="rates@CME:ES")
    both = terms(carry=carry, instruments={"CME:ES": tf.InstrumentTerms(contract_multiplier=50)})
    assert [(it.funding, it.contract_multiplier) for it in both] == [("rates", "50")]


def test_what_is_no_terms_is_refused() -> None:
    inexact: Any = 12.1
    with pytest.raises(TypeError, match="contract_multiplier must be exact"):
        terms(instruments={"CME:ES": tf.InstrumentTerms(contract_multiplier=inexact)})
    with pytest.raises(ValueError, match="EXCHANGE:SYMBOL"):
        terms(instruments={"ES": tf.InstrumentTerms(contract_multiplier=50)})
    with pytest.raises(TypeError, match="must be InstrumentTerms"):
        terms(instruments={"CME:ES": {"contract_multiplier": 50}})
