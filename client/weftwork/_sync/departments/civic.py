"""The typed client of casework: the title-transfer case, for every department's part in it."""

# Generated from weftwork/aio/departments/civic.py by scripts/unasync.py: change that one.

from weftwork._sync.departments.typed.civic import CivicFunctions


class Civic(CivicFunctions):
    """Cases that cross departments; each step is its own department's to do.

        cases = Civic(gateway.network("crosswork"))
        cases.open_case("case-1", unit="flat-1")

    What a function refuses comes as an EndorseError (EvaluateError of the reading ones) whose text
    names the department that refused and why; a race lost at the commit as a CommitError.
    """
