"""A disk that fills under a network: a line, nothing acknowledged is lost, room makes it go on.

The state folder is a file system of its own, of a size that the test sets, in a mount namespace
that ends with the test.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from weftwork_network import Network

SCENARIO = """
import json, subprocess, sys
from pathlib import Path

import weftwork
from weftwork.departments import Energy
from weftwork_network import Network
from weftwork_network.errors import NetworkError

network = Network.open(sys.argv[1])
folder = network.state.folder
folder.mkdir()
told = {}

def resized(size, how="remount,"):
    words = ["mount", "-t", "tmpfs", "-o", f"{how}size={size}", "none", folder]
    subprocess.run(words, check=True)

def energy(work):
    with weftwork.connect(network.profile("Energy"), user="meter-operator") as gateway:
        return work(Energy(gateway.network(network.channel)))

def command(name):
    words = [sys.executable, "-m", "weftwork", "network", name]
    return subprocess.run(words, cwd=sys.argv[1], capture_output=True, text=True)

resized("5m", "")
try:
    network.up()
except NetworkError as error:
    told["early"] = str(error)
resized("700m")
told["height"] = network.up().height
told["kept"] = energy(lambda client: client.register_meter("before")).id

hog = folder / "hog"
with hog.open("wb") as file:
    try:
        while True:
            file.write(bytes(2**20))
    except OSError:
        pass
subprocess.run(["dd", "if=/dev/zero", f"of={hog}2", "bs=512"], stderr=subprocess.DEVNULL)

def fails(client):
    try:
        for number in range(50):
            proposal = client.contract.proposal("register_meter", f"during-{number}")
            proposal.endorse(timeout=10).submit(timeout=10).status(timeout=5)
    except weftwork.GatewayError as error:
        return type(error).__name__
    return ""

told["during"] = energy(fails)
for name in ("status", "up", "down", "up"):
    done = command(name)
    told.setdefault("full", []).append([name, done.returncode, done.stdout, done.stderr])
hog.unlink()
Path(f"{hog}2").unlink()
network.up()
told["read"] = energy(lambda client: client.read_meter("before")).id
told["after"] = energy(lambda client: client.register_meter("after")).id
network.clean()
told["left"] = [path.name for path in folder.iterdir()]
print(json.dumps(told))
"""


@pytest.mark.only_on("process", reason="containers' ledgers are in the engine's volumes")
def test_a_disk_that_is_full_from_the_start_and_while_running(
    own_network: Callable[..., Network],
) -> None:
    if subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode:
        pytest.skip("no file system of its own can be mounted here: that takes root")
    network = own_network()
    words = ["unshare", "-m", sys.executable, "-c", SCENARIO, str(network.project.folder)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=200)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)

    assert "MB needed (3 orderers take 128 MB each at once); make room" in told["early"]
    assert "\n" not in told["early"]
    assert told["during"], "the disk was full and nothing failed: the test proves nothing"
    for name, status, out, err in told["full"]:
        assert "Traceback" not in err, (name, err)
        if name == "down":
            assert (status, err) == (0, "")
            assert out.startswith("stopped ")
        if name == "up":
            assert status == 1
            assert err.count("\n") == 1, err
            assert "disk" in err
            assert "make room on the disk of" in err
    assert (told["kept"], told["read"], told["after"]) == ("before", "before", "after")
    assert told["left"] == []
    assert not Path(network.state.folder, "lock").exists()
