"""The tour of docs/python.md as a notebook: it runs to its end, and has its pictures."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]


def maker() -> Any:
    spec = importlib.util.spec_from_file_location("notebook", ROOT / "notebook.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# Jupyter's own parts warn of each other.
@pytest.mark.filterwarnings("ignore")
def test_the_tour_runs_as_a_notebook_with_its_pictures(
    own_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRADEFORGE_SERVER", own_server)
    # Where the kernel keeps its connection, and what it would remember.
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    make = maker()
    done = make.run(make.notebook((ROOT.parents[1] / "docs/python.md").read_text()))
    shown = [
        output["data"]
        for cell in done.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if "data" in output
    ]
    assert sum("image/png" in data for data in shown) == 2, "the curve and the map"
    pages = [data["text/html"] for data in shown if "text/html" in data]
    assert any(f'href="{own_server}' in page for page in pages), "the client links to its server"
