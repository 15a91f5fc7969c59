"""The four contracts that departments share: logistics, electricity, property and casework.

Each is a package of three modules: `model` (what the ledger keeps), `rules` (pure functions,
which a client runs as well) and `contract` (the transactions).
"""
