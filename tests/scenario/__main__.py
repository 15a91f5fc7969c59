"""Runs fabric-gateway's scenario suite, its features unmodified, with each client of ours.

python -m tests.scenario --gateway ../fabric-gateway [--client sync|async] [--only errors ...]
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.scenario import hsm
from tests.scenario.network import LIBRARY, definition
from tests.scenario.report import Counts, counted, passed, table, tally
from weftwork_network import Network
from weftwork_network.testing import FabricNetwork

HERE = Path(__file__).parent
FEATURES = "scenario/features"
CLIENTS = ("sync", "async")
HSM_TAG = "hsm"
# As the suite's own network cuts blocks (scenario/fixtures/crypto-material/configtx.yaml).
_BATCH_TIMEOUT = "500ms"
_MAX_MESSAGE_COUNT = 10


def main() -> int:
    """Runs what is asked for and prints a table; 1 where a scenario has failed."""
    asked = _asked()
    missing = hsm.missing()
    found: dict[str, Counts] = {}
    seconds: dict[str, float] = {}
    for client in asked.client or CLIENTS:
        begun = time.monotonic()
        found[client] = _run(asked.gateway, client, asked.only, hsm_tags=not missing)
        seconds[client] = time.monotonic() - begun
    print(table(found))
    if missing:
        print(f"the scenarios tagged @{HSM_TAG} are skipped: {missing}")
    for client, counts in found.items():
        print(f"{client}: {tally(counts)} in {seconds[client]:.0f} s")
    return 0 if all(map(passed, found.values())) else 1


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.scenario", description=__doc__)
    parser.add_argument("--gateway", type=Path, required=True, help="a checkout of fabric-gateway")
    parser.add_argument("--client", action="append", choices=CLIENTS, help="both by itself")
    parser.add_argument("--only", nargs="+", default=[], help="features, by name without .feature")
    asked = parser.parse_args()
    asked.gateway = asked.gateway.resolve()
    features = sorted((asked.gateway / FEATURES).glob("*.feature"))
    if not features:
        parser.error(
            f"{asked.gateway / FEATURES} has no feature: give a checkout of fabric-gateway"
        )
    strangers = set(asked.only) - {path.stem for path in features}
    if strangers:
        parser.error(f"no feature {', '.join(sorted(strangers))} in {asked.gateway / FEATURES}")
    return asked


def _run(gateway: Path, client: str, only: list[str], *, hsm_tags: bool) -> Counts:
    """One client's run, on a network of its own."""
    with tempfile.TemporaryDirectory(prefix="weftwork-scenario-") as name:
        folder = Path(name)
        project = folder / "project"
        Network.create(
            project,
            definition=definition(),
            batch_timeout=_BATCH_TIMEOUT,
            max_message_count=_MAX_MESSAGE_COUNT,
            backend="process",
        )
        shutil.copy(HERE / "chaincode" / f"{LIBRARY}.py", project)
        stage_features(gateway, folder / "features", only)
        with FabricNetwork(project=project, backend="process") as network:
            return _behave(network.folder, gateway, client, folder, hsm_tags=hsm_tags)


def stage_features(gateway: Path, folder: Path, only: list[str]) -> None:
    """A folder as behave wants it: the suite's features as they are, and our steps beside them."""
    folder.mkdir()
    for feature in sorted((gateway / FEATURES).glob("*.feature")):
        if not only or feature.stem in only:
            (folder / feature.name).symlink_to(feature)
    for ours in ("environment.py", "steps"):
        (folder / ours).symlink_to(HERE / ours)


def _behave(network: Path, gateway: Path, client: str, folder: Path, *, hsm_tags: bool) -> Counts:
    report, failures = folder / "report.json", folder / "failures.txt"
    root = HERE.parents[1]
    known = os.environ.get("PYTHONPATH")
    path = os.pathsep.join([str(root), *filter(None, [known])])
    told = {"network": network, "gateway": gateway, "client": client, "failures": failures}
    # What failed is told in full by our own environment.py; behave's report leaves errors out.
    words = [sys.executable, "-m", "behave", ".", "--no-source", "--no-summary"]
    words += [word for name, value in told.items() for word in ("-D", f"{name}={value}")]
    words += ["--format", "json", "--outfile", str(report), "--format", "progress"]
    words += ["--outfile", "-"] + ([] if hsm_tags else ["--tags", f"not @{HSM_TAG}"])
    print(f"--- {client}", flush=True)
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run(words, cwd=folder / "features", env=environment, check=False)
    if failures.exists():
        print(failures.read_text(encoding="utf-8"))
    try:
        return counted(json.loads(report.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        sys.exit(f"behave ended with {done.returncode} and without a report: {error}")


if __name__ == "__main__":
    sys.exit(main())
