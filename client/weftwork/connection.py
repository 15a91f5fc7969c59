"""What a channel to a peer is opened with: TLS credentials and gRPC options."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import grpc
from cryptography import x509

from weftwork.errors import ProfileError
from weftwork.options import Options
from weftwork.profile import Endpoint, Profile


def credentials_for(
    endpoint: Endpoint, *, client_key: bytes | None = None, client_certificate: bytes | None = None
) -> grpc.ChannelCredentials | None:
    """TLS credentials that trust the endpoint's CAs alone; None for a plaintext endpoint.

    ``client_key`` and ``client_certificate`` (PEM) are for peers that demand mutual TLS, by
    default the endpoint's own. Raises ProfileError where the CAs are no certificates.
    """
    if endpoint.roots is None:
        return None
    try:
        x509.load_pem_x509_certificates(endpoint.roots)
    except (TypeError, ValueError):
        # gRPC would say it at the first call and in other words, or trust the system's CAs.
        raise ProfileError(f"{endpoint.name}: its TLS CAs are no PEM certificates") from None
    if client_certificate is None and endpoint.client is not None:
        client_key, client_certificate = endpoint.client.key, endpoint.client.certificate
    return grpc.ssl_channel_credentials(endpoint.roots, client_key, client_certificate)


def channel_options(endpoint: Endpoint, options: Options) -> list[tuple[str, Any]]:
    """gRPC options of a channel to the endpoint."""
    ours: list[tuple[str, Any]] = [
        ("grpc.max_receive_message_length", options.max_message_bytes),
        ("grpc.max_send_message_length", options.max_message_bytes),
        ("grpc.keepalive_time_ms", int(options.keepalive * 1000)),
        # Peers are dialled directly: an http_proxy in the environment must not capture them.
        ("grpc.enable_http_proxy", 0),
        # A peer that restarts is dialled again soon: gRPC's own pauses grow to two minutes.
        ("grpc.initial_reconnect_backoff_ms", 50),
        # In spite of its name this is how long one attempt may take, TLS included.
        ("grpc.min_reconnect_backoff_ms", 5000),
        ("grpc.max_reconnect_backoff_ms", 1000),
        # Each gateway its own connection: gRPC would share one between channels of equal options.
        ("grpc.use_local_subchannel_pool", 1),
    ]
    if endpoint.server_name:
        ours.append(("grpc.ssl_target_name_override", endpoint.server_name))
    return list({**dict(ours), **dict(endpoint.grpc_options)}.items())


def options_for(profile: Profile) -> Options:
    """The defaults of a gateway with the timeouts that a profile names."""
    options, timeouts = Options(), profile.timeouts
    if timeouts.endorse is not None:
        options = replace(
            options,
            evaluate=replace(options.evaluate, timeout=timeouts.endorse),
            endorse=replace(options.endorse, timeout=timeouts.endorse),
        )
    if timeouts.submit is not None:
        options = replace(options, submit=replace(options.submit, timeout=timeouts.submit))
    return options


def bound_to(endpoints: Sequence[Endpoint], options: Options) -> Options:
    """The options with the hash of the certificate that the endpoints are shown, unless they
    hold one already.

    A message is signed once and may go to any of them, so they must all be shown the same.
    """
    shown = {endpoint.client.hash for endpoint in endpoints if endpoint.client is not None}
    if options.tls_certificate_hash or not shown:
        return options
    if len(shown) > 1:
        raise ProfileError(
            "the peers of one gateway are shown different TLS client certificates: show them one"
        )
    return replace(options, tls_certificate_hash=shown.pop())
