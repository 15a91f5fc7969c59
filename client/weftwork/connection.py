"""What a channel to a peer is opened with: TLS credentials and gRPC options."""

from typing import Any

import grpc

from weftwork.options import Options
from weftwork.profile import Endpoint


def credentials_for(
    endpoint: Endpoint, *, client_key: bytes | None = None, client_certificate: bytes | None = None
) -> grpc.ChannelCredentials | None:
    """TLS credentials that trust the endpoint's CAs alone; None for a plaintext endpoint.

    ``client_key`` and ``client_certificate`` (PEM) are for peers that demand mutual TLS, by
    default the endpoint's own.
    """
    if endpoint.roots is None:
        return None
    if client_certificate is None and endpoint.client is not None:
        client_key, client_certificate = endpoint.client.key, endpoint.client.certificate
    return grpc.ssl_channel_credentials(endpoint.roots, client_key, client_certificate)


def channel_options(endpoint: Endpoint, options: Options) -> list[tuple[str, Any]]:
    """gRPC options of a channel to the endpoint."""
    found: list[tuple[str, Any]] = [
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
        found.append(("grpc.ssl_target_name_override", endpoint.server_name))
    return found
