"""Make a notebook of docs/python.md and run it against a server, so that it has its pictures.

    TRADEFORGE_SERVER=127.0.0.1:50051 .venv/bin/python notebook.py FILE.ipynb

Needs nbclient, nbformat and ipykernel, which are in the extra `test`.
"""

import argparse
import importlib
import re
from pathlib import Path
from typing import Any

# It brings types for some of what it has.
nbformat: Any = importlib.import_module("nbformat")

PAGE = Path(__file__).resolve().parents[2] / "docs/python.md"
# Blocks of Python are cells; what they print is left out, since they print it themselves.
PART = re.compile(r"(?ms)^```(python|text)\n(.*?)^```\n")


def notebook(page: str) -> Any:
    """Return the page as a notebook that has not been run."""
    cells: list[Any] = []
    end = 0
    for part in PART.finditer(page):
        prose = page[end : part.start()].strip()
        if prose:
            cells.append(nbformat.v4.new_markdown_cell(prose))
        if part[1] == "python":
            cells.append(nbformat.v4.new_code_cell(part[2].strip()))
        end = part.end()
    for place, cell in enumerate(cells):
        cell.id = f"cell-{place}"
    return nbformat.v4.new_notebook(cells=cells)


def run(made: Any, timeout: int = 300) -> Any:
    """Run all cells in order, in a kernel of this Python."""
    from nbclient import NotebookClient

    return NotebookClient(made, timeout=timeout, kernel_name="python3").execute()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("into", type=Path, metavar="FILE.ipynb")
    nbformat.write(run(notebook(PAGE.read_text())), parser.parse_args().into)
