"""Steps that listen: chaincode events, and blocks of three kinds."""

from typing import Any

from behave import step, use_step_matcher

use_step_matcher("re")

DEFAULT = ""
BLOCKS = "(block|filtered block|block and private data)"


@step("I create a checkpointer")
def checkpointer(context: Any) -> None:
    gateway = context.world.gateway
    gateway.checkpointer = gateway.driver.client.MemoryCheckpointer()


@step(r"I listen for chaincode events from (\S+)")
def chaincode_events(context: Any, chaincode: str) -> None:
    context.world.gateway.listen("chaincode", DEFAULT, chaincode=chaincode)


@step(r'I listen for chaincode events from (\S+) on a listener named "(.*)"')
def named_chaincode_events(context: Any, chaincode: str, listener: str) -> None:
    context.world.gateway.listen("chaincode", listener, chaincode=chaincode)


@step(r"I use the checkpointer to listen for chaincode events from (\S+)")
def checkpointed_chaincode_events(context: Any, chaincode: str) -> None:
    context.world.gateway.listen("chaincode", DEFAULT, chaincode=chaincode, checkpointed=True)


@step(r"I replay chaincode events from (\S+) starting at last committed block")
def replayed_chaincode_events(context: Any, chaincode: str) -> None:
    start = context.world.transaction.block
    context.world.gateway.listen("chaincode", DEFAULT, chaincode=chaincode, start_block=start)


@step(f"I listen for {BLOCKS} events")
def block_events(context: Any, kind: str) -> None:
    context.world.gateway.listen(kind, DEFAULT)


@step(f'I listen for {BLOCKS} events on a listener named "(.*)"')
def named_block_events(context: Any, kind: str, listener: str) -> None:
    context.world.gateway.listen(kind, listener)


@step(f"I use the checkpointer to listen for {BLOCKS} events")
def checkpointed_block_events(context: Any, kind: str) -> None:
    context.world.gateway.listen(kind, DEFAULT, checkpointed=True)


@step(f"I replay {BLOCKS} events starting at last committed block")
def replayed_block_events(context: Any, kind: str) -> None:
    context.world.gateway.listen(kind, DEFAULT, start_block=context.world.transaction.block)


@step(f"I stop listening for (chaincode|{BLOCKS[1:-1]}) events")
def stopped(context: Any, kind: str) -> None:
    context.world.gateway.stop_listening(kind, DEFAULT)


@step(f'I stop listening for (chaincode|{BLOCKS[1:-1]}) events on "(.*)"')
def stopped_named(context: Any, kind: str, listener: str) -> None:
    context.world.gateway.stop_listening(kind, listener)


@step('I should receive a chaincode event named "([^"]*)" with payload "([^"]*)"')
def received_chaincode_event(context: Any, name: str, payload: str) -> None:
    _check_chaincode_event(context, name, payload, DEFAULT)


@step('I should receive a chaincode event named "([^"]*)" with payload "([^"]*)" on "([^"]*)"')
def received_named_chaincode_event(context: Any, name: str, payload: str, listener: str) -> None:
    _check_chaincode_event(context, name, payload, listener)


@step(f"I should receive a {BLOCKS} event")
def received_block_event(context: Any, kind: str) -> None:
    _check_block_event(context, kind, DEFAULT)


@step(f'I should receive a {BLOCKS} event on "(.*)"')
def received_named_block_event(context: Any, kind: str, listener: str) -> None:
    _check_block_event(context, kind, listener)


def _check_chaincode_event(context: Any, name: str, payload: str, listener: str) -> None:
    event = context.world.gateway.next_event("chaincode", listener)
    assert (event.name, event.payload) == (name, payload.encode()), event
    assert event.block_number == context.world.transaction.block, event


def _check_block_event(context: Any, kind: str, listener: str) -> None:
    """The next block is that of the last transaction: none was left out, none came twice.

    The suite itself asks only that there is one.
    """
    event = context.world.gateway.next_event(kind, listener)
    last = context.world.transaction.block
    assert event.number == last, f"block {event.number} in place of {last}"
