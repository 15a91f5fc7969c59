"""A key's endorsement policy built up org by org, as fabric-chaincode-go's ``statebased`` does.

    policy = KeyEndorsementPolicy(await stub.get_state_policy(key))
    policy.add_orgs("peer", "EnergyMSP", "CivicMSP")
    await stub.set_state_policy(key, policy.policy())

All of its organisations must endorse. Whoever needs another shape says it with
:func:`weftwork_chaincode.all_of`, ``any_of`` and ``out_of``.
"""

from weftwork_chaincode.policy import Policy, Principal, all_of

_ROLES = ("peer", "member")


class KeyEndorsementPolicy:
    """Organisations that must all endorse a key's next change."""

    def __init__(self, policy: Policy | bytes | None = None) -> None:
        """A policy.

        Args:
            policy: what a key has; None begins with nobody.

        Raises:
            ValueError: it is none that needs each of some organisations' peers or members.
        """
        self._roles: dict[str, str] = {}
        read = Policy.decode(policy) if isinstance(policy, bytes) else policy
        for principal in read.principals() if read is not None else ():
            self.add_orgs(principal.role, principal.mspid)
        if read is not None and read != self.policy():
            raise ValueError(f"{read} does not need all of its organisations: build it anew")

    def add_orgs(self, role: str, *mspids: str) -> None:
        """Adds organisations; of one that is there the role is changed.

        Args:
            role: `peer`, or `member`, which any client of the organisation satisfies too.
            mspids: the organisations' MSP ids.

        Raises:
            ValueError: another role, or an empty MSP id.
        """
        if role not in _ROLES:
            raise ValueError(f"role {role!r} is none of {', '.join(_ROLES)}")
        for mspid in mspids:
            self._roles[Principal(mspid, role).mspid] = role

    def delete_orgs(self, *mspids: str) -> None:
        """Takes organisations out; those that are not there are no fault."""
        for mspid in mspids:
            self._roles.pop(mspid, None)

    def list_orgs(self) -> list[str]:
        """The MSP ids, sorted."""
        return sorted(self._roles)

    def policy(self) -> Policy:
        """The policy, for :meth:`weftwork_chaincode.Stub.set_state_policy`.

        Raises:
            ValueError: nobody is in it: such a key could never be changed again.
        """
        if not self._roles:
            raise ValueError("a key's policy needs an organisation: add_orgs first")
        return all_of(*(Principal(mspid, role) for mspid, role in self._roles.items()))
