"""A first network.yaml and configtx.yaml for departments of one's own, of any shape.

configtx.yaml gets the package's own policies and sizes and a profile without organisations for
each channel: what the departments are only network.yaml says, and `up` adds it to its copy.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import yaml

from weftwork_network.releases import data_folder
from weftwork_network.schema import SCHEMA

CHANNEL = "crosswork"
# As many orderers as bear one that fails.
_RAFT_ORDERERS = 3

_NETWORK_HEAD = f"""\
# yaml-language-server: $schema={SCHEMA}
# What this network is: who takes part, what each runs, which chaincodes bind them.

"""
_CONFIGTX_HEAD = """\
# What each channel demands of its members: policies, capabilities, sizes of blocks.
#
# network.yaml says who the members are; `weftwork network up` adds them to a copy of this file.

"""
_PROFILES = {
    "raft": """\
  {name}:
    <<: *ChannelDefaults
    Orderer:
      <<: *OrdererDefaults
      OrdererType: etcdraft
      EtcdRaft:
        Options:
          TickInterval: 100ms
          ElectionTick: 10
          HeartbeatTick: 1
          MaxInflightBlocks: 5
          SnapshotIntervalSize: 16 MB
    Application: *ApplicationDefaults
""",
    "bft": """\
  {name}:
    <<: *ChannelDefaults
    Orderer:
      <<: *OrdererDefaults
      OrdererType: BFT
      SmartBFT:
        RequestBatchMaxInterval: 200ms
    Application: *ApplicationDefaults
""",
}


def shape_of(names: Sequence[str], *, peers: int = 1, channel: str = CHANNEL) -> dict[str, object]:
    """A definition for departments that are alike, and no chaincode yet.

    Under Raft the first three run an orderer each, under BFT all of them do.

    Args:
        names: the departments.
        peers: how many peers each runs.
        channel: the channel's name.
    """
    return {
        "ordering": "raft",
        "channel": {
            "name": channel,
            "profile": {"raft": "Raft", "bft": "BFT"},
        },
        "departments": [
            {
                "name": name,
                "peers": peers,
                "orderers": {"raft": 1 if at < _RAFT_ORDERERS else 0, "bft": 1},
                "users": [{"name": "clerk"}],
            }
            for at, name in enumerate(names)
        ],
        "chaincodes": [],
    }


def skeleton(definition: Mapping[str, object]) -> tuple[str, str]:
    """The two files' texts.

    Args:
        definition: all that network.yaml is to say, in its words.
    """
    fields = yaml.safe_dump(dict(definition), sort_keys=False, default_flow_style=None)
    own = (data_folder() / "configtx.yaml").read_text(encoding="utf-8")
    defaults = own[own.index("Capabilities:") : own.index("Profiles:")]
    profiles = [
        _PROFILES[ordering].format(name=name) for name, ordering in _profiles(definition).items()
    ]
    return _NETWORK_HEAD + fields, f"{_CONFIGTX_HEAD}{defaults}Profiles:\n" + "\n".join(profiles)


def _profiles(definition: Mapping[str, object]) -> dict[str, str]:
    """The profiles that the channels name, each with its ordering."""
    found: dict[str, str] = {}
    for channel in _channels(definition):
        named = channel.get("profile")
        if isinstance(named, dict):
            by_ordering = cast(dict[str, Any], named)
            found |= {
                str(by_ordering[each]): each for each in ("raft", "bft") if each in by_ordering
            }
        elif named is not None:
            found[str(named)] = str(definition.get("ordering", "raft"))
    return {name: ordering for name, ordering in found.items() if ordering in _PROFILES}


def _channels(definition: Mapping[str, object]) -> Iterable[Mapping[str, object]]:
    listed = definition.get("channels") or [definition.get("channel")]
    for channel in cast(Sequence[object], listed if isinstance(listed, list) else []):
        if isinstance(channel, dict):
            yield cast(Mapping[str, object], channel)
