"""What trading costs, sizes by risk, and axes over the account, as the wire has them."""

from __future__ import annotations

from typing import Any, Unpack

import pytest

import tradeforge as tf
from tradeforge import _request
from tradeforge.v1 import types_pb2

ON = "TEST:BARS@1m"


def account(**options: Unpack[tf.RunOptions]) -> types_pb2.Simulation:
    request = _request.backtest_request("sma_cross", on=ON, params={}, **options)
    return request.backtest.simulation


def test_fees_stand_in_place_of_the_commission() -> None:
    fees = tf.Fees(taker_rate="0.0005", maker_rate="0.0002", minimum=1)
    simulation = account(fees=fees)
    assert simulation.commission_rate == ""
    assert (simulation.fees.taker_rate, simulation.fees.maker_rate) == ("0.0005", "0.0002")
    assert (simulation.fees.minimum, simulation.fees.maximum_rate) == ("1", "")
    with pytest.raises(ValueError, match="taker_rate"):
        account(fees=fees, commission="0.001")
    inexact: Any = 0.005
    with pytest.raises(TypeError, match="per_unit must be exact"):
        account(fees=tf.Fees(per_unit=inexact))


def test_a_rate_of_slippage_takes_the_ticks_with_it() -> None:
    simulation = account(slippage_ticks=2, slippage_rate="0.0001")
    assert simulation.slippage_ticks == ""
    assert (simulation.slippage.ticks, simulation.slippage.rate) == ("2", "0.0001")
    assert account(slippage_ticks=2).slippage_ticks == "2"
    assert not account(slippage_ticks=2).HasField("slippage")


def test_a_part_of_the_range_before_is_slippage_too() -> None:
    simulation = account(slippage_range="0.1")
    assert simulation.slippage_ticks == ""
    assert (simulation.slippage.ticks, simulation.slippage.range_fraction) == ("0", "0.1")


def test_limits_that_must_be_gone_through_take_the_ticks_with_them() -> None:
    simulation = account(slippage_ticks=2, limit_through_ticks=1)
    assert simulation.slippage_ticks == ""
    assert (simulation.slippage.ticks, simulation.slippage.limit_through_ticks) == ("2", 1)


def test_a_share_of_the_volume_is_a_limit() -> None:
    assert account(limits=tf.Limits(max_volume_share="0.05")).limits.max_volume_share == "0.05"
    assert account(limits=tf.Limits(max_positions=3)).limits.max_volume_share == ""
    inexact: Any = 0.05
    with pytest.raises(TypeError, match="max_volume_share must be exact"):
        account(limits=tf.Limits(max_volume_share=inexact))


def test_risk_is_a_sizing() -> None:
    assert account(sizing=tf.RiskFraction("0.01")).sizing.risk_fraction == "0.01"


def test_a_number_of_the_account_is_an_axis_even_with_one_value() -> None:
    path = "exits.trailing_stop.distance"
    params: dict[str, Any] = {
        "slow": 20,
        f"{path}.atr.period": 10,
        f"{path}.atr.multiple": tf.Steps(1, 3, 0.5),
    }
    request = _request.sweep_request("sma_cross", on=ON, params=params, where=f"{path}.x < slow")
    spec = request.optimization
    assert list(spec.base.params) == ["slow"]
    assert {axis.name for axis in spec.axes} == {f"{path}.atr.period", f"{path}.atr.multiple"}
    assert spec.param_constraints[0].left == f"{path}.x"


def test_a_size_by_the_average_range_has_its_period() -> None:
    sizing = account(sizing=tf.RangeFraction("0.01", period=20)).sizing
    assert (sizing.range_fraction.fraction, sizing.range_fraction.period) == ("0.01", 20)
    usual = account(sizing=tf.RangeFraction("0.01")).sizing
    assert usual.range_fraction.period == 14
