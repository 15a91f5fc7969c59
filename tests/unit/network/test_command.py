"""The command: failures in words and exit 1, never a traceback; down needs no definition."""

import json
import signal

import pytest

from weftwork.cli.app import run


@pytest.fixture
def command(capfd):
    def words(*arguments: str) -> tuple[int, str, str]:
        status = run(["network", *arguments])
        captured = capfd.readouterr()
        return status, captured.out, captured.err

    return words


def test_init_in_an_empty_folder_once(tmp_path, command) -> None:
    place = str(tmp_path / "new")
    status, out, _ = command("init", "-C", place, "--base-port", "24000")
    assert status == 0
    assert out.startswith("wrote ")
    status, _, err = command("init", "-C", place)
    assert status == 1
    assert err.startswith("weftwork: ")
    assert err.count("\n") == 1


def test_a_wrong_file_is_told_line_by_line(folder, change, command) -> None:
    change("ordering: raft", "ordering: kafka")
    change("mspid: EnergyMSP", "mspid: LogisticsMSP")
    status, out, err = command("up", "-C", str(folder))
    assert (status, out) == (1, "")
    assert "network.yaml:7: ordering: 'kafka' is not known; write bft, raft" in err
    assert "Traceback" not in err
    status, out, err = command("up", "-C", str(folder), "--json")
    assert status == 1
    assert "kafka" in json.loads(out)["error"]


def test_status_of_a_network_that_never_ran(folder, command) -> None:
    status, out, _ = command("status", "-C", str(folder), "--json")
    assert status == 0
    found = json.loads(out)
    assert {row["state"] for row in found["nodes"]} == {"stopped"}
    assert found["height"] == 0
    status, out, _ = command("status", "-C", str(folder))
    assert status == 0
    assert "energy-orderer0" in out
    assert "24151-24153" in out


def test_down_and_clean_with_a_broken_definition(folder, state, command) -> None:
    state.logs.mkdir(parents=True)
    (folder / "network.yaml").write_text(": [")
    assert command("down", "-C", str(folder))[:2] == (0, "nothing was running\n")
    status, out, _ = command("clean", "-C", str(folder))
    assert status == 0
    assert out.startswith("deleted ")
    assert not state.folder.exists()


def test_a_folder_that_is_no_project(tmp_path, command) -> None:
    for word in ("up", "down", "status", "logs", "clean", "restart"):
        status, _, err = command(word, "-C", str(tmp_path))
        assert status == 1
        assert "no network.yaml here; run `weftwork network init`" in err


def test_logs_of_a_department_and_of_nobody(folder, state, command) -> None:
    state.logs.mkdir(parents=True)
    (state.logs / "energy-peer0.log").write_text(
        "\x1b[34m2030-01-31 12:00:01.500 UTC 0001 INFO\x1b[0m [a] one\n"
        "2030-01-31 12:00:03.000 UTC 0002 WARN [a] three\n"
    )
    (state.logs / "civic-peer0.log").write_text("2030-01-31 12:00:02.000 UTC 0001 INFO [a] two\n")
    status, out, _ = command("logs", "energy-peer0", "-n", "1", "-C", str(folder))
    assert status == 0
    assert out.split() == ["2030-01-31", "12:00:03.000", "energy-peer0", "warn", "[a]", "three"]
    status, out, _ = command("logs", "-C", str(folder))
    assert [line.split()[-1] for line in out.splitlines()] == ["one", "two", "three"]
    status, out, _ = command("logs", "-d", "Energy", "--level", "warn", "--json", "-C", str(folder))
    (told,) = (json.loads(line) for line in out.splitlines())
    assert (told["department"], told["level"], told["text"]) == ("Energy", "warn", "[a] three")
    status, _, err = command("logs", "nobody", "-C", str(folder))
    assert status == 1
    assert "no node or department 'nobody'; the nodes: logistics-orderer0" in err


def test_a_disk_that_refuses_is_one_line(folder, command, monkeypatch) -> None:
    from weftwork_network import network

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "/data/x")

    monkeypatch.setattr(network, "effective_configtx", full)
    status, _, err = command("up", "-C", str(folder))
    assert status == 1
    assert err.startswith("weftwork: /data/x: the disk is full, ")
    assert err.endswith(" and run `weftwork network up` again\n")
    assert err.count("\n") == 1


def test_an_interrupt_once_it_is_up_is_not_told_to_have_stopped_it(
    folder, command, monkeypatch
) -> None:
    """It comes while the result is being told: a moment later than anything could be stopped."""
    from weftwork_network import commands
    from weftwork_network.network import Network, UpResult

    def interrupted(*_: object) -> str:
        signal.raise_signal(signal.SIGINT)
        return "crosswork ready in 1.0 s"

    result = UpResult(already=False, height=5, seconds=1.0)
    monkeypatch.setattr(Network, "up", lambda *_: result)
    monkeypatch.setattr(commands, "ready_line", interrupted)
    status, out, err = command("up", "-C", str(folder))
    assert (status, err) == (0, "")
    assert "crosswork ready" in out
