"""Generate the departments' typed functions: client/weftwork/aio/departments/typed/.

    python scripts/departments.py            write what changed
    python scripts/departments.py --check    write nothing; exit 1 naming the files that are stale

``weftwork generate`` does it, from what each contract says of itself. The conveniences on top are
written by hand beside that folder; the sync twins of both come from scripts/unasync.py.
"""

import argparse
from dataclasses import dataclass, field
from enum import Enum
from importlib import import_module
from pathlib import Path

import msgspec

from weftwork.generate import Settings, generate
from weftwork_chaincode import Contract
from weftwork_chaincode.metadata import document
from weftwork_contracts.casework.contract import Casework
from weftwork_contracts.electricity.contract import Electricity
from weftwork_contracts.logistics.contract import Logistics
from weftwork_contracts.property.contract import Property

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "client" / "weftwork" / "aio" / "departments" / "typed"


@dataclass(frozen=True)
class Department:
    """One client: its contract, where its models are, and which methods make way.

    Attributes:
        contract: what is asked for its metadata.
        models: the modules that have its models; of two of one name the last.
        renamed: the functions that a convenience of the same name stands before.
    """

    contract: type[Contract]
    models: tuple[str, ...]
    renamed: dict[str, str] = field(default_factory=dict)


DEPARTMENTS = {
    "logistics": Department(
        Logistics,
        ("weftwork_contracts.logistics.model",),
        {"create": "create_draft", "offer": "offer_terms", "accept": "accept_whole"},
    ),
    "energy": Department(
        Electricity,
        ("weftwork_contracts.electricity.model",),
        {
            "propose_tariff": "propose_edition",
            "approve_tariff": "approve_edition",
            "anchor_readings": "anchor_year",
            "bill": "bill_month",
            "pay": "pay_bill",
            "credit": "credit_bill",
            "read_tariff": "read_edition",
        },
    ),
    "property": Department(
        Property,
        ("weftwork_contracts.property.model",),
        {"register_unit": "register_owned"},
    ),
    "civic": Department(
        Casework, ("weftwork_contracts.property.model", "weftwork_contracts.casework.model")
    ),
}


def main() -> int:
    """Write or check; the process's exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 if stale")
    check = parser.parse_args().check
    stale = 0
    for name, text in written().items():
        file = FOLDER / f"{name}.py"
        if file.exists() and file.read_text(encoding="utf-8") == text:
            continue
        stale = 1
        if check:
            print(f"stale: {file.relative_to(ROOT)}: run python scripts/departments.py")
        else:
            file.write_text(text, encoding="utf-8")
    return stale if check else 0


def written() -> dict[str, str]:
    """Each client's text by the name of its module."""
    made: dict[str, str] = {}
    for name, department in DEPARTMENTS.items():
        contract = department.contract()
        settings = Settings(
            chaincode=contract.name,
            style="async",
            class_name=f"{name.capitalize()}Functions",
            models={module: models_of(module) for module in department.models},
            renamed=department.renamed,
            command="scripts/departments.py",
        )
        made[name] = generate(document([contract]), settings)
    return made


def models_of(module: str) -> list[str]:
    """The models and enums that a module defines itself."""
    found = vars(import_module(module)).items()
    return [
        name
        for name, value in found
        if isinstance(value, type)
        and issubclass(value, (msgspec.Struct, Enum))
        and value.__module__ == module
    ]


if __name__ == "__main__":
    raise SystemExit(main())
