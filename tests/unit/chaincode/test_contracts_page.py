"""docs/contracts.md: its contract runs as it stands there."""

from tests.integration.documents import shown
from weftwork_chaincode.testing import Ledger


def test_the_pages_contract():
    found: dict = {"__name__": "page"}
    code = compile(shown("docs/contracts.md", "assets"), "docs/contracts.md", "exec")
    exec(code, found)
    assets = Ledger(departments=["LogisticsMSP"]).deploy(found["Assets"])
    asset = found["Asset"](id="A1", worth=5)
    assets.submit("CreateAsset", asset)
    assert assets.evaluate("assets:ReadAsset", "A1", returns=found["Asset"]) == asset
