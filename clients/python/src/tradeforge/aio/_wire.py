"""One connection: the services of a server, and the ways to call them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar
from weakref import WeakValueDictionary

import grpc

from tradeforge._access import bearer, identity, roots
from tradeforge._channel import target
from tradeforge._errors import from_rpc
from tradeforge._server import Server
from tradeforge.v1.access_service_pb2_grpc import AccessServiceStub
from tradeforge.v1.bundle_service_pb2_grpc import BundleServiceStub
from tradeforge.v1.hook_service_pb2_grpc import HookServiceStub
from tradeforge.v1.market_data_service_pb2_grpc import MarketDataServiceStub
from tradeforge.v1.result_service_pb2_grpc import ResultServiceStub
from tradeforge.v1.run_service_pb2_grpc import RunServiceStub
from tradeforge.v1.strategy_service_pb2_grpc import StrategyServiceStub
from tradeforge.v1.system_service_pb2_grpc import SystemServiceStub

if TYPE_CHECKING:  # async only
    from tradeforge.v1.access_service_pb2_grpc import AccessServiceAsyncStub
    from tradeforge.v1.bundle_service_pb2_grpc import BundleServiceAsyncStub
    from tradeforge.v1.hook_service_pb2_grpc import HookServiceAsyncStub
    from tradeforge.v1.market_data_service_pb2_grpc import MarketDataServiceAsyncStub
    from tradeforge.v1.result_service_pb2_grpc import ResultServiceAsyncStub
    from tradeforge.v1.run_service_pb2_grpc import RunServiceAsyncStub
    from tradeforge.v1.strategy_service_pb2_grpc import StrategyServiceAsyncStub
    from tradeforge.v1.system_service_pb2_grpc import SystemServiceAsyncStub

_Request = TypeVar("_Request")
_Response = TypeVar("_Response")

pause = asyncio.sleep


class Wire:
    """The services of one server. `timeout` bounds a call in seconds unless it says otherwise.

    The connection is opened when it is first used. Pickled, it is the address, without a token:
    what comes out of pickles in one process shares one connection and the token of its environment.
    """

    def __init__(
        self,
        address: str,
        timeout: float | None,
        token: str | None = None,
        tls_ca: str | os.PathLike[str] | None = None,
        client_cert: str | os.PathLike[str] | None = None,
        client_key: str | os.PathLike[str] | None = None,
    ) -> None:
        self.address = address
        self.timeout = timeout
        self.server: Server | None = None
        """The server that ends with this connection, if it has one of its own."""
        self._target = target(address)
        self.metadata = bearer(token, self._target)
        """What is sent with each call: the token, if there is one."""
        self._roots = roots(tls_ca) if self._target.is_secure else None
        self._key, self._chain = identity(client_cert, client_key, self._target)

    def __reduce__(self) -> tuple[object, ...]:
        return shared_wire, (self.address, self.timeout)

    @property
    def url(self) -> str:
        """The server's page."""
        return self._target.url

    @cached_property
    def _channel(self) -> grpc.aio.Channel:
        place, options = self._target.place, list(self._target.options)
        if self._target.is_secure:
            secure = grpc.ssl_channel_credentials(self._roots, self._key, self._chain)
            return grpc.aio.secure_channel(place, secure, options=options)
        return grpc.aio.insecure_channel(place, options=options)

    @cached_property
    def runs(self) -> RunServiceAsyncStub:
        """The calls of RunService."""
        return RunServiceStub(self._channel)

    @cached_property
    def results(self) -> ResultServiceAsyncStub:
        """The calls of ResultService."""
        return ResultServiceStub(self._channel)

    @cached_property
    def strategies(self) -> StrategyServiceAsyncStub:
        """The calls of StrategyService."""
        return StrategyServiceStub(self._channel)

    @cached_property
    def market_data(self) -> MarketDataServiceAsyncStub:
        """The calls of MarketDataService."""
        return MarketDataServiceStub(self._channel)

    @cached_property
    def access(self) -> AccessServiceAsyncStub:
        """The calls of AccessService."""
        return AccessServiceStub(self._channel)

    @cached_property
    def bundles(self) -> BundleServiceAsyncStub:
        """The calls of BundleService."""
        return BundleServiceStub(self._channel)

    @cached_property
    def hooks(self) -> HookServiceAsyncStub:
        """The calls of HookService."""
        return HookServiceStub(self._channel)

    @cached_property
    def system(self) -> SystemServiceAsyncStub:
        """The calls of SystemService."""
        return SystemServiceStub(self._channel)

    async def call(
        self,
        method: grpc.aio.UnaryUnaryMultiCallable[_Request, _Response],
        request: _Request,
        timeout: float | None = None,
    ) -> _Response:
        """Make one call; its error becomes a TradeForgeError."""
        try:
            patience = self.timeout if timeout is None else timeout
            return await method(request, timeout=patience, metadata=self.metadata)
        except grpc.RpcError as error:
            raise from_rpc(error, self.address) from None

    async def stream(
        self, method: grpc.aio.UnaryStreamMultiCallable[_Request, _Response], request: _Request
    ) -> AsyncGenerator[_Response, None]:
        """Yield what a stream brings; it is cancelled when nobody reads on."""
        answers = method(request, metadata=self.metadata)
        try:
            async for answer in answers:
                yield answer
        except grpc.RpcError as error:
            raise from_rpc(error, self.address) from None
        finally:
            answers.cancel()

    async def close(self) -> None:
        """End the connection and the calls on it, and the server of its own."""
        await self._channel.close()
        if self.server is not None:
            await asyncio.to_thread(self.server.stop)


_shared: WeakValueDictionary[tuple[str, float | None], Wire] = WeakValueDictionary()


def shared_wire(address: str, timeout: float | None) -> Wire:
    """Return the connection that all that came out of pickles has."""
    wire = _shared.get((address, timeout))
    if wire is None:
        wire = _shared[address, timeout] = Wire(address, timeout)
    return wire
