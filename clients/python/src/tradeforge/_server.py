"""The server as a process of this program's own: found, started, and never left behind."""

from __future__ import annotations

import os
import selectors
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
import weakref
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

from tradeforge._errors import LocalServerError

BINARY_VARIABLE = "TRADEFORGE_BIN"
Setting = str | int | float | bool | os.PathLike[str]

_NAME = "tradeforge.exe" if sys.platform == "win32" else "tradeforge"
_READY = "listening on "
# The server ends within ten seconds, whatever holds it up.
_STOP_SECONDS = 12.0
_LOG_LINES = 20
_LOG_BYTES = 64 << 10
# What `local` says by itself.
_TAKEN = ("listen", "data_dir", "workers")


def find(binary: str | os.PathLike[str] | None = None) -> Path:
    """Return the program: the one given, that of TRADEFORGE_BIN, this package's own, or PATH's.

    What somebody names is never passed over for another: if it cannot be run, that is an error.
    """
    variable = os.environ.get(BINARY_VARIABLE)
    for given, by in ((binary, "binary"), (variable, BINARY_VARIABLE)):
        if given:
            if not _runs(Path(given)):
                raise LocalServerError(f"{by} is {str(given)!r}, which is no program to be run")
            return Path(given)
    found = next(filter(_runs, _places()), None) or shutil.which(_NAME)
    if not found:
        raise LocalServerError(
            "there is no TradeForge server here: this installation of the package carries none, "
            f"there is no {_NAME!r} on PATH, and {BINARY_VARIABLE} names none. Install a wheel "
            "with the server in it, or build it (cargo build --release) and set "
            f"{BINARY_VARIABLE}"
        )
    return Path(found)


def _runs(program: Path) -> bool:
    return program.is_file() and os.access(program, os.X_OK)


def _places() -> Iterator[Path]:
    """Where installers put programs that come with a package."""
    yield Path(sysconfig.get_path("scripts"), _NAME)
    user = sysconfig.get_preferred_scheme("user")
    yield Path(sysconfig.get_path("scripts", scheme=user), _NAME)
    # `pip install --target FOLDER`.
    yield Path(__file__).resolve().parents[1] / "bin" / _NAME


def arguments(
    data_dir: str | os.PathLike[str] | None,
    workers: int | None,
    settings: Mapping[str, Setting] | None,
) -> list[str]:
    """Return what the server is told; that it knows the settings is for itself to say."""
    taken = [name for name in settings or {} if name in _TAKEN]
    if taken:
        raise ValueError(f"{', '.join(taken)}: local() says that by itself")
    given = dict(settings or {})
    if workers is not None:
        given["workers"] = workers
    kept = ["--temporary"] if data_dir is None else [f"--data-dir={os.fspath(data_dir)}"]
    flags = [f"--{name.replace('_', '-')}={_text(value)}" for name, value in given.items()]
    return ["serve", "--listen=127.0.0.1:0", "--exit-with-stdin", *kept, *flags]


def _text(value: Setting) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


class Server:
    """A running server that ends with this object, and with this process however that ends.

    Its standard input is a pipe that only this process holds: the system closes it at the latest.
    It has a session of its own, so that Ctrl-C and a notebook's interrupt are for Python alone.
    """

    def __init__(self, program: Path, words: Sequence[str], timeout: float) -> None:
        # Without a name: it goes with the last who has it open.
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        try:
            self._process = subprocess.Popen(
                [program, *words],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._log,
                env={"RUST_LOG": "warn", **os.environ},
                start_new_session=True,
            )
        except OSError as error:
            self._log.close()
            raise LocalServerError(f"{program} cannot be run: {error}") from None
        self._end = weakref.finalize(self, _end, self._process, self._log, os.getpid())
        _ours.add(self)
        self.url = self._first_line(program, timeout)

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    def _first_line(self, program: Path, timeout: float) -> str:
        line = None
        try:
            line = _next_line(self._process, timeout)
        finally:
            if not line:
                self._process.kill()
                self._process.wait()
        if line and line.startswith(_READY):
            return line.removeprefix(_READY).strip()
        log = self.log()
        self.stop()
        if line is None:
            raise LocalServerError(f"{program} did not come up within {timeout:g} s", log=log)
        reason = log or line or f"it ended with {self._process.returncode} and no word"
        raise LocalServerError(f"{program} did not start: {reason.strip()}", log=log)

    def log(self) -> str:
        """Return the last lines of what the server logged."""
        if self._log.closed:
            return ""
        size = os.fstat(self._log.fileno()).st_size
        start = max(0, size - _LOG_BYTES)
        # From its place, so that where the server writes is left alone.
        text = os.pread(self._log.fileno(), size - start, start).decode(errors="replace")
        return "\n".join(text.splitlines()[-_LOG_LINES:])

    def stop(self) -> None:
        """End the server: SIGTERM, and kill if it is not heard. What a fork inherits ends none."""
        self._end()

    def let_go(self) -> None:
        """Close this process's ends of the pipes."""
        _close(self._process)


def _end(process: subprocess.Popen[bytes], log: IO[bytes], starter: int) -> None:
    if os.getpid() != starter:
        return
    if process.poll() is None:
        process.terminate()
        # Its end closes its output, which is waited for; Popen.wait would look now and again.
        deadline = time.monotonic() + _STOP_SECONDS
        while _next_line(process, max(0.0, deadline - time.monotonic())):
            pass
        if time.monotonic() >= deadline:
            process.kill()
        process.wait()
    _close(process)
    log.close()


def _next_line(process: subprocess.Popen[bytes], timeout: float) -> str | None:
    """Return the next line of output, "" where there is no more, None if none came in time."""
    output = process.stdout
    assert output is not None
    with selectors.DefaultSelector() as selector:
        selector.register(output, selectors.EVENT_READ)
        return output.readline().decode() if selector.select(timeout) else None


def _close(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


_ours: weakref.WeakSet[Server] = weakref.WeakSet()


def _after_fork() -> None:
    """Let go of what a fork has inherited: else the server would live as long as the child."""
    for server in _ours:
        server.let_go()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
