"""What the chaincodes are called on the channel, where one calls another or asks who called it."""

CASEWORK = "casework"
ELECTRICITY = "electricity"
PROPERTY_CHAINCODE = "property"
"""Not PROPERTY, which is the department."""
