"""The metadata, against a schema of our own made from what Go's and Node's tools accept."""

import json
from enum import Enum

import jsonschema

from tests.unit.chaincode.test_contract_api import Assets, Hooked, told
from weftwork_chaincode import Context, Contract, submit
from weftwork_chaincode.metadata import described


class Mood(Enum):
    GOOD = "GOOD"


def closed(properties: dict, *required: str) -> dict:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


TEXT, STRINGS = {"type": "string"}, {"type": "array", "items": {"type": "string"}}
SCHEMA_WORDS = [
    *("format", "title", "description", "default", "required", "enum", "type", "allOf"),
    *("multipleOf", "maximum", "minimum", "maxLength", "minLength", "pattern"),
    *("maxItems", "minItems", "uniqueItems", "maxProperties", "minProperties"),
]
METADATA = closed(
    {
        "info": {"$ref": "#/definitions/info"},
        "contracts": {
            "type": "object",
            "additionalProperties": closed(
                {
                    "name": TEXT,
                    "default": {"type": "boolean"},
                    "info": {"$ref": "#/definitions/info"},
                    "transactions": {
                        "type": "array",
                        "items": closed(
                            {
                                "name": TEXT,
                                "description": TEXT,
                                "tag": STRINGS,
                                "parameters": {
                                    "type": "array",
                                    "uniqueItems": True,
                                    "items": closed(
                                        {
                                            "name": TEXT,
                                            "description": TEXT,
                                            "required": {"type": "boolean"},
                                            "schema": {"$ref": "#/definitions/schema"},
                                        },
                                        "name",
                                        "schema",
                                    ),
                                },
                                "returns": {"$ref": "#/definitions/schema"},
                            },
                            "name",
                        ),
                    },
                },
                "name",
                "transactions",
            ),
        },
        "components": closed(
            {
                "schemas": {
                    "type": "object",
                    "additionalProperties": {
                        "type": "object",
                        "required": ["$id", "properties"],
                        "properties": {
                            "$id": TEXT,
                            "required": STRINGS,
                            "properties": {
                                "additionalProperties": {"$ref": "#/definitions/schema"}
                            },
                        },
                    },
                }
            }
        ),
    },
    "info",
    "contracts",
)
METADATA["definitions"] = {
    "info": closed({"title": TEXT, "version": TEXT, "description": TEXT}, "title", "version"),
    "schema": closed(
        {
            **{word: {} for word in SCHEMA_WORDS},
            "$ref": TEXT,
            "properties": {"additionalProperties": {"$ref": "#/definitions/schema"}},
            "items": {},
            "additionalProperties": {},
        }
    ),
}


async def test_metadata_has_the_form_that_other_tools_read():
    name = "org.hyperledger.fabric:GetMetadata"
    status, text = await told([Assets(), Hooked()], name, title="trade")
    assert status == 200
    found = json.loads(text)
    jsonschema.Draft7Validator.check_schema(METADATA)
    jsonschema.Draft7Validator(METADATA).validate(found)
    assert found["info"] == {"title": "trade", "version": "1.2.0"}
    assert sorted(found["contracts"]) == ["assets", "hooked", "org.hyperledger.fabric"]
    assets = found["contracts"]["assets"]
    assert assets["default"] is True
    assert assets["info"]["description"] == "Assets and their worth."
    by_name = {each["name"]: each for each in assets["transactions"]}
    reference = {"$ref": "#/components/schemas/Asset"}
    assert by_name["CreateAsset"] == {
        "name": "CreateAsset",
        "tag": ["submit", "SUBMIT", "submitTx"],
        "parameters": [{"name": "asset", "required": True, "schema": reference}],
        "returns": reference,
    }
    assert by_name["Read"]["tag"] == ["evaluate", "EVALUATE"]
    note, extra = by_name["Noted"]["parameters"]
    assert (note["required"], extra["required"]) == (True, False)
    assert extra["schema"]["type"] == ["integer", "null"]
    schemas = found["components"]["schemas"]
    assert schemas["Note"]["properties"]["about"] == {"$ref": "Note", "default": None}
    assert schemas["Asset"]["properties"]["id"]["pattern"].startswith("^")
    assert schemas["Asset"]["properties"]["worth"]["minimum"] == 0


class Told(Contract, name="told"):
    @submit
    async def tell(self, ctx: Context, what: Mood | None = None) -> None:
        """Say it.

        Twice.
        """


def test_functions_say_what_they_do_and_what_may_be_null() -> None:
    (found,) = described([Told()])["contracts"]["told"]["transactions"]
    assert found["description"] == "Say it.\n\nTwice."
    (what,) = found["parameters"]
    assert what["required"] is False
    assert what["schema"]["enum"] == ["GOOD"]
    assert what["schema"]["default"] is None
