"""The same client for asyncio: the same names, each call to be awaited.

```python
from tradeforge import aio

async with aio.connect() as client:
    run = await client.backtest("sma_cross", on="SYN:DEMO@1h")
    async for status in run.watch():
        print(status.state)
    print((await run.result()).metrics["sharpe"])
```

`run.total` and `run.run_key` are awaited too. Values, tables and errors are those of `tradeforge`.
"""

from tradeforge.aio._client import Client, connect
from tradeforge.aio._local import local
from tradeforge.aio._run import AnyRun, Run
from tradeforge.aio._study import Study

__all__ = ["AnyRun", "Client", "Run", "Study", "connect", "local"]
