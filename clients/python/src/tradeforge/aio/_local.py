"""A server and a client of it in one, for asyncio: `aio.local()`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Generator, Mapping
from types import TracebackType
from typing import Any

from tradeforge import _server
from tradeforge._call import public
from tradeforge._local import refuse_other
from tradeforge.aio._client import Client


@public
def local(
    data_dir: str | os.PathLike[str] | None = None,
    *,
    workers: int | None = None,
    settings: Mapping[str, _server.Setting] | None = None,
    binary: str | os.PathLike[str] | None = None,
    start_timeout: float = 60.0,
    timeout: float | None = 30.0,
) -> Local:
    """Start a server of this program's own, and return a client of it, when entered or awaited.

    `async with local() as client`, or `client = await local()`. All else is as in
    `tradeforge.local`.
    """
    words = _server.arguments(data_dir, workers, settings)
    return Local(words, binary, start_timeout, timeout)


class Local:
    """A server that is started when it is entered or awaited."""

    def __init__(
        self,
        words: list[str],
        binary: str | os.PathLike[str] | None,
        start_timeout: float,
        timeout: float | None,
    ) -> None:
        self._words = words
        self._binary = binary
        self._start_timeout = start_timeout
        self._timeout = timeout
        self._client: Client | None = None

    def __await__(self) -> Generator[Any, None, Client]:
        return self._start().__await__()

    async def __aenter__(self) -> Client:
        self._client = await self._start()
        return self._client

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._client is not None:
            await self._client.close()

    async def _start(self) -> Client:
        program = _server.find(self._binary)
        # Cancelled meanwhile, nobody has the server, and so it ends.
        server = await asyncio.to_thread(_server.Server, program, self._words, self._start_timeout)
        client = Client(server.url, timeout=self._timeout)
        client.wire.server = server
        try:
            refuse_other(program, (await client.server_info()).version)
        except BaseException:
            await client.close()
            raise
        return client
