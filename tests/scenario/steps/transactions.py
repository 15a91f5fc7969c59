"""Steps of a transaction: prepared, signed elsewhere, invoked, and what came of it."""

import json
from typing import Any

from behave import step, use_step_matcher

use_step_matcher("re")


@step(r"I prepare to (evaluate|submit) an? (\S+) transaction")
def prepared(context: Any, action: str, function: str) -> None:
    context.world.prepare(action, function)


@step(r"I set the transaction arguments? to (.+)")
def arguments(context: Any, listed: str) -> None:
    context.world.transaction.arguments = json.loads(listed)


@step("I set transient data on the transaction to")
def transient(context: Any) -> None:
    context.world.transaction.transient = {
        name: value.encode() for name, value in _rows(context.table)
    }


@step(r"I set the endorsing organizations? to (.+)")
def organizations(context: Any, listed: str) -> None:
    context.world.transaction.organizations = json.loads(listed)


@step(r"I do off-line signing as user (\S+) in MSP (\S+)")
def signed_elsewhere(context: Any, user: str, mspid: str) -> None:
    context.world.transaction.signer = context.world.user(user, mspid)


@step("I invoke the transaction")
def invoked(context: Any) -> None:
    context.world.invoke()
    if context.world.transaction.error is not None:
        raise AssertionError("the transaction failed") from context.world.transaction.error


@step("the transaction invocation should fail")
def failed(context: Any) -> None:
    context.world.invoke()
    transaction = context.world.transaction
    assert transaction.error is not None, f"it did not fail, but gave {transaction.result!r}"


@step('the response should be "(.*)"')
def response(context: Any, expected: str) -> None:
    assert context.world.transaction.result == expected.encode(), context.world.transaction.result


@step("the response should be JSON matching")
def json_response(context: Any) -> None:
    result = context.world.transaction.result
    assert json.loads(result) == json.loads(context.text), result


@step(r"the error status should be (\w+)")
def status(context: Any, expected: str) -> None:
    assert context.world.error.status == expected, context.world.error


@step('the error message should contain "(.*)"')
def message(context: Any, expected: str) -> None:
    assert expected in context.world.error.message, context.world.error


@step("the error details should be")
def details(context: Any) -> None:
    """Each endorser of the table has refused in these words, once, and nobody else has."""
    error = context.world.error
    expected = {context.stage.address(row[0]): row[1:] for row in _rows(context.table)}
    refused = [refusal.address for refusal in error.refusals]
    assert sorted(refused) == sorted(expected), f"of {sorted(expected)}: {error}"
    for refusal in error.refusals:
        mspid, words = expected[refusal.address]
        assert refusal.mspid == mspid, f"{mspid}: {refusal}"
        assert words in refusal.message, f"{words}: {refusal}"
        # What a reader of the error alone can see.
        assert str(refusal) in str(error), f"{refusal} is not in: {error}"


def _rows(table: Any) -> list[list[str]]:
    """All rows of a table: the suite's tables have no headings, so behave takes a row for them."""
    return [list(table.headings), *(list(row) for row in table)]
