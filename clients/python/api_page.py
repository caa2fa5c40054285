"""Write docs/api.md, the reference of the API, from the comments of the proto files.

    .venv/bin/python api_page.py                 # into ../../docs
    .venv/bin/python api_page.py --into FOLDER   # somewhere else, as the test does

Needs grpcio-tools, of the extra `test`.
"""

import argparse
import tempfile
from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
    MethodDescriptorProto,
)

ROOT = Path(__file__).resolve().parents[2]
PROTO = ROOT / "proto"
PAGE = "api.md"
HEAD = """# API

<!-- Made from proto/ by clients/python/api_page.py; `clients/generate.sh` writes it anew. -->

What a server answers to, over gRPC and gRPC-Web on one port. The comments are those of the contract
in `proto/`; what holds for all of it is said there once, in `types.proto`. A field that is marked
*optional* tells "not given" from its default.
"""

# Numbers of fields in descriptors, by which comments are found.
_MESSAGES, _ENUMS, _SERVICES = 4, 5, 6
_FIELDS, _NESTED, _NESTED_ENUMS, _ONEOFS = 2, 3, 4, 8
_VALUES, _METHODS = 2, 2
_SCALARS = {
    value: name.removeprefix("TYPE_").lower() for name, value in FieldDescriptorProto.Type.items()
}
_Path = tuple[int, ...]


class File:
    """One proto file and the comments in it."""

    def __init__(self, file: FileDescriptorProto) -> None:
        self.file = file
        self._comments = {
            tuple(place.path): place.leading_comments or place.trailing_comments
            for place in file.source_code_info.location
        }

    def comment(self, path: _Path) -> str:
        """Return what is said above a thing, as one paragraph."""
        return " ".join(self._comments.get(path, "").split())


def page(descriptors: FileDescriptorSet) -> str:
    """Return the page: services, then messages and enums by their names."""
    ours = [File(file) for file in descriptors.file if file.package.startswith("tradeforge.")]
    services = [part for file in ours for part in _services(file)]
    types = sorted(part for file in ours for part in _types(file))
    parts = [HEAD, *services, "## Messages and enums\n", *(text for _, text in types)]
    return "\n".join(parts)


def _services(file: File) -> Iterator[str]:
    for number, service in enumerate(file.file.service):
        path = (_SERVICES, number)
        yield f"## {service.name}\n\n{file.comment(path)}\n"
        for at, method in enumerate(service.method):
            comment = file.comment((*path, _METHODS, at))
            yield f"### {service.name}.{method.name}\n\n{_call(method)}\n\n{comment}\n"


def _call(method: MethodDescriptorProto) -> str:
    taken = ("stream of " if method.client_streaming else "") + _link(method.input_type)
    given = ("stream of " if method.server_streaming else "") + _link(method.output_type)
    return f"{taken} → {given}"


def _types(file: File) -> Iterator[tuple[str, str]]:
    for number, message in enumerate(file.file.message_type):
        yield from _message(file, message, (_MESSAGES, number), "")
    for number, enum in enumerate(file.file.enum_type):
        yield _enum(file, enum, (_ENUMS, number), "")


def _message(
    file: File, message: DescriptorProto, path: _Path, outer: str
) -> Iterator[tuple[str, str]]:
    if message.options.map_entry:
        return
    name = outer + message.name
    entries = {entry.name: entry for entry in message.nested_type if entry.options.map_entry}
    rows: list[tuple[str, ...]] = []
    for at, field in enumerate(message.field):
        comment = file.comment((*path, _FIELDS, at))
        if field.HasField("oneof_index") and not field.proto3_optional:
            choice = message.oneof_decl[field.oneof_index].name
            comment = f"*One of `{choice}`.* {comment}"
        rows.append((f"`{field.name}`", str(field.number), _type(field, entries), comment))
    choices = "".join(
        f"\n`{oneof.name}`: {said}\n"
        for at, oneof in enumerate(message.oneof_decl)
        if (said := file.comment((*path, _ONEOFS, at)))
    )
    table = _table(("Field", "Number", "Type", "Meaning"), rows) if rows else "It has no fields.\n"
    yield name, f"### {name}\n\n{file.comment(path)}\n{choices}\n{table}"
    for at, nested in enumerate(message.nested_type):
        yield from _message(file, nested, (*path, _NESTED, at), f"{name}.")
    for at, enum in enumerate(message.enum_type):
        yield _enum(file, enum, (*path, _NESTED_ENUMS, at), f"{name}.")


def _enum(file: File, enum: EnumDescriptorProto, path: _Path, outer: str) -> tuple[str, str]:
    name = outer + enum.name
    rows = [
        (f"`{value.name}`", str(value.number), file.comment((*path, _VALUES, at)))
        for at, value in enumerate(enum.value)
    ]
    table = _table(("Value", "Number", "Meaning"), rows)
    return name, f"### {name}\n\n{file.comment(path)}\n\n{table}"


def _type(field: FieldDescriptorProto, entries: dict[str, DescriptorProto]) -> str:
    entry = entries.get(field.type_name.rpartition(".")[2])
    if entry is not None:
        key, value = (_type(each, {}) for each in entry.field)
        return f"map of {key} to {value}"
    plain = _link(field.type_name) if field.type_name else _SCALARS[field.type]
    if field.label == FieldDescriptorProto.LABEL_REPEATED:
        return f"repeated {plain}"
    return f"optional {plain}" if field.proto3_optional else plain


def _link(type_name: str) -> str:
    name = type_name.removeprefix(".tradeforge.v1.")
    if name == type_name:
        return f"`{type_name.removeprefix('.')}`"
    return f"[{name}](#{name.replace('.', '').lower()})"


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    # What looks like HTML, or like the next column, is text.
    escaped = [[cell.replace("|", "\\|").replace("<", "&lt;") for cell in row] for row in rows]
    lines = [heads, ["---"] * len(heads), *escaped]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def descriptors() -> FileDescriptorSet:
    """Return the contract with its comments."""
    from grpc_tools import protoc

    sources = sorted(str(path.relative_to(PROTO)) for path in PROTO.glob("tradeforge/v1/*.proto"))
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "descriptors"
        include = [f"--proto_path={PROTO}", f"--proto_path={files('grpc_tools') / '_proto'}"]
        options = ["--include_source_info", f"--descriptor_set_out={out}"]
        if protoc.main(["protoc", *include, *options, *sources]) != 0:
            raise SystemExit("protoc failed; its message is above")
        return FileDescriptorSet.FromString(out.read_bytes())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--into", type=Path, default=ROOT / "docs", help="default: docs")
    (parser.parse_args().into / PAGE).write_text(page(descriptors()))
