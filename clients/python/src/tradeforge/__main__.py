"""`python -m tradeforge COMMAND`: the program itself, as in `python -m tradeforge demo`."""

from __future__ import annotations

import os
import subprocess
import sys

from tradeforge._errors import LocalServerError
from tradeforge._server import find


def main() -> int:
    """Become the program, with the words that were given."""
    try:
        program = os.fspath(find())
    except LocalServerError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    words = [program, *sys.argv[1:]]
    if os.name == "posix":
        os.execv(program, words)
    return subprocess.call(words)


if __name__ == "__main__":
    sys.exit(main())
