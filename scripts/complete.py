"""Check that the public packages tell their users every type: ``pyright --verifytypes``, 100 %.

What is unknown or ambiguous is printed, and the exit status is 1.
"""

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PUBLIC = ("weftwork", "weftwork_model", "weftwork_chaincode")
MISSING = "inferred differently"
FOLDERS = ("client", "chaincode", "network", "protos")


def main() -> int:
    """The process's exit status."""
    failed = 0
    for package in PUBLIC:
        report = verified(package)
        complete = report["typeCompleteness"]
        exported = [symbol for symbol in complete["symbols"] if symbol["isExported"]]
        unknown = [each for each in exported if not each["isTypeKnown"] or each["isTypeAmbiguous"]]
        # What only uses an unannotated name is put right with it.
        for symbol in [each for each in unknown if MISSING in said(each)] or unknown:
            failed = 1
            print(f"{symbol['name']}: {said(symbol)}")
        if not complete["completenessScore"]:
            failed = 1
            print(f"{package}: pyright found no package")
    return failed


def verified(package: str) -> dict:
    """Pyright's report of one package, as someone sees it who has it installed."""
    # Verifying looks at the interpreter's path alone, and not at what .pth files add to it.
    path = [*(str(ROOT / folder) for folder in FOLDERS), sysconfig.get_path("purelib")]
    words = ["--pythonpath", sys.executable, "--verifytypes", package, "--ignoreexternal"]
    done = subprocess.run(
        [sys.executable, "-m", "pyright", *words, "--outputjson"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path)},
        capture_output=True,
        text=True,
        check=False,
    )
    return json.loads(done.stdout)


def said(symbol: dict) -> str:
    """Pyright's words on one symbol, in one line."""
    words = [each["message"] for each in symbol.get("diagnostics", ())]
    return " ".join(" ".join(words).split()) or "its type is not known"


if __name__ == "__main__":
    raise SystemExit(main())
