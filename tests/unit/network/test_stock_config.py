"""Fabric's stock configuration: peers of 2.5 are told by their core.yaml to ask no engine."""

from pathlib import Path

import yaml

from weftwork_network.releases import RELEASES
from weftwork_network.stock_config import config_for, without_engine

CORE = """\
peer:
  id: jdoe
  endpoint: 10.0.0.1:7051

# The container engine.
vm:

    # unix:///var/run/docker.sock, or
    # endpoint: http://localhost:2375
    endpoint: unix:///var/run/docker.sock

    docker:
        endpoint: stays
chaincode:
  endpoint: stays
"""


def test_the_engine_alone_is_taken_out() -> None:
    before, after = yaml.safe_load(CORE), yaml.safe_load(without_engine(CORE))
    assert after["vm"].pop("endpoint") == ""
    del before["vm"]["endpoint"]
    assert after == before
    assert without_engine(without_engine(CORE)) == without_engine(CORE)


def test_the_stock_files_are_left_as_they_are(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    stock = tmp_path / "config"
    stock.mkdir()
    (stock / "core.yaml").write_text(CORE)
    (stock / "orderer.yaml").write_text("General: {}\n")
    assert config_for(RELEASES["3.1"], stock) == stock
    edited = config_for(RELEASES["2.5"], stock)
    assert edited != stock
    assert (stock / "core.yaml").read_text() == CORE
    assert yaml.safe_load((edited / "core.yaml").read_text())["vm"]["endpoint"] == ""
    assert (edited / "orderer.yaml").read_text() == "General: {}\n"
    assert config_for(RELEASES["2.5"], stock) == edited  # made once
    assert config_for(RELEASES["2.5"], edited) == edited
