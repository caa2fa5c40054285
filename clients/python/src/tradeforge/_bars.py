# Written by synchronous.py from aio/_bars.py: change that, and run it again.
"""Bars on the server: bringing them in, finding them, looking at them."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, Unpack

import grpc

from tradeforge import _decode, _request
from tradeforge._call import public
from tradeforge._convert import subscription, timestamp, whole_number
from tradeforge._errors import from_rpc
from tradeforge._frames import file_of
from tradeforge._inputs import (
    DecimalInput,
    SeriesOptions,
    Subscription,
    SubscriptionInput,
    TimeInput,
)
from tradeforge._tables import Bars
from tradeforge._values import Imported, Series
from tradeforge._wire import Wire
from tradeforge.v1 import market_data_service_pb2

_CHUNK_BYTES = 512 * 1024
_PAGE_SIZE = 1_000

Paths = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]
"""One file, or several of the same series."""


class MarketData:
    """What a client can be asked about bars."""

    wire: Wire

    @public
    def series(
        self,
        filter: str = "",  # noqa: A002
        *,
        old_versions: bool = False,
    ) -> list[Series]:
        """Return the stored bars, all or those of a filter as in 'exchange = "BINANCE"'.

        With `old_versions` every version of each is there, the newest first.
        """
        request = market_data_service_pb2.ListSeriesRequest(
            page_size=_PAGE_SIZE, filter=filter, include_old_versions=old_versions
        )
        found: list[Series] = []
        while True:
            page = self.wire.call(self.wire.market_data.ListSeries, request)
            found += [_decode.series(message) for message in page.series]
            if not page.next_page_token:
                return found
            request.page_token = page.next_page_token

    @public
    def delete_series(self, series: Series) -> None:
        """Remove this version of a series; the one before it is the newest then.

        Raises Precondition (SERIES_IN_USE) while a live run reads it. Completed runs on it stay,
        but can not be computed again.
        """
        request = market_data_service_pb2.DeleteSeriesRequest(
            data_sha256=series.data_sha256, exchange=series.exchange, symbol=series.symbol
        )
        self.wire.call(self.wire.market_data.DeleteSeries, request)

    @public
    def bars(
        self,
        on: SubscriptionInput,
        *,
        start: TimeInput | None = None,
        end: TimeInput | None = None,
        max_bars: int | None = None,
    ) -> Bars:
        """Return stored bars, made of a shorter timeframe where only that is stored.

        All of the span come, however many. With `max_bars` at most so many do, of a coarser
        timeframe if there are more, which the `timeframe` of the answer tells.
        """
        wanted = subscription(on)
        request = market_data_service_pb2.GetBarsRequest(
            subscription=wanted,
            time_range=_request.time_range(start, end),
            max_bars=max_bars or 0,
        )
        found: list[market_data_service_pb2.GetBarsResponse] = []
        ahead = [request]
        while ahead:
            request = ahead.pop()
            answer = self.wire.call(self.wire.market_data.GetBars, request)
            if max_bars is not None or answer.timeframe == wanted.timeframe:
                found.append(answer)
            else:
                # Too many for one answer: half the span at a time.
                ahead += reversed(_request.halves(request, answer))
        return Bars(found)

    @public
    def import_file(
        self, path: Paths, on: SubscriptionInput, **options: Unpack[SeriesOptions]
    ) -> Imported:
        """Upload bars from a file of any kind that the server reads, told by its content.

        Several files of the same series are stored all together or not at all.

        Args:
            path: The file or files, of any size; they are streamed.
            on: What they are, as in "BINANCE:BTCUSDT@1m".
            **options: How they are to be read:
                price_tick: Smallest price step, to which prices are rounded; None means the one
                    that the prices lie on.
                quantity_step: Smallest quantity step; None means as the server sees fit.
                calendar: When the instrument trades; UNSPECIFIED means that the bars tell.
                time_zone: Zone whose wall clock the market's days go by, as in "America/New_York";
                    empty means UTC. A series keeps it.
                day_start: When a day begins on that clock, as in "17:00"; empty means 00:00.
                quote_currency: What the prices are in, as in "USD" or "USDT"; empty means not told.
                    A run whose instruments tell different ones is refused.
                columns: Our name of a column to the file's name of it, its number from 1, or
                    "none", for columns that can not be told.
                times_in: Zone of times that are written without one; empty means UTC.
                time_format: How times are written: "dmy", "mdy", "ymd", "s", "ms", "us", "ns",
                    "excel", or a pattern such as "%d/%m/%Y %H:%M"; empty means find out.
                time_is: OPEN or CLOSE: which edge of its bar a time is; by default the open.
                no_header: Whether the first line is a bar, whatever it looks like.
                skip_rows: Lines at the beginning that are not looked at.
                scale: What prices are multiplied by, as in "0.000000001".
                file_symbol: Which instrument to take from a file of several, as it names it.
                decimal_mark: POINT or COMMA; by default found out.
                replace: Take the new values where a bar of the same time is stored with others.
                validate_only: Check everything and say what would be stored, but store nothing.

        Raises:
            Invalid: A file is faulty; the message names file, line and column.
            OSError: A file can not be read.
        """
        return self._upload(path, _request.upload_header(on, **options))

    @public
    def import_csv(
        self,
        path: Paths,
        *,
        exchange: str,
        symbol: str,
        timeframe: str,
        **options: Unpack[SeriesOptions],
    ) -> Imported:
        """Upload bars from CSV files, as `import_file` does, whose options these are."""
        header = _request.upload_header(Subscription(exchange, symbol, timeframe), **options)
        header.format = market_data_service_pb2.BAR_FORMAT_CSV
        return self._upload(path, header)

    @public
    def import_frame(
        self, frame: object, on: SubscriptionInput, **options: Unpack[SeriesOptions]
    ) -> Imported:
        """Upload bars from a frame of pandas or polars, or from anything that gives Arrow.

        Columns and times are told as those of a file; an index is a column. What `client.bars`
        gives can be had back. The options are `import_file`'s.

        Raises:
            Invalid: The bars are faulty; the message names row and column.
            TypeError: It is no frame.
            ValueError: It holds several instruments.
        """
        header = _request.upload_header(on, **options)
        header.source_name = f"{type(frame).__module__.partition('.')[0]} frame"
        return self._send(header, [io.BytesIO(file_of(frame))])

    @public
    def import_server_file(
        self, path: str, on: SubscriptionInput, **options: Unpack[SeriesOptions]
    ) -> Imported:
        """Let the server read a file below its own import folder; the options are `import_file`'s.

        Raises Invalid if the file is faulty, or not below that folder.
        """
        replace = options.get("replace", False)
        request = market_data_service_pb2.ImportBarsRequest(
            series=_request.series_spec(on, **options),
            layout=_request.bar_layout(**options),
            server_path=path,
            replace=replace,
            validate_only=options.get("validate_only", False),
        )
        return self._import(request)

    @public
    def generate(
        self,
        on: SubscriptionInput = "SYN:DEMO@1h",
        *,
        bars: int,
        seed: int = 42,
        volatility: float = 0.0,
        drift: float = 0.0,
        trend_strength: float | None = None,
        start: TimeInput | None = None,
        price_tick: DecimalInput | None = None,
        quantity_step: DecimalInput | None = None,
    ) -> Imported:
        """Let the server make up bars and store them; the same arguments always make the same ones.

        `volatility` and `drift` are fractions per year, 0 meaning 0.6 and 0.1. `trend_strength` is
        that of the trends over the usual one, 0 to 10; 0 makes noise without trends or drift, in
        which whatever a search finds is luck. `start` is the first bar's open, None meaning
        2020-01-01.
        """
        walk = market_data_service_pb2.SyntheticBars(
            bar_count=whole_number("bars", bars),
            seed=whole_number("seed", seed),
            annual_volatility=volatility,
            annual_drift=drift,
            trend_strength=trend_strength,
        )
        if start is not None:
            walk.start_time.CopyFrom(timestamp(start))
        spec = _request.series_spec(on, price_tick=price_tick, quantity_step=quantity_step)
        request = market_data_service_pb2.ImportBarsRequest(series=spec, synthetic=walk)
        return self._import(request)

    def _import(self, request: market_data_service_pb2.ImportBarsRequest) -> Imported:
        answer = self.wire.call(self.wire.market_data.ImportBars, request)
        return _decode.imported(answer)

    def _upload(self, path: Paths, header: market_data_service_pb2.UploadBarsHeader) -> Imported:
        paths = [path] if isinstance(path, str | os.PathLike) else list(path)
        with ExitStack() as stack:
            files = [stack.enter_context(Path(item).open("rb")) for item in paths]
            return self._send(header, files)

    def _send(
        self, header: market_data_service_pb2.UploadBarsHeader, files: Sequence[BinaryIO]
    ) -> Imported:
        # gRPC reads the pieces where it hides what they raise, so that is kept here.
        failed: list[Exception] = []
        try:
            answer = self.wire.market_data.UploadBars(
                _pieces(header, files, failed), metadata=self.wire.metadata
            )
        except grpc.RpcError as error:
            if failed:
                raise failed[0] from None
            raise from_rpc(error, self.wire.address) from None
        return _decode.imported(answer)


def _pieces(
    header: market_data_service_pb2.UploadBarsHeader,
    files: Sequence[BinaryIO],
    failed: list[Exception],
) -> Iterator[market_data_service_pb2.UploadBarsRequest]:
    """Yield an upload: for each file a header that names it, then its bytes."""
    try:
        for file in files:
            named = market_data_service_pb2.UploadBarsHeader()
            named.CopyFrom(header)
            # A frame has its name in the header, and no file has one here.
            named.source_name = header.source_name or Path(file.name).name
            yield market_data_service_pb2.UploadBarsRequest(header=named)
            while chunk := file.read(_CHUNK_BYTES):
                yield market_data_service_pb2.UploadBarsRequest(chunk=chunk)
    except Exception as error:
        failed.append(error)
        raise
