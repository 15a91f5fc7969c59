"""Steps that set up: network, chaincode, gateways, and peers that stop and start."""

from typing import Any

from behave import step, use_step_matcher

from tests.scenario import hsm

use_step_matcher("re")


@step("I have deployed a Fabric network")
def deployed_network(context: Any) -> None:
    # What an earlier scenario has stopped or crashed runs again.
    context.stage.start_all()


@step("I have created and joined all channels")
def joined_channels(context: Any) -> None:
    context.stage.check_channels()


@step(
    r"I deploy (\w+) chaincode named (\w+) at version ([^ ]+) for all organizations"
    r" on channel (\w+) with endorsement policy (.+)"
)
def deployed_chaincode(
    context: Any, kind: str, name: str, version: str, channel: str, policy: str
) -> None:
    # The kind, golang or node, is that of the fixtures: all of ours are in Python.
    context.stage.deploy(name, version, channel, policy)


@step(r"I stop the peer named (\S+)")
def stopped_peer(context: Any, peer: str) -> None:
    context.stage.stop(peer)


@step(r"I start the peer named (\S+)")
def started_peer(context: Any, peer: str) -> None:
    context.stage.start(peer)


@step(r"I create a gateway named (\S+) for user (\S+) in MSP (\S+)")
def gateway(context: Any, name: str, user: str, mspid: str) -> None:
    found = context.world.user(user, mspid)
    context.world.add_gateway(name, found.identity, found.signer())


@step(r"I create a gateway named (\S+) without signer for user (\S+) in MSP (\S+)")
def gateway_without_signer(context: Any, name: str, user: str, mspid: str) -> None:
    context.world.add_gateway(name, context.world.user(user, mspid).identity, None)


@step(r"I register and enroll an HSM user (\S+) in MSP (\S+)")
def hsm_user(context: Any, user: str, mspid: str) -> None:
    hsm.enrol(context.stage.network, user, mspid)


@step(r"I create a gateway named (\S+) for HSM user (\S+) in MSP (\S+)")
def gateway_with_hsm(context: Any, name: str, user: str, mspid: str) -> None:
    identity, signer = hsm.opened(context.stage.network, user, mspid)
    context.world.add_gateway(name, identity, signer)


@step(r"I connect the gateway to (\S+)")
def connected(context: Any, peer: str) -> None:
    context.world.gateway.connect(context.world.endpoint(peer))


@step(r"I use the gateway named (\S+)")
def used_gateway(context: Any, name: str) -> None:
    context.world.use_gateway(name)


@step(r"I use the (\S+) network")
def used_network(context: Any, channel: str) -> None:
    context.world.gateway.use_network(channel)


@step(r"I use the (\S+) contract")
def used_contract(context: Any, chaincode: str) -> None:
    gateway = context.world.gateway
    gateway.contract = gateway.network.contract(chaincode)
