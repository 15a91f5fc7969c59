"""The determinism lint: what in contract code differs between departments' peers.

    report = lint([Path("parcels")])
    for finding in report.findings:
        print(finding)

It starts from the contracts' functions and follows what they use within the same package, so rules
and records are looked at as far as a contract reaches them. It runs nothing of what it reads.
"""

from weftwork_chaincode.lint.findings import Finding, LintError, Report
from weftwork_chaincode.lint.rules import RULES, Rule
from weftwork_chaincode.lint.running import lint

__all__ = ["RULES", "Finding", "LintError", "Report", "Rule", "lint"]
