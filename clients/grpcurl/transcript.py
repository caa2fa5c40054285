"""Hold transcript.md against the real server: each command in it is run, and its output compared.

    python3 transcript.py            # check
    python3 transcript.py --write    # record the outputs anew

The server is TRADEFORGE_BIN, or target/debug/tradeforge of this repository; grpcurl is GRPCURL, or
the one in PATH. A command is a line that starts with "$ " in a block of ```console, with lines that
start with "> " after it. Text is compared as it is; JSON by its fields, states and messages, since
ids, times and numbers may differ. Needs nothing but Python 3.11.
"""

from __future__ import annotations

import argparse
import difflib
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
TRANSCRIPT = HERE / "transcript.md"
BINARY = os.environ.get("TRADEFORGE_BIN", HERE.parents[1] / "target/debug/tradeforge")
GRPCURL = os.environ.get("GRPCURL", "grpcurl")
CALL_SECONDS = 60
STOP_SECONDS = 20

# What stands in the transcript for what no two runs share.
ADDRESS = "127.0.0.1:50051"
RUN_ID = "019ab1c2-0000-7000-8000-00000000cafe"
MOMENT = "2026-01-01T00:00:00Z"

BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^\$ (.*\n(?:> .*\n)*)", re.MULTILINE)
KINDS = {
    "an id": re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    "a hash": re.compile(r"[0-9a-f]{64}"),
    "a time": re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z"),
    "a span": re.compile(r"\d+(\.\d+)?s"),
    "an integer": re.compile(r"-?\d+"),
    "a live state": re.compile(r"RUN_STATE_(PENDING|RUNNING)"),
}


@contextmanager
def server() -> Iterator[str]:
    """Start the real server on a free port, in a folder of its own, and give its HOST:PORT."""
    with tempfile.TemporaryDirectory() as folder:
        command = [BINARY, "serve", "--listen", "127.0.0.1:0", "--data-dir", f"{folder}/data"]
        with (
            Path(folder, "log").open("w+") as log,
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True) as process,
        ):
            assert process.stdout is not None
            try:
                said = process.stdout.readline()
                address = said.strip().removeprefix("listening on http://")
                if address == said.strip():
                    log.seek(0)
                    sys.exit(f"the server said {said!r}\n{log.read()}")
                yield address
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(STOP_SECONDS)


class Session:
    """Runs the commands of a transcript in order; a run submitted by one is RUN_ID in the next."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.run_id = RUN_ID

    def run(self, command: str) -> str:
        """Give what a command prints, with stand-ins for this server and its runs."""
        text = command.replace("\n> ", "\n").replace("\\\n", " ")
        text = text.replace(ADDRESS, self.address).replace(RUN_ID, self.run_id)
        program, *arguments = shlex.split(text)
        if program != "grpcurl":
            sys.exit(f"not a command of grpcurl: {command}")
        done = subprocess.run(
            [GRPCURL, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=CALL_SECONDS,
            check=False,
        )
        output = done.stdout.rstrip("\n") + "\n"
        if submitted := re.search(r'"runId": "([0-9a-f-]{36})"', output):
            self.run_id = submitted[1]
        return output.replace(self.run_id, RUN_ID).replace(self.address, ADDRESS)


def messages(output: str) -> list[dict[str, Any]] | None:
    """Read the messages of an answer; None if it is something else than JSON."""
    found, rest = [], output.strip()
    while rest.startswith("{"):
        message, end = json.JSONDecoder().raw_decode(rest)
        found.append(message)
        rest = rest[end:].lstrip()
    return None if rest else found


def masked(value: Any, started: str) -> Any:
    """Replace the times that the server took from its clock, and leave those of the bars."""
    if isinstance(value, dict):
        return {key: masked(inner, started) for key, inner in value.items()}
    if isinstance(value, list):
        return [masked(inner, started) for inner in value]
    is_time = isinstance(value, str) and KINDS["a time"].fullmatch(value)
    return MOMENT if is_time and value >= started else value


def shape(value: Any) -> Any:
    """Replace what may differ by its kind."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape(inner) for inner in value]
    if isinstance(value, str):
        matching = (kind for kind, pattern in KINDS.items() if pattern.fullmatch(value))
        return next(matching, value)
    return value if isinstance(value, bool) or value is None else "a number"


def shapes(output: str) -> list[str]:
    """Give the lines that must be equal; of a stream, that is its last message."""
    found = messages(output)
    if not found:
        return output.splitlines()
    for earlier in found[:-1]:
        state = earlier.get("snapshot", {}).get("state")
        if shape(state) != "a live state":
            return [f"a message before the last has the state {state}"]
    return json.dumps(shape(found[-1]), indent=2, sort_keys=True).splitlines()


def commands(text: str) -> Iterator[tuple[str, str]]:
    """Give each command of the transcript, from "$ ", with the output that follows it."""
    for block in BLOCK.findall(text):
        parts = COMMAND.split(block)
        yield from zip(parts[1::2], parts[2::2], strict=True)


def check(text: str, session: Session) -> bool:
    """Compare each output with what the server answers now, and tell where they differ."""
    count, is_equal = 0, True
    for command, stored in commands(text):
        count += 1
        difference = [
            *difflib.unified_diff(
                shapes(stored), shapes(session.run(command)), "transcript.md", "now", lineterm=""
            )
        ]
        if difference:
            is_equal = False
            print(f"$ {command}" + "\n".join(difference))
    if count == 0:
        sys.exit("transcript.md has no command")
    print(f"{count} commands of grpcurl" + (" answered as recorded" if is_equal else ""))
    return is_equal


def record(text: str, session: Session) -> str:
    """Give the transcript with every output anew."""
    started = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")

    def block(match: re.Match[str]) -> str:
        lines = ["```console\n"]
        for command in COMMAND.findall(match[1]):
            output = session.run(command)
            if found := messages(output):
                output = "".join(
                    json.dumps(masked(item, started), indent=2) + "\n" for item in found
                )
            lines += [f"$ {command}", output]
        return "".join([*lines, "```"])

    return BLOCK.sub(block, text)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="record the outputs anew")
    is_write = parser.parse_args().write
    before = TRANSCRIPT.read_text()
    with server() as address:
        if is_write:
            TRANSCRIPT.write_text(record(before, Session(address)))
        elif not check(before, Session(address)):
            sys.exit("the transcript is stale: record it anew with transcript.py --write")
