"""What goes wrong before anything is sent, or with what came back."""

from weftwork.errors.root import WeftworkError


class ClosedError(WeftworkError, ValueError):
    """A gateway or another connection was used after it had been closed."""


class ForkedError(WeftworkError, RuntimeError):
    """A gateway or another connection was used in a process that was forked off since."""

    def __init__(self, target: str) -> None:
        self.target = target
        """Where the connection leads, ``host:port``."""
        super().__init__(
            f"the connection to {target} was made before this process was forked: connect anew in "
            'each process, or start processes by "spawn"'
        )

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self.target,))


class CheckpointError(WeftworkError, ValueError):
    """A checkpoint file cannot be read or written, or another reader holds it."""


class ArgumentError(WeftworkError, TypeError):
    """An argument, a name or an option cannot be sent, or cannot be meant."""


class ResultError(WeftworkError, ValueError):
    """A transaction's result is not of the type that was asked for.

    After a submit the transaction has been endorsed, and committed where the text says so.
    """

    def __init__(self, message: str, *, transaction_id: str = "") -> None:
        self.transaction_id = transaction_id
        super().__init__(message)


class LedgerError(WeftworkError, ValueError):
    """Bytes that are not the block, transaction or message that they should be."""


class ProofError(WeftworkError, ValueError):
    """A transaction's proof does not hold, or none can be made; the text says what is wrong."""


class IdentityError(WeftworkError, ValueError):
    """A certificate or a private key cannot be used."""


class SignatureError(WeftworkError):
    """Something must be signed and nobody here can: no signer, or one for other digests."""


class SignatureTimeoutError(SignatureError, TimeoutError):
    """A signer that is waited for gave no signature in the time that the call had."""


class ProfileError(WeftworkError, ValueError):
    """A connection profile cannot be read, or lacks what a connection needs."""


class WalletError(WeftworkError, ValueError):
    """A wallet, or an entry of it, cannot be read or written."""


class UnknownUserError(WalletError, LookupError):
    """The wallet has no entry of that label; the text lists those it has."""


class PolicyError(WeftworkError, ValueError):
    """The text of an endorsement policy is wrong; the text says where."""


class PackageError(WeftworkError, ValueError):
    """A chaincode package cannot be made or read."""


class GenerateError(WeftworkError, ValueError):
    """No client can be written from a chaincode's metadata, or with the names asked for."""


class MissingExtraError(WeftworkError, ImportError):
    """An optional part of the distribution is not installed."""

    def __init__(self, purpose: str, extra: str) -> None:
        self.extra = extra
        """Name of the extra that brings it."""
        super().__init__(f"{purpose} needs an extra: pip install 'weftwork[{extra}]'")
