"""What must change so that one configuration of a channel becomes another.

An element that changes is written with the next version. What stands beside a change of a group's
members is read and written with the version it has. Rules: Fabric's ``common/configtx/update.go``.
"""

from collections.abc import MutableMapping
from typing import TypeVar

from google.protobuf.message import DecodeError

from weftwork.errors import LedgerError
from weftwork_protos import configtx_pb2

_Element = TypeVar("_Element", configtx_pb2.ConfigValue, configtx_pb2.ConfigPolicy)


def difference(channel: str, before: bytes, after: bytes) -> bytes | None:
    """The ``common.ConfigUpdate`` between two ``common.Config``; None where both are the same.

    Raises LedgerError where one of them is no configuration.
    """
    try:
        old = configtx_pb2.Config.FromString(before)
        new = configtx_pb2.Config.FromString(after)
    except DecodeError as error:
        raise LedgerError(f"a channel's configuration cannot be read: {error}") from None
    update = configtx_pb2.ConfigUpdate(channel_id=channel)
    changed = _group(old.channel_group, new.channel_group, update.read_set, update.write_set)
    return update.SerializeToString(deterministic=True) if changed else None


def _group(
    old: configtx_pb2.ConfigGroup,
    new: configtx_pb2.ConfigGroup,
    read: configtx_pb2.ConfigGroup,
    write: configtx_pb2.ConfigGroup,
) -> bool:
    read.version = write.version = old.version
    same_values, values = _elements(old.values, new.values, write.values)
    same_policies, policies = _elements(old.policies, new.policies, write.policies)
    same_groups, groups = _groups(old, new, read, write)
    if not (values or policies or groups or old.mod_policy != new.mod_policy):
        # Its own members are as they were; one within them may have changed.
        return bool(write.values or write.policies or write.groups)
    write.version = old.version + 1
    write.mod_policy = new.mod_policy
    for name in same_values:
        read.values[name].version = write.values[name].version = old.values[name].version
    for name in same_policies:
        read.policies[name].version = write.policies[name].version = old.policies[name].version
    for name in same_groups:
        read.groups[name].version = write.groups[name].version = old.groups[name].version
    return True


def _elements(
    old: MutableMapping[str, _Element],
    new: MutableMapping[str, _Element],
    write: MutableMapping[str, _Element],
) -> tuple[list[str], bool]:
    """Names of those that stay, and whether some came or went."""
    same: list[str] = []
    for name in sorted(old.keys() & new.keys()):
        wanted = type(new[name])()
        wanted.CopyFrom(new[name])
        wanted.version = old[name].version
        if wanted == old[name]:
            same.append(name)
            continue
        wanted.version = old[name].version + 1
        write[name].CopyFrom(wanted)
    for name in sorted(new.keys() - old.keys()):
        write[name].CopyFrom(new[name])
        write[name].version = 0
    return same, old.keys() != new.keys()


def _groups(
    old: configtx_pb2.ConfigGroup,
    new: configtx_pb2.ConfigGroup,
    read: configtx_pb2.ConfigGroup,
    write: configtx_pb2.ConfigGroup,
) -> tuple[list[str], bool]:
    same: list[str] = []
    for name in sorted(old.groups.keys() & new.groups.keys()):
        inner_read, inner_write = configtx_pb2.ConfigGroup(), configtx_pb2.ConfigGroup()
        if _group(old.groups[name], new.groups[name], inner_read, inner_write):
            read.groups[name].CopyFrom(inner_read)
            write.groups[name].CopyFrom(inner_write)
        else:
            same.append(name)
    for name in sorted(new.groups.keys() - old.groups.keys()):
        _fresh(new.groups[name], write.groups[name])
    return same, old.groups.keys() != new.groups.keys()


def _fresh(new: configtx_pb2.ConfigGroup, write: configtx_pb2.ConfigGroup) -> None:
    # What is new is at version 0, and so is everything in it.
    _group(configtx_pb2.ConfigGroup(), new, configtx_pb2.ConfigGroup(), write)
    write.version = 0
    write.mod_policy = new.mod_policy
