"""What holding costs, what must be left for it, what differs for one instrument: pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tradeforge._inputs import Fees


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Margin:
    """What must be left of the equity while positions are held, all of them together.

    Where a price inside a bar brings the equity down to it, the position is closed there
    (LIQUIDATION).
    """

    maintenance_rate: str | int | Decimal
    """The part of a position's value that must be left."""
    initial_rate: str | int | Decimal | None = None
    """The part that an entry needs; None means 1 over max_leverage."""
    liquidation_fee_rate: str | int | Decimal = "0"
    """What a liquidation pays beside the fees, a fraction of its notional."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentTerms:
    """What differs for one instrument; None means as for all.

    `instruments={"CME:ES": tf.InstrumentTerms(contract_multiplier=50)}` of a run.
    """

    contract_multiplier: str | int | Decimal | None = None
    """Money that one unit of price of one unit of quantity is worth: 50 for a future of 50 dollars
    a point; None means 1."""
    fees: Fees | None = None
    """What its fills pay, in place of the fees of all."""
    slippage_ticks: str | int | Decimal | None = None
    """Ticks against the trader. With any of these four, its slippage is these four."""
    slippage_rate: str | int | Decimal | None = None
    """The same as a fraction of the price."""
    slippage_range: str | int | Decimal | None = None
    """The same as a fraction of the range, high less low, of the bar before the fill."""
    limit_through_ticks: int | None = None
    """Ticks by which a price must go through a limit or a target to fill it."""
    margin: Margin | None = None
    """What must be left for it, in place of the margin of all."""
    borrow_rate: str | int | Decimal | None = None
    """What a short position pays a year, in place of that of all."""
