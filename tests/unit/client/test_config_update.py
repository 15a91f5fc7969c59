"""Changes of a channel's configuration: what is read, what is written, who signed."""

import pytest

from tests.unit.client.people import user
from weftwork.admin import ConfigUpdate
from weftwork.errors import LedgerError
from weftwork_protos import common_pb2, configtx_pb2


def config() -> configtx_pb2.Config:
    found = configtx_pb2.Config(sequence=3)
    channel = found.channel_group
    channel.version, channel.mod_policy = 2, "Admins"
    orderer = channel.groups["Orderer"]
    orderer.version, orderer.mod_policy = 4, "Admins"
    orderer.values["BatchSize"].version = 7
    orderer.values["BatchSize"].value = b"old"
    orderer.values["BatchTimeout"].version = 1
    orderer.values["BatchTimeout"].value = b"2s"
    orderer.policies["Readers"].version = 5
    application = channel.groups["Application"]
    application.version, application.mod_policy = 1, "Admins"
    application.groups["A"].version = 6
    application.groups["A"].values["MSP"].value = b"a"
    return found


def between(
    before: configtx_pb2.Config, after: configtx_pb2.Config
) -> tuple[configtx_pb2.ConfigGroup, configtx_pb2.ConfigGroup]:
    made = ConfigUpdate.between("c", before.SerializeToString(), after.SerializeToString())
    update = configtx_pb2.ConfigUpdate.FromString(made.update)
    assert update.channel_id == made.channel == "c"
    return update.read_set, update.write_set


def test_a_value_that_changes_is_written_with_the_next_version() -> None:
    after = config()
    after.channel_group.groups["Orderer"].values["BatchSize"].value = b"new"
    read, write = between(config(), after)
    assert (write.version, write.groups["Orderer"].version) == (2, 4)
    assert list(write.groups) == ["Orderer"]
    assert list(write.groups["Orderer"].values) == ["BatchSize"]
    value = write.groups["Orderer"].values["BatchSize"]
    assert (value.version, value.value) == (8, b"new")
    assert not read.groups["Orderer"].values
    assert read.groups["Orderer"].version == 4


def test_a_group_whose_members_change_says_which_it_keeps() -> None:
    after = config()
    group = after.channel_group.groups["Application"].groups["B"]
    group.values["MSP"].value = b"b"
    group.values["MSP"].version = 9
    group.groups["inner"].mod_policy = "Admins"
    read, write = between(config(), after)
    application = write.groups["Application"]
    assert (application.version, application.mod_policy) == (2, "Admins")
    assert application.groups["A"].version == 6
    assert not application.groups["A"].values
    assert application.groups["B"].version == 0
    assert application.groups["B"].values["MSP"].version == 0
    assert application.groups["B"].groups["inner"].version == 0
    assert application.groups["B"].groups["inner"].mod_policy == "Admins"
    assert list(read.groups["Application"].groups) == ["A"]
    assert read.groups["Application"].version == 1


def test_what_is_gone_is_not_among_what_stays() -> None:
    after = config()
    del after.channel_group.groups["Orderer"].values["BatchTimeout"]
    read, write = between(config(), after)
    orderer = write.groups["Orderer"]
    assert orderer.version == 5
    assert {name: value.version for name, value in orderer.values.items()} == {"BatchSize": 7}
    assert orderer.policies["Readers"].version == 5
    assert "BatchTimeout" not in read.groups["Orderer"].values


def test_nothing_to_change_and_nothing_to_read() -> None:
    with pytest.raises(LedgerError, match="are the same: nothing to update"):
        between(config(), config())
    with pytest.raises(LedgerError, match="cannot be read"):
        ConfigUpdate.between("c", b"\xff", b"")
    for data in (b"", b"\xff", common_pb2.Envelope(payload=b"\xff").SerializeToString()):
        with pytest.raises(LedgerError, match="no update"):
            ConfigUpdate.from_bytes(data)


def test_a_change_travels_and_gathers_signatures() -> None:
    after = config()
    after.channel_group.groups["Orderer"].values["BatchSize"].value = b"new"
    made = ConfigUpdate.between("c", config().SerializeToString(), after.SerializeToString())
    assert ConfigUpdate.from_bytes(made.update) == made
    assert ConfigUpdate.from_bytes(made.to_bytes()) == made
    a, b = user(), user("EnergyMSP", "boss")
    signed = made.sign(a.identity, a.signer()).sign(b.identity, b.signer())
    assert ConfigUpdate.from_bytes(signed.to_bytes()) == signed
    assert [member.mspid for member in signed.signers] == ["LogisticsMSP", "EnergyMSP"]
    again = signed.sign(a.identity, a.signer())
    assert [member.mspid for member in again.signers] == ["EnergyMSP", "LogisticsMSP"]
    sent = common_pb2.Envelope.FromString(again.envelope(a.identity, lambda payload: payload))
    assert sent.signature == sent.payload
    payload = common_pb2.Payload.FromString(sent.payload)
    header = common_pb2.ChannelHeader.FromString(payload.header.channel_header)
    assert (header.type, header.channel_id) == (common_pb2.CONFIG_UPDATE, "c")
    update = configtx_pb2.ConfigUpdateEnvelope.FromString(payload.data)
    assert update.config_update == made.update
    assert len(update.signatures) == 2


def test_what_is_signed_is_header_and_update() -> None:
    after = config()
    after.channel_group.mod_policy = "Writers"
    made = ConfigUpdate.between("c", config().SerializeToString(), after.SerializeToString())
    signature = made.sign(user().identity, lambda message: message).signatures[0]
    assert signature.signature == signature.header + made.update
