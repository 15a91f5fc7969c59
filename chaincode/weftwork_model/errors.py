"""The one error of this package: what is wrong in a value, and where in it."""


class ModelError(ValueError):
    """A value that a model does not allow.

    Raised by `decode` for bytes that are not what the type says, by `encode` for a value
    built in code that breaks its own type, and by the keys of records.

    Attributes:
        path: Where, from the root `$`: `$.items[3].quantity`, `$.prices["2012"]`.
        reason: What is wrong there, without the value itself.
    """

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason

    def __reduce__(self) -> tuple[type["ModelError"], tuple[str, str]]:
        # Exceptions pickle by their `args`, which hold the joined text alone.
        return (type(self), (self.path, self.reason))
