"""The one error of the contracts' rules: which rule is broken, and where."""


class RuleError(ValueError):
    """A rule of the domain is broken; the text says which one and where, for people.

    Rules know no Fabric: a contract answers with this text as a refusal, a client that recomputes
    raises it as it is. The text holds no private value.
    """
