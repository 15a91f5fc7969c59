"""Typed clients written from a chaincode's metadata: methods, docstrings and models.

    from weftwork.generate import Settings, generate

    text = generate(metadata, Settings(chaincode="assets"))

``metadata`` is what any chaincode on a contract API answers, ours, Go's or Node's:
``contract.evaluate(GET_METADATA)``. The command ``weftwork generate`` does the same.
"""

from weftwork.generate.document import GET_METADATA
from weftwork.generate.module import Settings, Style, generate

__all__ = ["GET_METADATA", "Settings", "Style", "generate"]
