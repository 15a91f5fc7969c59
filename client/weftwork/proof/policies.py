"""Whether signatures satisfy a policy of a channel's configuration.

Sources: Fabric ``common/cauthdsl/cauthdsl.go``, ``common/policies/implicitmeta.go``.
"""

from collections.abc import Sequence

from weftwork.ledger import ConfigGroup, ImplicitMetaPolicy, OutOf, Policy, Rule, SignaturePolicy
from weftwork.proof.membership import CertifiedMember


def satisfied(group: ConfigGroup, name: str, signers: Sequence[CertifiedMember]) -> bool:
    """Whether the signers, each another, satisfy the policy ``name`` of the group."""
    return _met(group, group.policy(name), signers)


def _met(group: ConfigGroup, policy: Policy | None, signers: Sequence[CertifiedMember]) -> bool:
    if isinstance(policy, SignaturePolicy):
        return _ruled(policy.rule, signers, [False] * len(signers))
    if isinstance(policy, ImplicitMetaPolicy):
        beneath = list(group.groups.values())
        needed = {"ANY": 1, "ALL": len(beneath), "MAJORITY": len(beneath) // 2 + 1}[policy.rule]
        met = sum(satisfied(sub, policy.sub_policy, signers) for sub in beneath)
        return met >= (needed if beneath else 0)
    return False


def _ruled(rule: Rule, signers: Sequence[CertifiedMember], used: list[bool]) -> bool:
    if isinstance(rule, OutOf):
        count = 0
        for part in rule.rules:
            # A part that fails gives back the signatures that it had taken.
            tried = list(used)
            if _ruled(part, signers, tried):
                count += 1
                used[:] = tried
        return count >= rule.count
    for place, signer in enumerate(signers):
        if not used[place] and signer.satisfies(rule.principal):
            used[place] = True
            return True
    return False
