"""What holding costs, as the wire has it."""

from __future__ import annotations

from typing import Any

import pytest

import tradeforge as tf
from tradeforge import _request
from tradeforge.v1 import types_pb2

ON = ["TEST:A@1m", "TEST:B@1m", "TEST:A@1h"]


def spec(carry: tf.Carry, **options: Any) -> types_pb2.BacktestSpec:
    request = _request.backtest_request("sma_cross", on=ON, params={}, carry=carry, **options)
    return request.backtest


def test_rates_are_exact_and_absent_where_there_are_none() -> None:
    carry = spec(tf.Carry(borrow_rate="0.03", debit_rate=1)).simulation.carry
    assert (carry.borrow_rate, carry.cash_rate, carry.debit_rate) == ("0.03", "0", "1")
    assert not spec(tf.Carry()).simulation.HasField("carry")
    inexact: Any = 0.03
    with pytest.raises(TypeError, match="borrow_rate must be exact"):
        spec(tf.Carry(borrow_rate=inexact))
    with pytest.raises(TypeError, match="a Carry"):
        spec({"borrow_rate": "0.03"})  # type: ignore[arg-type]


def test_series_are_named_once_and_stand_at_the_instruments_that_they_are_of() -> None:
    carry = tf.Carry(funding=["rates", "own@TEST:B"], dividends="rates")
    described = spec(carry, aux="signals")
    assert [it.name for it in described.aux] == ["signals", "rates", "own"]
    terms = [(it.symbol, it.funding, it.dividends) for it in described.simulation.instruments]
    assert terms == [("A", "rates", "rates"), ("B", "own", "rates")]


def test_a_margin_leaves_the_initial_rate_to_the_leverage() -> None:
    margin = tf.Margin(maintenance_rate="0.005", liquidation_fee_rate="0.002")
    simulation = spec(tf.Carry(), margin=margin, max_leverage=10).simulation
    rates = simulation.margin
    assert (rates.initial_rate, rates.maintenance_rate) == ("", "0.005")
    assert rates.liquidation_fee_rate == "0.002"
