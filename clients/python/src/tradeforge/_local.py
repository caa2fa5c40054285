"""A server and a client of it in one: `tradeforge.local()`."""

from __future__ import annotations

import os
from collections.abc import Mapping

from tradeforge import _server
from tradeforge._call import public
from tradeforge._client import Client
from tradeforge._errors import LocalServerError
from tradeforge._version import __version__


@public
def local(
    data_dir: str | os.PathLike[str] | None = None,
    *,
    workers: int | None = None,
    settings: Mapping[str, _server.Setting] | None = None,
    binary: str | os.PathLike[str] | None = None,
    start_timeout: float = 60.0,
    timeout: float | None = 30.0,
) -> Client:
    """Start a server of this program's own and return a client of it, whose end is its end.

    Use it in a `with`, or close it. It listens on a free port of this machine alone, and dies with
    this process, also if that is killed.

    Args:
        data_dir: Where bars and runs are kept, for the next time as well; one server at a time
            has a folder. None: a temporary folder, removed at the end.
        workers: Threads that compute. None: one for each core.
        settings: Other settings of `tradeforge serve` by name, as in {"trials_max": 1_000_000}.
        binary: The program. None: TRADEFORGE_BIN, else the one in the package, else PATH's.
        start_timeout: Seconds that it may take to come up.
        timeout: Bounds each call in seconds, as in `connect`.

    Raises:
        LocalServerError: There is no program, it did not start, or it is of another version.
    """
    program = _server.find(binary)
    server = _server.Server(program, _server.arguments(data_dir, workers, settings), start_timeout)
    client = Client(server.url, timeout=timeout)
    # It lives as long as anything uses the connection, a handle on a run for instance.
    client.wire.server = server
    try:
        refuse_other(program, client.server_info().version)
    except BaseException:
        client.close()
        raise
    return client


def refuse_other(program: os.PathLike[str], version: str) -> None:
    """Raise unless the server is of this package's version."""
    if version != __version__:
        raise LocalServerError(
            f"{os.fspath(program)} is TradeForge {version}, and this package is {__version__}: "
            "install both of one version"
        )
