"""Write the generated modules of `tradeforge.v1` anew from the proto files of this repository.

    .venv/bin/python generate.py                 # into src/
    .venv/bin/python generate.py --into FOLDER   # somewhere else, as the test does

Needs the pinned grpcio-tools and mypy-protobuf of the extra `test`: another version writes other
text, and the runtime must not be older than what wrote the code.
"""

import argparse
import sys
from importlib.resources import files
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROTO = HERE.parent.parent / "proto"
PACKAGE = Path("tradeforge/v1")


def generate(into: Path) -> None:
    """Write one module of messages per proto file, one of calls per service, and their types."""
    from grpc_tools import protoc

    plugins = Path(sys.executable).parent
    sources = sorted(str(path.relative_to(PROTO)) for path in (PROTO / PACKAGE).glob("*.proto"))
    services = [source for source in sources if source.endswith("_service.proto")]
    include = [f"--proto_path={PROTO}", f"--proto_path={files('grpc_tools') / '_proto'}"]
    into.mkdir(parents=True, exist_ok=True)

    messages = [
        f"--plugin=protoc-gen-mypy={plugins / 'protoc-gen-mypy'}",
        f"--python_out={into}",
        f"--mypy_out=quiet:{into}",
        *sources,
    ]
    calls = [
        f"--plugin=protoc-gen-mypy_grpc={plugins / 'protoc-gen-mypy_grpc'}",
        f"--grpc_python_out={into}",
        f"--mypy_grpc_out=quiet:{into}",
        *services,
    ]
    for arguments in (messages, calls):
        if protoc.main(["protoc", *include, *arguments]) != 0:
            raise SystemExit("protoc failed; its message is above")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--into", type=Path, default=HERE / "src", help="default: src")
    generate(parser.parse_args().into)
