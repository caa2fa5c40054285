"""Bars that show how far a run is: in a notebook, by tqdm, or as a line of text."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import time
from typing import Any, Protocol, TextIO

from tradeforge._html import progress_html, progress_text
from tradeforge._values import Status

# A run that is over sooner needs no bar, unless one is asked for.
_PATIENCE_SECONDS = 0.5


class Bar(Protocol):
    """Something that shows how a run stands."""

    def show(self, status: Status) -> None:
        """Show this now."""

    def close(self) -> None:
        """Leave what was shown last and end."""


def bar_for(wanted: bool | None) -> Bar | None:
    """Return the bar that fits the place; None for none. If None is wanted, only where one fits."""
    if wanted is False:
        return None
    if in_notebook():
        bar: Bar = _NotebookBar()
    elif wanted is None and not sys.stderr.isatty():
        return None
    elif importlib.util.find_spec("tqdm"):
        bar = _TqdmBar()
    else:
        bar = TextBar(sys.stderr)
    return bar if wanted else _Later(bar)


def in_notebook() -> bool:
    """Whether this runs in the kernel of a notebook."""
    ipython = sys.modules.get("IPython")
    shell: Any = ipython.get_ipython() if ipython else None
    return shell is not None and hasattr(shell, "kernel")


class TextBar:
    """A line of text: rewritten in place on a terminal, else a new one every tenth."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._is_terminal = out.isatty()
        self._width = 0
        self._tenth = -1

    def show(self, status: Status) -> None:
        """Write the line."""
        text = f"{status.state}  {progress_text(status)}"
        tenth = int(status.progress.fraction * 10)
        if self._is_terminal:
            self._out.write("\r" + text.ljust(self._width))
            self._width = len(text)
        elif status.is_final or tenth != self._tenth:
            self._out.write(text + "\n")
        self._tenth = tenth
        self._out.flush()

    def close(self) -> None:
        """End the line."""
        if self._is_terminal and self._width:
            self._out.write("\n")


class _TqdmBar:
    def __init__(self) -> None:
        self._bar: Any = None

    def show(self, status: Status) -> None:
        progress = status.progress
        if self._bar is None:
            tqdm: Any = importlib.import_module("tqdm")
            self._bar = tqdm.tqdm(total=progress.total, unit="", unit_scale=True)
        self._bar.total = progress.total
        self._bar.n = progress.completed + progress.failed
        best = progress.best
        if best is not None and best.objective is not None:
            self._bar.set_postfix(best=f"{best.objective:.4g}", **best.params, refresh=False)
        self._bar.set_description(str(status.state), refresh=False)
        self._bar.refresh()

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()


class _NotebookBar:
    """HTML that is replaced: it needs no widget, and stays in a saved notebook."""

    def __init__(self) -> None:
        self._display: Any = None

    def show(self, status: Status) -> None:
        ipython: Any = importlib.import_module("IPython.display")
        shown = ipython.HTML(f"<b>{status.state}</b> {progress_html(status)}")
        if self._display is None:
            self._display = ipython.display(shown, display_id=True)
        else:
            self._display.update(shown)

    def close(self) -> None:
        pass


class _Later:
    """Holds a bar back until it is worth showing."""

    def __init__(self, bar: Bar) -> None:
        self._bar = bar
        self._from = time.monotonic() + _PATIENCE_SECONDS
        self._is_shown = False

    def show(self, status: Status) -> None:
        if self._is_shown or (time.monotonic() >= self._from and not status.is_final):
            self._is_shown = True
            self._bar.show(status)

    def close(self) -> None:
        self._bar.close()
