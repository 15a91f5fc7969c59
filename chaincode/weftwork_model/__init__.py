"""Records, field types and their one canonical encoding: what departments sign and keep.

```python
from weftwork_model import Id, Millis, Record, decode, encode

class Consignment(Record, kind="consignment", key=("id",)):
    id: Id
    created: Millis

data = encode(Consignment(id="C-1", created=0))
again = decode(data, Consignment)
```
No Fabric in it, so that a client can check with the very code that the chaincode ran.
"""

from weftwork_model import merkle
from weftwork_model.codec import decode, digest, encode
from weftwork_model.errors import ModelError
from weftwork_model.fields import (
    MAX_INTEGER,
    Count,
    Day,
    Fen,
    Hex,
    Id,
    Integer,
    Line,
    Millis,
    Month,
    MspId,
    Pem,
    Quantity,
    Sha256,
    Shares,
    Text,
    parse_integer,
)
from weftwork_model.keys import composite_key, split_composite_key
from weftwork_model.records import Part, Record, replace

__all__ = [
    "MAX_INTEGER",
    "Count",
    "Day",
    "Fen",
    "Hex",
    "Id",
    "Integer",
    "Line",
    "Millis",
    "ModelError",
    "Month",
    "MspId",
    "Part",
    "Pem",
    "Quantity",
    "Record",
    "Sha256",
    "Shares",
    "Text",
    "composite_key",
    "decode",
    "digest",
    "encode",
    "merkle",
    "parse_integer",
    "replace",
    "split_composite_key",
]
