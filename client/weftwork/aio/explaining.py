"""What a failed endorsement leaves open: who runs which code, who has not approved it."""

from weftwork import lifecycle
from weftwork.aio.calls import Calls
from weftwork.aio.transaction import Proposal
from weftwork.arguments import decode_result, encode_arguments
from weftwork.errors import EndorseError, EvaluateError, ResultError
from weftwork.proposals import build_proposal

VERSION_FUNCTION = "org.weftwork:GetVersion"
"""What the chaincode runtime answers itself: which code it serves."""

_TIMEOUT = 5.0


async def explain(calls: Calls, channel: str, chaincode: str, error: EndorseError) -> None:
    """Adds what departments run, where they differ, or who has not approved what they call."""
    if error.endorsers_unknown:
        await _name_missing(calls, channel, chaincode, error)
    else:
        await _name_versions(calls, channel, chaincode, error)


async def served_version(
    calls: Calls, channel: str, chaincode: str, mspid: str, timeout: float | None
) -> str:
    """The version of the code that a department's peers run. Raises EvaluateError, ResultError."""
    arguments = encode_arguments(VERSION_FUNCTION, ())
    content = build_proposal(calls.identity.creator, channel, chaincode, arguments)
    answer = await Proposal(calls, content, VERSION_FUNCTION, [mspid]).evaluate(timeout=timeout)
    found = decode_result(answer, dict[str, str], function=VERSION_FUNCTION)
    return found.get("version", "")


async def _name_missing(calls: Calls, channel: str, chaincode: str, error: EndorseError) -> None:
    function = "QueryChaincodeDefinition"
    arguments = encode_arguments(function, (lifecycle.committed_args(chaincode),))
    content = build_proposal(calls.identity.creator, channel, "_lifecycle", arguments)
    try:
        answer = await Proposal(calls, content, function, ()).evaluate(timeout=_TIMEOUT)
    except EvaluateError:
        return  # there is none, or nobody may ask: the gateway's words stand alone
    found = lifecycle.committed_definition(chaincode, answer)
    missing = [mspid for mspid, approved in found.approvals.items() if not approved]
    if missing:
        error.name_missing(chaincode, found.version, missing)


async def _name_versions(calls: Calls, channel: str, chaincode: str, error: EndorseError) -> None:
    differing = [refusal.mspid for refusal in error.refusals if refusal.differs]
    versions: dict[str, str] = {}
    for mspid in [calls.identity.mspid, *differing] if differing else []:
        try:
            versions[mspid] = await served_version(calls, channel, chaincode, mspid, _TIMEOUT)
        except (EvaluateError, ResultError):
            continue  # that one's code does not say: the refusals are told all the same
    error.name_versions(versions)
