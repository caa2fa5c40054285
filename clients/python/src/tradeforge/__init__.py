"""Client of the TradeForge backtest server.

```python
import tradeforge

with tradeforge.connect() as client:
    client.generate("SYN:DEMO@1h", bars=20_000, seed=42)
    run = client.backtest("sma_cross", on="SYN:DEMO@1h", params={"fast": 10, "slow": 50})
    result = run.wait()
    print(result["metrics"]["sharpe"], result["trade_count"])
```

What comes back is frozen dataclasses and plain dicts; the messages as they were sent are in
`tradeforge.v1`, and on each dataclass as `pb`.
"""

from tradeforge._client import Client, connect
from tradeforge._convert import SubscriptionInput, TimeInput
from tradeforge._errors import (
    Exhausted,
    Invalid,
    NotFound,
    Precondition,
    RunCancelled,
    RunFailed,
    TradeForgeError,
    Unavailable,
    WaitTimeout,
)
from tradeforge._run import Run
from tradeforge._trials import Trials
from tradeforge._values import (
    Calendar,
    DecimalInput,
    Disposition,
    EndOfRunPolicy,
    EntryBarPolicy,
    EquityFraction,
    Failure,
    FixedNotional,
    FixedQuantity,
    Imported,
    Metric,
    Parameter,
    ParamInput,
    Progress,
    Result,
    Reuse,
    RunKind,
    RunState,
    Series,
    ServerInfo,
    Sizing,
    Status,
    Steps,
    Strategy,
    Subscription,
    Swept,
    TradeRow,
    Trial,
    TrialState,
    Validation,
)

__version__ = "0.1.0"

__all__ = [
    "Calendar",
    "Client",
    "DecimalInput",
    "Disposition",
    "EndOfRunPolicy",
    "EntryBarPolicy",
    "EquityFraction",
    "Exhausted",
    "Failure",
    "FixedNotional",
    "FixedQuantity",
    "Imported",
    "Invalid",
    "Metric",
    "NotFound",
    "ParamInput",
    "Parameter",
    "Precondition",
    "Progress",
    "Result",
    "Reuse",
    "Run",
    "RunCancelled",
    "RunFailed",
    "RunKind",
    "RunState",
    "Series",
    "ServerInfo",
    "Sizing",
    "Status",
    "Steps",
    "Strategy",
    "Subscription",
    "SubscriptionInput",
    "Swept",
    "TimeInput",
    "TradeForgeError",
    "TradeRow",
    "Trial",
    "TrialState",
    "Trials",
    "Unavailable",
    "Validation",
    "WaitTimeout",
    "connect",
]
