"""What a chaincode server is told: its fields, how they are read from a JSON file, and checked."""

import math
import os
from dataclasses import dataclass
from pathlib import Path

import msgspec

from weftwork_chaincode.errors import ConfigError
from weftwork_chaincode.session import TIME_LIMIT
from weftwork_chaincode.tls import TlsFiles, read_pem

# What every system's address of a Unix socket holds: macOS 104 bytes with the zero at its end.
_LONGEST_SOCKET = 103


class ChaincodeConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One chaincode of a server."""

    name: str
    """Its name on the channel; empty where nobody has said it, then the runtime cannot tell a
    call of another chaincode from a client's and takes it for the latter."""

    contract: str = ""
    """``package.module:Class``."""

    address: str = ""
    """``host:port`` to listen on, or ``unix:path``, a path from the working directory."""

    package_id: str = ""
    """``label:hash`` as the peer knows the installed package."""

    code_sha256: str | None = None
    """Digest of the code that the department approved; other code is not served."""

    contracts: tuple[str, ...] = ()
    """In place of ``contract``, several; the first answers calls that name none."""

    peer_address: str = ""
    """In place of ``address``, the peer to call, as a peer-launched chaincode does."""

    @property
    def shown(self) -> str:
        """What logs and figures call it: its name, else its package's label."""
        return self.name or self.package_id.partition(":")[0]

    @property
    def classes(self) -> tuple[str, ...]:
        """Every contract of the chaincode."""
        return self.contracts or ((self.contract,) if self.contract else ())

    @property
    def code(self) -> str:
        """What a digest of its code is taken of: all of them, in their order."""
        return ",".join(self.classes)


class TlsConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Paths of PEM files."""

    certificate: str
    key: str
    client_roots: str | None = None
    """Where set, a peer must show a certificate issued by one of these CAs."""

    peer_roots: str | None = None
    """The CAs of a peer that is called (``peer_address``)."""

    server_name: str | None = None
    """The name in that peer's certificate, where it is not the host that is called."""


class OperationsConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the server tells of itself: `/metrics`, `/healthz`, `/version`."""

    address: str
    """``host:port`` to listen on."""

    tls: TlsConfig | None = None
    """``client_roots`` is the CA whose certificates may ask."""

    open_health: bool = False
    """True: `/healthz` and `/version` answer without a certificate, as those of Fabric's nodes;
    `/metrics` asks for one, and without ``client_roots`` or in plaintext is not there."""

    insecure: bool = False
    """True: plaintext, whatever the chaincodes speak; then `/metrics` is not there."""


class ServerConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One process: any number of chaincodes, one department."""

    chaincodes: tuple[ChaincodeConfig, ...]
    department: str = ""
    """For log lines."""

    tls: TlsConfig | None = None
    insecure: bool = False
    """True: serve plaintext. Without it a server without ``tls`` does not start."""

    ready_file: str | None = None
    """Written once every chaincode listens, removed at the end."""

    dev: bool = False
    """True: serve code whose digest is not the approved one."""

    operations: OperationsConfig | None = None
    """Needs the extra ``metrics``. None: the server tells nothing of itself."""

    execute_seconds: float | None = TIME_LIMIT
    """A transaction is given up after this, below the peers' ``executetimeout``; null: never."""

    drain_seconds: float = 10.0
    """How long transactions under way may take to end at shutdown."""


@dataclass(frozen=True, slots=True)
class Settings:
    """A configuration that has been checked, with its TLS read."""

    server: ServerConfig
    tls: TlsFiles | None
    operations_tls: TlsFiles | None = None


def from_file(path: str | Path) -> Settings:
    """Reads a server's JSON file; ConfigError names the file, the field and what to write."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    try:
        config = msgspec.json.decode(data, type=ServerConfig)
    except msgspec.DecodeError as error:
        raise ConfigError(f"{path}: {error}") from error
    try:
        operations = config.operations.tls if config.operations is not None else None
        return checked(config, read_tls(config.tls), read_tls(operations, "operations."))
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error


def split_address(address: str) -> tuple[str, int | None]:
    """``host:port`` in its two parts, ``unix:path`` as path and None; ConfigError otherwise."""
    if address.startswith("unix:"):
        path = address.removeprefix("unix:")
        if not path or len(os.fsencode(path)) > _LONGEST_SOCKET:
            raise ConfigError(f"{address!r}: a socket's path has 1 to {_LONGEST_SOCKET} bytes")
        return path, None
    host, separator, port = address.rpartition(":")
    if not separator or not host or not port.isascii() or not port.isdigit():
        raise ConfigError(f"{address!r} is no address: write host:port or unix:path")
    if int(port) > 65_535:
        raise ConfigError(f"{address!r}: a port is at most 65535")
    return host.strip("[]"), int(port)


def checked(
    config: ServerConfig, tls: TlsFiles | None, operations_tls: TlsFiles | None = None
) -> Settings:
    """A configuration whose fields fit together; ConfigError names the first that does not."""
    if not config.chaincodes:
        raise ConfigError("chaincodes is empty: name at least one")
    for place, chaincode in enumerate(config.chaincodes):
        try:
            _check_chaincode(chaincode, tls)
        except ConfigError as error:
            raise ConfigError(f"chaincodes[{place}] ({chaincode.shown}): {error}") from error
    addresses = [chaincode.address for chaincode in config.chaincodes if chaincode.address]
    for address in addresses:
        if addresses.count(address) > 1 and split_address(address)[1] != 0:
            raise ConfigError(f"two chaincodes listen on {address}")
    if tls is None and not config.insecure:
        raise ConfigError("no TLS: give tls.certificate and tls.key, or say insecure: true")
    for name in ("drain_seconds", "execute_seconds"):
        seconds: float | None = getattr(config, name)
        if seconds is not None and not 0 <= seconds < math.inf:
            raise ConfigError(f"{name} must be a number of seconds, 0 or more")
    _check_operations(config, operations_tls)
    return Settings(config, tls, operations_tls)


def _check_chaincode(chaincode: ChaincodeConfig, tls: TlsFiles | None) -> None:
    if not chaincode.package_id:
        raise ConfigError("package_id is empty")
    if not chaincode.classes:
        raise ConfigError("contract is missing: package.module:Class")
    if chaincode.contract and chaincode.contracts:
        raise ConfigError("contract or contracts, not both")
    for each in chaincode.classes:
        module, _, name = each.partition(":")
        if not module or not name:
            raise ConfigError("contract must be package.module:Class")
    if bool(chaincode.address) == bool(chaincode.peer_address):
        raise ConfigError("one of address (to listen on) and peer_address (to call) must be given")
    split_address(chaincode.address or chaincode.peer_address)
    if chaincode.peer_address and tls is not None and tls.peer_roots is None:
        raise ConfigError("a peer is called under TLS: give tls.peer_roots, the CA it is known by")


def _check_operations(config: ServerConfig, tls: TlsFiles | None) -> None:
    operations = config.operations
    if operations is None:
        return
    try:
        _, port = split_address(operations.address)
    except ConfigError as error:
        raise ConfigError(f"operations: {error}") from error
    if port is None:
        raise ConfigError("operations: what scrapes it calls host:port, not a socket's path")
    if tls is None:
        if config.insecure or operations.insecure:
            return
        raise ConfigError(
            "operations: no TLS: give operations.tls with client_roots, or say operations.insecure"
        )
    if tls.client_roots is None and not operations.open_health:
        # what a department's chaincodes do all day is for its own operators
        raise ConfigError(
            "operations: operations.tls.client_roots is missing: anybody could ask; "
            "operations.open_health opens /healthz and /version alone"
        )


def read_tls(tls: TlsConfig | TlsFiles | None, where: str = "") -> TlsFiles | None:
    """The texts of PEM files; ConfigError names the field, after ``where``, and the file."""
    if tls is None or isinstance(tls, TlsFiles):
        return tls
    return TlsFiles(
        read_pem(f"{where}tls.certificate", tls.certificate),
        read_pem(f"{where}tls.key", tls.key),
        read_pem(f"{where}tls.client_roots", tls.client_roots) if tls.client_roots else None,
        read_pem(f"{where}tls.peer_roots", tls.peer_roots) if tls.peer_roots else None,
        tls.server_name,
    )
