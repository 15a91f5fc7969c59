"""Certificates on disk: the names in them, the days they have left, and whether they have begun."""

import datetime
import os
from collections.abc import Iterator
from pathlib import Path

from weftwork_network.certificates import RENEW_BEFORE, load_certificate, names_in
from weftwork_network.consenters import identity_certificate, tls_certificate
from weftwork_network.doctor.findings import Finding, error, warning
from weftwork_network.doctor.site import Site
from weftwork_network.faults import shown
from weftwork_network.topology import HOST, Node

_RENEWS = "`weftwork network restart` makes a new one"
_FROZEN = "the channel holds it: bring a new one into the channel by a config update first"


def check_names(site: Site) -> Iterator[Finding]:
    """Every node's TLS certificates carry the names and addresses that others call it by."""
    for node in (*site.topology.authorities, *site.topology.orderers, *site.topology.peers):
        for use in ("tls", "operations"):
            path = site.state.node(node) / use / "server.crt"
            if not path.exists():
                continue
            try:
                names = names_in(load_certificate(path))
            except ValueError:
                continue  # told by the check of days
            missing = [name for name in (node.host, HOST) if name not in names]
            if missing:
                yield error(
                    "names",
                    shown(path),
                    f"does not carry {' and '.join(missing)}, by which others call {node.id}; "
                    + _cure(site, node, use),
                )


def check_there(site: Site) -> Iterator[Finding]:
    """Where the channel exists, so does what its nodes and operators show each other."""
    if not site.state.created.exists():
        return
    topology = site.topology
    for node in (*topology.authorities, *topology.orderers, *topology.peers):
        for use in ("tls", "operations"):
            path = site.state.node(node) / use / "server.crt"
            if not path.exists():
                cure = _restores(_cure(site, node, use))
                yield error("certificates", shown(path), f"is missing: {node.id} needs it; {cure}")
    for member in topology.members:
        path = site.state.operator(member) / "client.crt"
        if not path.exists():
            text = f"is missing: without it no node of {member.name} can be asked; {_RENEWS}"
            yield error("certificates", shown(path), text)


def _restores(cure: str) -> str:
    return f"restore it from a copy; {cure}" if cure == _FROZEN else cure


def check_days(site: Site, now: datetime.datetime | None = None) -> Iterator[Finding]:
    """No certificate has ended, ends soon, or has yet to begin."""
    now = now or datetime.datetime.now(datetime.UTC)
    for path in certificate_files(site.state.departments):
        try:
            certificate = load_certificate(path)
        except (OSError, ValueError) as failure:
            text = f"is no certificate ({failure}); restore it from a copy"
            yield error("certificates", shown(path), text)
            continue
        ends, cure = certificate.not_valid_after_utc, _cure_of(site, path)
        if certificate.not_valid_before_utc > now:
            yield error(
                "certificates",
                shown(path),
                f"is valid only from {certificate.not_valid_before_utc:%Y-%m-%d %H:%M} UTC and it "
                f"is {now:%Y-%m-%d %H:%M} here; set this machine's clock right",
            )
        elif ends <= now:
            yield error("certificates", shown(path), f"ended on {ends:%Y-%m-%d}; {cure}")
        elif ends - now < RENEW_BEFORE:
            left = (ends - now).days
            yield warning(
                "certificates", shown(path), f"ends on {ends:%Y-%m-%d}, {left} days left; {cure}"
            )


def certificate_files(departments: Path) -> list[Path]:
    """Every certificate below the departments' folders, ledgers left out, each once."""
    found: list[Path] = []
    for place, below, files in os.walk(departments):
        below[:] = sorted(name for name in below if name != "data")
        folder = Path(place)
        found += [folder / name for name in sorted(files) if _is_certificate(folder, name)]
    return found


def _is_certificate(folder: Path, name: str) -> bool:
    # cacerts and tlscacerts are copies of the department's own authorities.
    copies = folder.name in ("cacerts", "tlscacerts") or name == "ca.crt"
    return not copies and (name.endswith(".crt") or name == "cert.pem")


def _cure(site: Site, node: Node, use: str) -> str:
    frozen = node.kind == "orderer" and use == "tls" and site.state.created.exists()
    return _FROZEN if frozen else _RENEWS


def _cure_of(site: Site, path: Path) -> str:
    for node in site.topology.orderers:
        if path == tls_certificate(site.state, node):
            return _cure(site, node, "tls")
        if site.topology.ordering == "bft" and path == identity_certificate(site.state, node):
            return _cure(site, node, "tls")
    authority = path.parent.name in ("ca", "tlsca") and path.name == "cert.pem"
    return _FROZEN if authority and site.state.created.exists() else _RENEWS
