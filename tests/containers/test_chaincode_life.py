"""An upgrade in containers: new code beside the old, transactions all the while."""

import threading
from pathlib import Path

from tests.integration.parcels import Site, submitting
from weftwork_network.engine import Engine
from weftwork_network.kept import kept_choice


def test_new_containers_run_beside_the_old_and_no_submit_fails(
    tmp_path: Path, engine: Engine, images: None
) -> None:
    site = Site(tmp_path / "own", backend="container")
    seen: set[frozenset[str]] = set()
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.2):
            seen.add(frozenset(chaincodes_of_energy(site, engine)))

    try:
        site.network.up()
        (old,) = chaincodes_of_energy(site, engine)
        watching = threading.Thread(target=watch)
        watching.start()
        try:
            with submitting(site, "Energy", "Civic") as stream:
                site.write("second")
                (change,) = site.chaincodes.deploy(["parcels"])
                with site.contract() as contract:
                    assert contract.evaluate("word", returns=str) == "second"
        finally:
            over.set()
            watching.join()
        assert stream.failures == []
        assert "first" in stream.words
        (new,) = chaincodes_of_energy(site, engine)
        assert change.version in new
        assert frozenset([old, new]) in seen
        (change,) = site.chaincodes.rollback("parcels")
        assert chaincodes_of_energy(site, engine) == [old]
        site.network.down()
        assert site.network.up().changes == ()
    finally:
        site.network.clean()


def chaincodes_of_energy(site: Site, engine: Engine) -> list[str]:
    """The containers that serve chaincode to Energy's peer."""
    kept = kept_choice(site.network.state)
    assert kept is not None
    found = engine.containers(kept.project)
    return sorted(each.name for each in found if each.running and "-energy-chaincode." in each.name)
