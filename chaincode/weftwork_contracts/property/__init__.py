"""Property: parties with a public key, units, rights in exact shares, transfer by consent."""
