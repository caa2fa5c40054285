# Written by synchronous.py from aio/_aux_series.py: change that, and run it again.
"""Auxiliary series on the server: values beside bars, by the time at which each row was known."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, cast

import grpc

from tradeforge import _aux_values
from tradeforge._aux_values import AuxImported, AuxRows, AuxSeries
from tradeforge._call import public
from tradeforge._errors import from_rpc
from tradeforge._frames import file_of
from tradeforge._wire import Wire
from tradeforge.v1 import market_data_service_pb2

_CHUNK_BYTES = 512 * 1024
_PAGE_SIZE = 1_000


class AuxData:
    """What a client can be asked about auxiliary series."""

    wire: Wire

    @public
    def import_aux(
        self,
        source: object,
        name: str,
        *,
        known: str | timedelta,
        time: str = "",
        columns: Mapping[str, str] | None = None,
        times_in: str = "",
        time_format: str = "",
    ) -> AuxImported:
        """Upload values beside bars: signals, weights, funding rates, scores computed anywhere.

        Each import is a version of its own, which replaces the one before it whole.

        Args:
            source: A frame of pandas or polars, anything that gives Arrow, or the path of a file
                with headings: CSV, Parquet or Arrow, packed or not. An index is a column.
            name: What to call it, as in "signals", or "funding@BINANCE:BTCUSDT" for a series that
                belongs to an instrument.
            known: When a row was known, which nobody can tell from its time alone. "known_at": the
                column of that name says it. A timeframe as in "1h": the row's time is the open of
                the bar that it was made of, and it was known at that bar's end. A timedelta: so
                long after the row's time, `timedelta(0)` being that very time.
            time: The column of times; empty means "known_at", or the one that is called as times
                usually are.
            columns: Our name of a column to the source's; None means all but the times.
            times_in: Zone of times that are written without one; empty means UTC.
            time_format: How times are written, as in `import_file`; empty means find out.

        Raises:
            Invalid: A row is faulty; the message names line and column.
            OSError: The file can not be read.
            TypeError: The source is neither a frame nor a path.
        """
        spec = _aux_values.spec_of(
            name,
            known=known,
            time=time,
            columns=columns,
            times_in=times_in,
            time_format=time_format,
        )
        if isinstance(source, str | os.PathLike):
            path = Path(cast("str | os.PathLike[str]", source))
            with path.open("rb") as file:
                return self._send_aux(spec, path.name, file)
        file_name = f"{type(source).__module__.partition('.')[0]} frame"
        return self._send_aux(spec, file_name, io.BytesIO(file_of(source)))

    @public
    def aux_series(self, *, old_versions: bool = False) -> list[AuxSeries]:
        """Return the stored auxiliary series, by name.

        With `old_versions` every version of each is there, the newest first.
        """
        request = market_data_service_pb2.ListAuxRequest(
            page_size=_PAGE_SIZE, include_old_versions=old_versions
        )
        found: list[AuxSeries] = []
        while True:
            page = self.wire.call(self.wire.market_data.ListAux, request)
            found += [_aux_values.series(message) for message in page.aux]
            if not page.next_page_token:
                return found
            request.page_token = page.next_page_token

    @public
    def aux_rows(self, series: AuxSeries) -> AuxRows:
        """Return the rows of this version: `known_at`, and its columns."""
        request = market_data_service_pb2.ExportAuxRequest(data_sha256=series.data_sha256)
        stream = self.wire.stream(self.wire.market_data.ExportAux, request)
        return AuxRows([part for part in stream if part.columns])

    @public
    def delete_aux(self, series: AuxSeries) -> None:
        """Remove this version of an auxiliary series; the one before it is the newest then.

        Raises Precondition (SERIES_IN_USE) while a live run reads it. Completed runs on it stay,
        but can not be computed again.
        """
        request = market_data_service_pb2.DeleteAuxRequest(
            data_sha256=series.data_sha256,
            name=series.name,
            exchange=series.exchange,
            symbol=series.symbol,
        )
        self.wire.call(self.wire.market_data.DeleteAux, request)

    def _send_aux(
        self, spec: market_data_service_pb2.AuxSpec, source_name: str, file: BinaryIO
    ) -> AuxImported:
        header = market_data_service_pb2.UploadAuxHeader(aux=spec, source_name=source_name)
        # gRPC reads the pieces where it hides what they raise, so that is kept here.
        failed: list[Exception] = []
        try:
            answer = self.wire.market_data.UploadAux(
                _aux_pieces(header, file, failed), metadata=self.wire.metadata
            )
        except grpc.RpcError as error:
            if failed:
                raise failed[0] from None
            raise from_rpc(error, self.wire.address) from None
        return _aux_values.imported(answer)


def _aux_pieces(
    header: market_data_service_pb2.UploadAuxHeader,
    file: BinaryIO,
    failed: list[Exception],
) -> Iterator[market_data_service_pb2.UploadAuxRequest]:
    """Yield an upload: a header, then the bytes."""
    try:
        yield market_data_service_pb2.UploadAuxRequest(header=header)
        while chunk := file.read(_CHUNK_BYTES):
            yield market_data_service_pb2.UploadAuxRequest(chunk=chunk)
    except Exception as error:
        failed.append(error)
        raise
