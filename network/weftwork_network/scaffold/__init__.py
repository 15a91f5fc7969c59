"""A chaincode's own folder: made with a contract that deploys unchanged, and found again."""
