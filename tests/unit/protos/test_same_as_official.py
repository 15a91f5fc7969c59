"""Every message we define says the same on the wire as the official descriptors."""

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import fabric_protos  # the official package, installed without its pin on protobuf
import pytest

import weftwork_protos

# Where a message of ours lies in the official packages; the first that has the name is meant.
PACKAGES = {
    "weftwork.protos.common": ["common", "protos"],
    "weftwork.protos.msp": ["msp", "common"],
    "weftwork.protos.peer": ["protos", "common"],
    "weftwork.protos.lifecycle": ["lifecycle"],
    "weftwork.protos.orderer": ["orderer"],
    "weftwork.protos.etcdraft": ["etcdraft"],
    "weftwork.protos.smartbft": ["orderer.smartbft"],
    "weftwork.protos.gateway": ["gateway"],
    "weftwork.protos.discovery": ["discovery"],
    "weftwork.protos.gossip": ["gossip"],
    "weftwork.protos.rwset": ["rwset", "kvrwset", "queryresult"],
}
# google.rpc.Status is not Fabric's; its three fields are fixed by gRPC's richer error model.
ELSEWHERE = {"weftwork.protos.rpc"}


def descriptors(package: Any) -> Iterator[Any]:
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if module.name.endswith("_pb2"):
            yield importlib.import_module(module.name).DESCRIPTOR


def messages(file: Any) -> Iterator[tuple[str, Any]]:
    def nested(message: Any, name: str) -> Iterator[tuple[str, Any]]:
        yield name, message
        for inner in message.nested_types:
            yield from nested(inner, f"{name}.{inner.name}")

    for name, message in file.message_types_by_name.items():
        yield from nested(message, name)


def enums(file: Any) -> Iterator[tuple[str, Any]]:
    yield from file.enum_types_by_name.items()
    for name, message in messages(file):
        for enum in message.enum_types:
            yield f"{name}.{enum.name}", enum


def simple(full_name: str, package: str) -> str:
    return full_name.removeprefix(package + ".")


def shape(message: Any) -> set[tuple[Any, ...]]:
    def target(field: Any) -> str:
        kind = field.message_type or field.enum_type
        return simple(kind.full_name, kind.file.package) if kind else ""

    return {
        (
            f.number,
            f.name,
            f.type,
            f.is_repeated,
            target(f),
            f.containing_oneof.name if f.containing_oneof else "",
        )
        for f in message.fields
    }


OFFICIAL_MESSAGES = {
    (f.package, name): m for f in descriptors(fabric_protos) for name, m in messages(f)
}
OFFICIAL_ENUMS = {(f.package, name): e for f in descriptors(fabric_protos) for name, e in enums(f)}
OURS = [f for f in descriptors(weftwork_protos) if f.package not in ELSEWHERE]
CASES = [(f.package, name, m) for f in OURS for name, m in messages(f)]
ENUM_CASES = [(f.package, name, e) for f in OURS for name, e in enums(f)]


def official(found: dict[tuple[str, str], Any], package: str, name: str) -> Any:
    for there in PACKAGES[package]:
        if (there, name) in found:
            return found[there, name]
    pytest.fail(f"{package}.{name} is in no official package of {PACKAGES[package]}")


@pytest.mark.parametrize(
    ("package", "name", "message"), CASES, ids=[f"{p}.{n}" for p, n, _ in CASES]
)
def test_message(package: str, name: str, message: Any) -> None:
    assert shape(message) == shape(official(OFFICIAL_MESSAGES, package, name))


@pytest.mark.parametrize(
    ("package", "name", "enum"), ENUM_CASES, ids=[f"{p}.{n}" for p, n, _ in ENUM_CASES]
)
def test_enum(package: str, name: str, enum: Any) -> None:
    there = official(OFFICIAL_ENUMS, package, name)
    assert {(v.name, v.number) for v in enum.values} == {(v.name, v.number) for v in there.values}


def test_something_was_compared() -> None:
    assert len(CASES) > 100
    assert len(ENUM_CASES) > 10
