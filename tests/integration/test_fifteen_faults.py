"""What fabric-chaincode-python 2.5.4 gets wrong, each asked of this runtime on real peers.

Numbered as measured there. Plaintext that nobody asked for (11) and SIGTERM (15) are the server
process's own; their nearest real level is a process of its own, below and in
tests/unit/chaincode/test_server.py::test_sigterm_lets_transactions_end_and_refuses_new_ones.
"""

import base64
import json
import os
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import weftwork
from tests.integration.stages import Stage

pytestmark = pytest.mark.only_on("process", reason="the shim is the same beneath containers")

ALONE = "AND('LogisticsMSP.peer')"
SECRET = b"do-not-log-this-value"


@pytest.fixture(scope="module")
def faults(stage: Stage) -> weftwork.Contract:
    return stage.contract("faults")


def test_01_many_transactions_at_once_are_all_answered(faults: weftwork.Contract) -> None:
    began = time.monotonic()
    with ThreadPoolExecutor(64) as pool:
        names = [f"c{number}" for number in range(128)]
        for each in [pool.submit(faults.submit, "write", name, "v") for name in names]:
            each.result()
        reading = [pool.submit(faults.evaluate, "read", name) for name in names]
        assert [each.result() for each in reading] == [b'"v"'] * 128
    assert time.monotonic() - began < 20, "some transaction was lost until the peer's 30 s"


def test_02_an_event_reaches_the_block(stage: Stage) -> None:
    stage.contract("keys").submit("announce", "at last")
    event = stage.newest().event
    assert event is not None
    assert event.payload == b"at last"


def test_03_a_peers_error_is_never_a_value(faults: weftwork.Contract) -> None:
    with pytest.raises(weftwork.EndorseError, match=r"collection \[nowhere\] not defined"):
        faults.submit("keep_an_answer", "kept")
    assert faults.evaluate("read", "kept") == b""


@pytest.mark.parametrize("how", ["raise", "exit"])
def test_04_and_05_whatever_a_contract_raises_is_answered_and_ends_nothing(
    faults: weftwork.Contract, how: str
) -> None:
    began = time.monotonic()
    with ThreadPoolExecutor(2) as pool:
        beside = pool.submit(faults.evaluate, "wait", 800)
        with pytest.raises(weftwork.EndorseError, match="500, InternalError: "):
            faults.submit("fail", how)
        assert time.monotonic() - began < 5
        assert beside.result() == b"waited"
    faults.submit("write", "after", how)


def test_06_private_data_key_policy_transient_purge_binding(faults: weftwork.Contract) -> None:
    told = json.loads(faults.submit("seal", "s", transient={"value": SECRET}))
    assert [len(word) for word in told] == [64]  # the binding; a stock peer adds no decoration
    assert json.loads(faults.evaluate("sealed", "s")) == [SECRET.decode(), ALONE]
    faults.submit("purge", "s")
    assert json.loads(faults.evaluate("sealed", "s")) == [None, None]


def test_07_the_clients_id_and_attributes(faults: weftwork.Contract) -> None:
    told = json.loads(faults.evaluate("who"))
    subject, issuer = base64.b64decode(told.pop("id")).decode().split("::")[1:]
    assert subject.startswith("CN=")
    assert issuer.startswith("CN=")
    assert told["role"] == "clerk"


def test_08_bookmarks_go_on_and_composite_keys_stay_out(stage: Stage) -> None:
    keys = stage.contract("keys")
    keys.submit("fill")
    *first, bookmark = json.loads(keys.evaluate("page", "json0", "json5", 3, ""))
    *rest, _ = json.loads(keys.evaluate("page", "json0", "json5", 3, bookmark))
    assert (len(first), len(rest)) == (3, 2)
    everything = json.loads(keys.evaluate("between", "", ""))
    assert "value1" in everything
    assert "annblack" not in everything


def test_09_another_chaincode_answers(stage: Stage) -> None:
    stage.contract("others").submit("put", "nine", "9")
    assert stage.contract("keys").evaluate("ask_other", ["get", "nine"]) == b"9"


def test_10_no_log_has_a_value(stage: Stage, faults: weftwork.Contract) -> None:
    faults.submit("write", "logged", SECRET.decode())
    faults.submit("seal", "logged", transient={"value": SECRET})
    logs = list(Path(stage.network.folder).rglob("logs/*.log"))
    assert len([path for path in logs if path.name.endswith("-chaincode.log")]) == 2
    for path in logs:
        assert SECRET not in path.read_bytes(), path


def test_11_plaintext_is_neither_served_nor_taken_for_granted(stage: Stage, tmp_path: Path) -> None:
    found = [path for path in Path(stage.network.folder).rglob("*") if path.is_socket()]
    assert found
    for path in found:
        with socket.socket(socket.AF_UNIX) as peer:
            peer.settimeout(5)
            peer.connect(os.path.relpath(path))
            peer.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0")
            try:
                answer = peer.recv(9)
            except ConnectionResetError:
                answer = b""
            # an alert of TLS, or the end; never a SETTINGS frame
            assert not answer or answer[0] == 21
    scenarios = {"contract": "tests.conformance.scenarios:Keys", "package_id": "keys:1"}
    config = tmp_path / "server.json"
    config.write_text(
        json.dumps({"chaincodes": [{"name": "keys", "address": "127.0.0.1:0", **scenarios}]})
    )
    done = subprocess.run(
        [sys.executable, "-m", "weftwork_chaincode", str(config)],
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert done.returncode != 0
    assert len(done.stderr.splitlines()) == 1
    assert "insecure" in done.stderr


def test_12_messages_of_more_than_4_mb(faults: weftwork.Contract) -> None:
    faults.submit("write_large", "large", 5_000_000)
    assert faults.evaluate("size", "large") == b"5000000"
    assert faults.submit("write", "argument", "y" * 4_500_000) == b""
    assert faults.evaluate("size", "argument") == b"4500000"


def test_13_a_function_that_blocks_keeps_no_other_waiting(faults: weftwork.Contract) -> None:
    with ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(faults.evaluate, "wait", 3000) for _ in range(3)]
        time.sleep(0.3)
        began = time.monotonic()
        faults.evaluate("read", "k")
        assert time.monotonic() - began < 1.5
        assert [each.result() for each in waiting] == [b"waited"] * 3


def test_14_optional_numbers_nested_dataclasses_bytes_and_metadata(
    faults: weftwork.Contract,
) -> None:
    outer = {"one": {"text": "a", "number": 1}, "several": [{"text": "b", "number": None}]}
    for number in (7, None):
        told = json.loads(faults.evaluate("typed", outer, b"c", number))
        several = [{"text": "b", "number": None}, {"text": "c", "number": number}]
        assert told == {**outer, "several": several}
    told = json.loads(faults.evaluate("org.hyperledger.fabric:GetMetadata"))
    assert {"Outer", "Inner"} == set(told["components"]["schemas"])
