"""What holding costs or brings over time: pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal


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
