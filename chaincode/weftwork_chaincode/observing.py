"""What a chaincode server tells of itself, and the endpoint that does."""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from importlib import metadata

from cryptography import x509

from weftwork_chaincode.config import ChaincodeConfig, Settings, split_address
from weftwork_chaincode.errors import ConfigError
from weftwork_chaincode.meter import Meter
from weftwork_chaincode.operations import OperationsEndpoint, Page, health_page, json_page
from weftwork_chaincode.tls import TlsFiles

_VERSION_DIGITS = 12


def operations_endpoint(
    settings: Settings,
    chaincodes: Sequence[tuple[ChaincodeConfig, Meter]],
    unwell: Callable[[], dict[str, str]],
) -> OperationsEndpoint | None:
    """The operations endpoint that a configuration asks for, not yet started; None for none.

    Args:
        settings: the server's.
        chaincodes: what it serves, each with its counts.
        unwell: what is not well, why by what.

    Raises:
        ConfigError: the library for it is missing, or its certificates cannot be read.
    """
    operations = settings.server.operations
    if operations is None:
        return None
    tls = settings.operations_tls
    pages: dict[str, Page] = {
        "/healthz": health_page(unwell),
        "/version": json_page(_about(settings)),
    }
    # What is counted is for the department's own: a certificate, or all of it in plaintext.
    checked = tls is not None and tls.client_roots is not None
    if checked or (tls is None and settings.server.insecure and not operations.open_health):
        pages["/metrics"] = _metrics(settings, chaincodes)
    host, port = split_address(operations.address)
    return OperationsEndpoint(
        host,
        port or 0,
        tls.context("http/1.1", optional=operations.open_health) if tls is not None else None,
        pages,
        guarded=("/metrics",) if checked else (),
    )


def _metrics(settings: Settings, chaincodes: Sequence[tuple[ChaincodeConfig, Meter]]) -> Page:
    try:
        from weftwork_chaincode.exposition import CONTENT_TYPE, Exposition, Served
    except ImportError as error:
        raise ConfigError(
            "operations: the library prometheus-client is missing: "
            "pip install 'weftwork[metrics]', or leave operations out"
        ) from error
    served = [
        Served(config.shown, config.package_id, _version(config), meter)
        for config, meter in chaincodes
    ]
    files = {"tls": settings.tls, "operations": settings.operations_tls}
    expiries = {name: _expiry(name, pair) for name, pair in files.items() if pair is not None}
    exposition = Exposition(served, expiries)
    return lambda: (HTTPStatus.OK, CONTENT_TYPE, exposition.text())


def _about(settings: Settings) -> dict[str, object]:
    return {
        "Version": _release(),
        "Department": settings.server.department,
        "Chaincodes": [
            {"Name": config.shown, "PackageID": config.package_id, "Version": _version(config)}
            for config in settings.server.chaincodes
        ],
    }


def _version(config: ChaincodeConfig) -> str:
    """The version that departments approve code under; empty where none was named."""
    return (config.code_sha256 or "")[:_VERSION_DIGITS]


def _release() -> str:
    try:
        return metadata.version("weftwork")
    except metadata.PackageNotFoundError:  # a container holds the packages alone
        return ""


def _expiry(name: str, files: TlsFiles) -> float:
    try:
        found = x509.load_pem_x509_certificate(files.certificate)
    except ValueError as error:
        raise ConfigError(f"the certificate of {name} is no PEM certificate") from error
    return found.not_valid_after_utc.timestamp()
