"""The probe on a ledger, with short calls: programs in, what each operation gave out."""

import json
from typing import Any

from tests.differential.probe import Probe
from weftwork_chaincode.testing import Deployed, Ledger, Proposal, Result, identity

A, B, C = "AMSP", "BMSP", "CMSP"
EACH = [A, B, C]
ALICE, BOB, CAROL = (identity(mspid) for mspid in EACH)


class Probed:
    """One deployed probe."""

    def __init__(self, deployed: Deployed) -> None:
        self.deployed = deployed

    def plan(self, *program: list[Any], **options: Any) -> Proposal:
        return self.deployed.propose("run", json.dumps(program), **options)

    def do(self, *program: list[Any], **options: Any) -> Result:
        return self.plan(*program, **options).submit()

    def gave(self, *program: list[Any], **options: Any) -> list[Any]:
        """What each operation of a submitted program gave; an error as its text."""
        return outcomes(self.do(*program, **options).payload)

    def ask(self, *program: list[Any], **options: Any) -> list[Any]:
        return outcomes(self.deployed.evaluate("ask", json.dumps(program), **options))

    def simulated(self, *program: list[Any], **options: Any) -> list[Any]:
        """What each operation gave a program that is endorsed and goes nowhere."""
        return outcomes(self.plan(*program, **options).endorse().result)


def outcomes(payload: bytes) -> list[Any]:
    return [one.get("ok", one.get("error")) for one in json.loads(payload)]


def deploy(ledger: Ledger, name: str = "probe", **options: Any) -> Probed:
    options.setdefault("policy", "OR('AMSP.peer','BMSP.peer','CMSP.peer')")
    return Probed(ledger.deploy(Probe, name, **options))
