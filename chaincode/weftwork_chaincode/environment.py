"""One chaincode's configuration out of arguments and environment, by the names of Fabric's field.

To serve: CHAINCODE_SERVER_ADDRESS; CHAINCODE_ID, else CORE_CHAINCODE_ID_NAME, else
CORE_CHAINCODE_ID; TLS by CHAINCODE_TLS_KEY and CHAINCODE_TLS_CERT (or with _FILE behind it: PEM
files; with _PATH: files in base64), the callers' CA by CHAINCODE_TLS_CLIENT_CACERT_FILE or _PATH,
else CHAINCODE_CLIENT_CA_CERT; or plaintext by CHAINCODE_TLS_DISABLED=true.

To call a peer, as a program that it has launched (fabric-chaincode-go, shim/internal/config.go):
the argument ``--peer.address``; CORE_CHAINCODE_ID_NAME; CORE_PEER_TLS_ENABLED; the chaincode's pair
by CORE_TLS_CLIENT_KEY_FILE and CORE_TLS_CLIENT_CERT_FILE, else CORE_TLS_CLIENT_KEY_PATH and
CORE_TLS_CLIENT_CERT_PATH (base64); the peer's CA by CORE_PEER_TLS_ROOTCERT_FILE.

Either: CHAINCODE_NAME, the name on the channel; CHAINCODE_EXECUTE_SECONDS; CHAINCODE_DRAIN_SECONDS;
and to serve CHAINCODE_OPERATIONS_ADDRESS for `/healthz`, `/version` and, with a callers' CA,
`/metrics`.
"""

import os
from collections.abc import Mapping, Sequence

from weftwork_chaincode.config import (
    ChaincodeConfig,
    OperationsConfig,
    ServerConfig,
    Settings,
    checked,
)
from weftwork_chaincode.errors import ConfigError
from weftwork_chaincode.session import TIME_LIMIT
from weftwork_chaincode.tls import TlsFiles, read_pem

ADDRESS = "CHAINCODE_SERVER_ADDRESS"
IDENTIFIERS = ("CHAINCODE_ID", "CORE_CHAINCODE_ID_NAME", "CORE_CHAINCODE_ID")
NAME = "CHAINCODE_NAME"
PLAINTEXT = "CHAINCODE_TLS_DISABLED"
PEER_TLS = "CORE_PEER_TLS_ENABLED"
KEYS = (
    "CHAINCODE_TLS_KEY_FILE",
    "CHAINCODE_TLS_KEY",
    "CHAINCODE_TLS_KEY_PATH",
    "CORE_TLS_CLIENT_KEY_FILE",
    "CORE_TLS_CLIENT_KEY_PATH",
)
CERTIFICATES = (
    "CHAINCODE_TLS_CERT_FILE",
    "CHAINCODE_TLS_CERT",
    "CHAINCODE_TLS_CERT_PATH",
    "CORE_TLS_CLIENT_CERT_FILE",
    "CORE_TLS_CLIENT_CERT_PATH",
)
CALLERS = (
    "CHAINCODE_TLS_CLIENT_CACERT_FILE",
    "CHAINCODE_CLIENT_CA_CERT",
    "CHAINCODE_TLS_CLIENT_CACERT_PATH",
    "CORE_PEER_TLS_ROOTCERT_FILE",
)
PEER_ROOTS = "CORE_PEER_TLS_ROOTCERT_FILE"
SERVER_NAME = "CORE_PEER_TLS_SERVERHOSTOVERRIDE"
EXECUTE = "CHAINCODE_EXECUTE_SECONDS"
DRAIN = "CHAINCODE_DRAIN_SECONDS"
OPERATIONS = "CHAINCODE_OPERATIONS_ADDRESS"

_TRUE = ("1", "t", "true")
_FALSE = ("0", "f", "false")
_DRAIN_SECONDS = 10.0


def from_environment(
    contract: str | Sequence[str],
    environment: Mapping[str, str] | None = None,
    peer_address: str = "",
) -> Settings:
    """The settings of one chaincode.

    Args:
        contract: ``package.module:Class``, one or several.
        environment: by default the process's own.
        peer_address: the peer to call, in place of an address to listen on.

    Raises:
        ConfigError: a variable is missing or wrong; the text names it.
    """
    env = os.environ if environment is None else environment
    classes = (contract,) if isinstance(contract, str) else tuple(contract)
    package_id = _identifier(env, IDENTIFIERS if not peer_address else _calling_first())
    if not peer_address and not env.get(ADDRESS):
        raise ConfigError(f"set {ADDRESS}, or give --peer.address or a configuration file")
    chaincode = ChaincodeConfig(
        name=env.get(NAME, ""),  # a label is not always the name on the channel
        contracts=classes,
        address="" if peer_address else env[ADDRESS],
        peer_address=peer_address,
        package_id=package_id,
    )
    tls = _calling_tls(env) if peer_address else _serving_tls(env)
    operations = _operations(env, peer_address, tls)
    config = ServerConfig(
        chaincodes=(chaincode,),
        insecure=tls is None,
        execute_seconds=_seconds(env, EXECUTE, TIME_LIMIT),
        drain_seconds=_seconds(env, DRAIN, _DRAIN_SECONDS),
        operations=operations,
    )
    return checked(config, tls, tls if operations is not None else None)


def _calling_first() -> tuple[str, ...]:
    return IDENTIFIERS[1], IDENTIFIERS[0], IDENTIFIERS[2]


def _identifier(env: Mapping[str, str], names: Sequence[str]) -> str:
    for name in names:
        if env.get(name):
            return env[name]
    raise ConfigError(f"set {names[0]}, or give a configuration file")


def _serving_tls(env: Mapping[str, str]) -> TlsFiles | None:
    told = _flag(env, PLAINTEXT)
    if told or (told is None and _flag(env, PEER_TLS) is False):
        return None
    key = _from_any(env, KEYS, "the key")
    certificate = _from_any(env, CERTIFICATES, "the certificate")
    if key is None or certificate is None:
        missing, names = ("KEY", KEYS) if key is None else ("CERT", CERTIFICATES)
        raise ConfigError(
            f"no TLS: set CHAINCODE_TLS_{missing} (or {', '.join(names)}), or {PLAINTEXT}=true"
        )
    return TlsFiles(certificate, key, _from_any(env, CALLERS, "the callers' CA"))


def _calling_tls(env: Mapping[str, str]) -> TlsFiles | None:
    told = _flag(env, PEER_TLS)
    if told is None:
        raise ConfigError(f"set {PEER_TLS} to true, or to false for plaintext")
    if not told:
        return None
    key = _from_any(env, KEYS[3:], "the key")
    certificate = _from_any(env, CERTIFICATES[3:], "the certificate")
    for value, name in ((key, KEYS[3]), (certificate, CERTIFICATES[3])):
        if value is None:
            raise ConfigError(f"{PEER_TLS} is true: set {name} (or …_PATH, in base64)")
    if not env.get(PEER_ROOTS):
        raise ConfigError(f"{PEER_TLS} is true: set {PEER_ROOTS}, the peer's CA")
    roots = read_pem(PEER_ROOTS, env[PEER_ROOTS])
    name = env.get(SERVER_NAME) or None
    return TlsFiles(certificate or b"", key or b"", None, roots, name)


def _operations(
    env: Mapping[str, str], peer_address: str, tls: TlsFiles | None
) -> OperationsConfig | None:
    address = env.get(OPERATIONS)
    if not address:
        return None
    if peer_address and tls is not None:
        raise ConfigError(
            f"{OPERATIONS}: a chaincode that calls its peer has no server certificate: "
            "give a configuration file with operations.tls"
        )
    return OperationsConfig(address, open_health=True)


def _from_any(env: Mapping[str, str], names: Sequence[str], what: str) -> bytes | None:
    for name in names:
        path = env.get(name)
        if path:
            return read_pem(f"{name} ({what})", path, encoded=name.endswith("_PATH"))
    return None


def _flag(env: Mapping[str, str], name: str) -> bool | None:
    value = env.get(name, "").lower()
    if value and value not in _TRUE + _FALSE:
        raise ConfigError(f"{name} must be true or false")
    return value in _TRUE if value else None


def _seconds(env: Mapping[str, str], name: str, usual: float) -> float:
    try:
        return float(env.get(name) or usual)
    except ValueError:
        raise ConfigError(f"{name} must be a number of seconds") from None
