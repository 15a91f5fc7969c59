"""The summary that stands in a read set for a range of more than fifty rows.

Source: Fabric ``core/ledger/kvledger/txmgmt/rwsetutil/query_results_helper.go``: rows are hashed in
groups of one more than the degree, their hashes again, until no level holds more than the degree.
"""

import hashlib
from collections.abc import Sequence

from weftwork_protos import rwset_pb2

DEGREE = 50
"""Most rows that stand in a read set as they are."""


def summary(rows: Sequence[rwset_pb2.KVRead]) -> rwset_pb2.QueryReadsMerkleSummary:
    """The summary of more than :data:`DEGREE` rows."""
    levels: dict[int, list[bytes]] = {1: []}
    top = 1
    for start in range(0, len(rows), DEGREE + 1):
        group = rwset_pb2.QueryReads(kv_reads=rows[start : start + DEGREE + 1])
        levels[1].append(hashlib.sha256(group.SerializeToString()).digest())
        level = 1
        while len(levels[level]) > DEGREE:
            levels.setdefault(level + 1, []).append(_combined(levels[level]))
            levels[level] = []
            level += 1
            top = max(top, level)
    for level in range(1, top):  # what has not filled a group yet goes up as it is
        hashes, levels[level] = levels[level], []
        if hashes:
            levels[level + 1].append(hashes[0] if len(hashes) == 1 else _combined(hashes))
    if len(levels[top]) > DEGREE:
        top, levels[top + 1] = top + 1, [_combined(levels[top])]
    return rwset_pb2.QueryReadsMerkleSummary(
        max_degree=DEGREE, max_level=top, max_level_hashes=levels[top]
    )


def _combined(hashes: Sequence[bytes]) -> bytes:
    return hashlib.sha256(b"".join(hashes)).digest()
