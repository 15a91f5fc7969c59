"""The chaincode server's HTTP/2 against h2spec's 146 cases, strict ones included.

h2spec is a Go program (github.com/summerwind/h2spec v2.2.1), built once into the cache from the
module beside this file.
"""

import asyncio
import os
import shutil
import subprocess
import tempfile
from asyncio import selector_events
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.unit.chaincode.certificates import Authority
from weftwork_chaincode.h2_transport import CONNECT, H2Listener
from weftwork_chaincode.tls import TlsFiles
from weftwork_network.errors import ProgramError
from weftwork_network.golang import find_go
from weftwork_network.progress import Silent
from weftwork_network.releases import cache_folder, machine

pytestmark = pytest.mark.timeout(300)

MODULE = Path(__file__).parent / "h2spec"
CASES = 146

# Cases that a gRPC server may fail, and why.
OVER = (
    "h2spec's requests are no gRPC: they are answered and ended at their headers, so that what "
    "follows on their streams is nobody's business (RFC 9113, 5.1 and 8.1). For a request that is "
    "served test_h2_abuse.py has the same case."
)
EXCEPTIONS = {
    'Sends a HEADERS frame with the "content-length" header field which does not equal the '
    "DATA frame payload length": OVER,
    'Sends a HEADERS frame with the "content-length" header field which does not equal the '
    "sum of the multiple DATA frames payload length": OVER,
    # These pass where all frames of the case come in one piece, before the answer.
    "Sends a HEADERS frame that contains a pseudo-header field as trailers": OVER,
    "Sends a second HEADERS frame without the END_STREAM flag": OVER,
    "Sends multiple WINDOW_UPDATE frames increasing the flow control window to above 2^31-1 on a "
    "stream": OVER,
}


class Deaf:
    """An engine that has nothing to say."""

    def message_received(self, message):
        pass

    def connection_lost(self, reason):
        pass


def h2spec():
    """The program, built if it is not there."""
    place = cache_folder() / f"h2spec-2.2.1-{machine()}"
    if place.exists():
        return place
    try:
        go = find_go((1, 26), Silent())
    except ProgramError as error:
        pytest.skip(f"h2spec cannot be built: {error}")
    with tempfile.TemporaryDirectory() as folder:
        for name in ("go.mod", "go.sum"):
            shutil.copy(MODULE / name, folder)
        made = Path(folder) / "h2spec"
        words = [go, "build", "-trimpath", "-o", made, "github.com/summerwind/h2spec/cmd/h2spec"]
        environment = os.environ | {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOWORK": "off"}
        built = subprocess.run(
            words, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert built.returncode == 0, built.stderr
        place.parent.mkdir(parents=True, exist_ok=True)
        partial = place.with_name(f".{place.name}.{os.getpid()}")
        shutil.copy(made, partial)
        partial.replace(place)
    return place


async def cases(program, address, report, tls=()):
    """Every case's name and how it failed: None for not at all, "skipped" for not tried."""
    host, _, port = address.rpartition(":")
    words = ["-h", host, "-p", port, "-P", CONNECT, "-o", "3", "--strict", "-j", str(report), *tls]
    process = await asyncio.create_subprocess_exec(
        program, *words, stdout=asyncio.subprocess.DEVNULL
    )
    await asyncio.wait_for(process.wait(), 200)
    found = []
    # h2spec quotes what it sent as it is, zero bytes too, which no XML may have.
    text = report.read_text().replace("\0", "\\0")
    for case in ElementTree.fromstring(text).iter("testcase"):
        failure = case.find("failure")
        if failure is None:
            failure = case.find("error")
        outcome = "skipped" if case.find("skipped") is not None else None
        if failure is not None:
            outcome = failure.text or "failed"
        found.append((case.get("classname"), outcome))
    return found


@pytest.mark.parametrize("secure", [False, True])
async def test_every_case_passes_or_is_an_exception_by_name(tmp_path, secure):
    assert await unexpected(tmp_path / "report.xml", secure) == {}


async def test_it_is_the_same_where_every_read_brings_one_byte(tmp_path, monkeypatch):
    """As on a busy machine, where the frames of a case may come in any pieces."""
    monkeypatch.setattr(selector_events._SelectorTransport, "max_size", 1)
    assert await unexpected(tmp_path / "report.xml", secure=False) == {}


async def unexpected(report, secure):
    """The cases that fail and are no exceptions."""
    program = await asyncio.to_thread(h2spec)
    tls = TlsFiles(*Authority().issue("server"), None).context() if secure else None
    listener = H2Listener(lambda _: Deaf(), "127.0.0.1", 0, tls)
    await listener.start()
    words = ["--tls", "--insecure"] if secure else []
    try:
        found = await cases(program, listener.address, report, words)
    finally:
        await listener.close()
    assert len(found) == CASES
    failed = {name: outcome for name, outcome in found if outcome is not None}
    return {name: failed[name] for name in failed.keys() - EXCEPTIONS.keys()}
