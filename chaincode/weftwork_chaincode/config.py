"""What a chaincode server is told: a JSON file for many chaincodes, or the environment for one."""

import base64
import binascii
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from weftwork_chaincode.errors import ConfigError

# What every system's address of a Unix socket holds: macOS 104 bytes with the zero at its end.
_LONGEST_SOCKET = 103


class ChaincodeConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One chaincode of a server."""

    name: str
    """Its name on the channel."""

    contract: str
    """``package.module:Class``."""

    address: str
    """``host:port`` to listen on, or ``unix:path``, a path from the working directory."""

    package_id: str
    """``label:hash`` as the peer knows the installed package."""

    code_sha256: str | None = None
    """Digest of the code that the department approved; other code is not served."""


class TlsConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Paths of PEM files."""

    certificate: str
    key: str
    client_roots: str | None = None
    """Where set, a peer must show a certificate issued by one of these CAs."""


class OperationsConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the server tells of itself: `/metrics`, `/healthz`, `/version`."""

    address: str
    """``host:port`` to listen on."""

    tls: TlsConfig | None = None
    """``client_roots`` is the CA whose certificates may ask; it must be there."""


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

    drain_seconds: float = 10.0
    """How long transactions under way may take to end at shutdown."""


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM texts of a server's TLS."""

    certificate: bytes
    key: bytes
    client_roots: bytes | None

    def context(self, protocol: str = "h2") -> ssl.SSLContext:
        """The server's TLS context: TLS 1.2 and newer, client certificates where asked.

        ``protocol`` is what is spoken inside, HTTP/2 by itself, by its registered name.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols([protocol])
        context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_TICKET
        _load_pair(context, self.certificate, self.key)
        if self.client_roots is not None:
            try:
                context.load_verify_locations(cadata=self.client_roots.decode("ascii"))
            except (ssl.SSLError, ValueError) as error:
                raise ConfigError("tls.client_roots holds no CA certificate in PEM") from error
            context.verify_mode = ssl.CERT_REQUIRED
        return context


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
        return _checked(config, _read_tls(config.tls))
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error


def from_environment(contract: str, environment: Mapping[str, str] | None = None) -> Settings:
    """Reads the variables that Fabric's own samples use, for one contract.

    CHAINCODE_ID, CHAINCODE_SERVER_ADDRESS; CHAINCODE_TLS_DISABLED, CHAINCODE_TLS_KEY,
    CHAINCODE_TLS_CERT, CHAINCODE_CLIENT_CA_CERT (files); or CORE_PEER_TLS_ENABLED,
    CORE_TLS_CLIENT_KEY_FILE and CORE_TLS_CLIENT_CERT_FILE (files), CORE_TLS_CLIENT_KEY_PATH and
    CORE_TLS_CLIENT_CERT_PATH (files in base64), CORE_PEER_TLS_ROOTCERT_FILE (the clients' CA).
    """
    env = os.environ if environment is None else environment
    for name in ("CHAINCODE_ID", "CHAINCODE_SERVER_ADDRESS"):
        if not env.get(name):
            raise ConfigError(f"set {name}, or give a configuration file")
    package_id = env["CHAINCODE_ID"]
    insecure = _flag(env, "CHAINCODE_TLS_DISABLED") or (
        "CORE_PEER_TLS_ENABLED" in env and not _flag(env, "CORE_PEER_TLS_ENABLED")
    )
    chaincode = ChaincodeConfig(
        name=package_id.partition(":")[0],
        contract=contract,
        address=env["CHAINCODE_SERVER_ADDRESS"],
        package_id=package_id,
    )
    config = ServerConfig(chaincodes=(chaincode,), insecure=insecure)
    return _checked(config, None if insecure else _environment_tls(env))


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


def _checked(config: ServerConfig, tls: TlsFiles | None) -> Settings:
    if not config.chaincodes:
        raise ConfigError("chaincodes is empty: name at least one")
    for place, chaincode in enumerate(config.chaincodes):
        where = f"chaincodes[{place}] ({chaincode.name})"
        if not chaincode.package_id:
            raise ConfigError(f"{where}: package_id is empty")
        module, _, name = chaincode.contract.partition(":")
        if not module or not name:
            raise ConfigError(f"{where}: contract must be package.module:Class")
        try:
            split_address(chaincode.address)
        except ConfigError as error:
            raise ConfigError(f"{where}: {error}") from error
    addresses = [chaincode.address for chaincode in config.chaincodes]
    for address in addresses:
        if addresses.count(address) > 1 and split_address(address)[1] != 0:
            raise ConfigError(f"two chaincodes listen on {address}")
    if tls is None and not config.insecure:
        raise ConfigError("no TLS: give tls.certificate and tls.key, or say insecure: true")
    return Settings(config, tls, _checked_operations(config))


def _checked_operations(config: ServerConfig) -> TlsFiles | None:
    operations = config.operations
    if operations is None:
        return None
    try:
        _, port = split_address(operations.address)
    except ConfigError as error:
        raise ConfigError(f"operations: {error}") from error
    if port is None:
        raise ConfigError("operations: what scrapes it calls host:port, not a socket's path")
    if operations.tls is None:
        if config.insecure:
            return None
        raise ConfigError("operations: no TLS: give operations.tls with client_roots")
    if not operations.tls.client_roots:
        # what a department's chaincodes do all day is for its own operators
        raise ConfigError("operations: operations.tls.client_roots is missing: anybody could ask")
    return _read_tls(operations.tls, "operations.")


def _read_tls(tls: TlsConfig | None, where: str = "") -> TlsFiles | None:
    if tls is None:
        return None
    return TlsFiles(
        _read(f"{where}tls.certificate", tls.certificate),
        _read(f"{where}tls.key", tls.key),
        _read(f"{where}tls.client_roots", tls.client_roots) if tls.client_roots else None,
    )


def _environment_tls(env: Mapping[str, str]) -> TlsFiles:
    key = _from_any(
        env, "CHAINCODE_TLS_KEY", "CORE_TLS_CLIENT_KEY_FILE", "CORE_TLS_CLIENT_KEY_PATH"
    )
    certificate = _from_any(
        env, "CHAINCODE_TLS_CERT", "CORE_TLS_CLIENT_CERT_FILE", "CORE_TLS_CLIENT_CERT_PATH"
    )
    roots = env.get("CHAINCODE_CLIENT_CA_CERT") or env.get("CORE_PEER_TLS_ROOTCERT_FILE")
    return TlsFiles(certificate, key, _read("the clients' CA", roots) if roots else None)


def _from_any(env: Mapping[str, str], *names: str) -> bytes:
    for name in names:
        path = env.get(name)
        if not path:
            continue
        data = _read(name, path)
        if not name.endswith("_PATH") or data.lstrip().startswith(b"-----BEGIN"):
            return data
        try:  # Fabric writes these files in base64
            return base64.b64decode(data, validate=False)
        except binascii.Error as error:
            raise ConfigError(f"{name}: {path} holds neither PEM nor base64 of it") from error
    raise ConfigError(
        f"no TLS: set {names[0]} (or {', '.join(names[1:])}), or CHAINCODE_TLS_DISABLED=true"
    )


def _flag(env: Mapping[str, str], name: str) -> bool:
    value = env.get(name, "").lower()
    if value not in ("", "true", "false", "1", "0"):
        raise ConfigError(f"{name} must be true or false")
    return value in ("true", "1")


def _read(what: str, path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise ConfigError(f"{what}: {path}: {error.strerror}") from error


def _load_pair(context: ssl.SSLContext, certificate: bytes, key: bytes) -> None:
    # the standard library takes a certificate from a file only; memory-backed where it can be
    name = os.memfd_create("tls") if hasattr(os, "memfd_create") else None
    if name is None:
        _load_pair_from_disk(context, certificate, key)
        return
    try:
        os.write(name, certificate + b"\n" + key)
        context.load_cert_chain(f"/proc/self/fd/{name}")
    except ssl.SSLError as error:
        raise ConfigError("tls.certificate and tls.key are no pair in PEM") from error
    finally:
        os.close(name)


def _load_pair_from_disk(context: ssl.SSLContext, certificate: bytes, key: bytes) -> None:
    import tempfile

    with tempfile.NamedTemporaryFile(suffix=".pem") as file:  # readable by its owner alone
        file.write(certificate + b"\n" + key)
        file.flush()
        try:
            context.load_cert_chain(file.name)
        except ssl.SSLError as error:
            raise ConfigError("tls.certificate and tls.key are no pair in PEM") from error
