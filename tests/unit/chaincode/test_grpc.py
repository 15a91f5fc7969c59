"""gRPC's message framing and headers, without a network."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weftwork_chaincode.grpc_framing import FramingError, MessageReader, prefix
from weftwork_chaincode.grpc_headers import Rejection, Request, check, trailers
from weftwork_chaincode.transport import GrpcStatus

PATH = "/protos.Chaincode/Connect"
GOOD = {
    b":method": b"POST",
    b":path": PATH.encode(),
    b":scheme": b"http",
    b"content-type": b"application/grpc",
    b"te": b"trailers",
}


@given(st.lists(st.binary(max_size=200), max_size=8), st.data())
def test_messages_come_out_whole_however_they_are_cut(messages, data):
    stream = b"".join(prefix(message) + message for message in messages)
    reader = MessageReader(1000)
    found = []
    while stream:
        cut = data.draw(st.integers(1, len(stream)))
        found += reader.feed(stream[:cut])
        stream = stream[cut:]
    assert found == messages
    assert not reader.broken_off


def test_a_message_over_the_limit_is_refused_by_its_length_alone():
    with pytest.raises(FramingError) as error:
        MessageReader(1000).feed(b"\x00" + (1001).to_bytes(4, "big"))
    assert error.value.status is GrpcStatus.RESOURCE_EXHAUSTED
    assert MessageReader(1000).feed(prefix(b"x" * 1000) + b"x" * 1000) == [b"x" * 1000]


def test_a_compressed_message_is_refused():
    with pytest.raises(FramingError) as error:
        MessageReader(1000).feed(b"\x01\x00\x00\x00\x01x")
    assert error.value.status is GrpcStatus.INTERNAL


def test_a_broken_off_message_is_noticed():
    reader = MessageReader(1000)
    reader.feed(b"\x00\x00\x00\x00\x05ab")
    assert reader.broken_off


@pytest.mark.parametrize(
    "content_type",
    ["application/grpc", "application/grpc+proto", "application/grpc; charset=utf-8"],
)
def test_a_request_for_connect_is_served(content_type):
    headers = GOOD | {b"content-type": content_type.encode()}
    assert check(headers.items(), PATH) == Request(None)


@pytest.mark.parametrize(
    ("changes", "http", "status"),
    [
        ({b":method": b"GET"}, 405, GrpcStatus.INTERNAL),
        ({b"content-type": b"application/json"}, 415, GrpcStatus.INTERNAL),
        ({b"content-type": b"application/grpc-web"}, 415, GrpcStatus.INTERNAL),
        ({b"content-type": b""}, 415, GrpcStatus.INTERNAL),
        ({b":path": b"/protos.Chaincode/Other"}, 200, GrpcStatus.UNIMPLEMENTED),
        ({b"grpc-encoding": b"gzip"}, 200, GrpcStatus.UNIMPLEMENTED),
        ({b"grpc-timeout": b"soon"}, 200, GrpcStatus.INTERNAL),
        ({b"grpc-timeout": b"123456789S"}, 200, GrpcStatus.INTERNAL),
    ],
)
def test_other_requests_are_told_why_not(changes, http, status):
    rejection = check((GOOD | changes).items(), PATH)
    assert isinstance(rejection, Rejection)
    assert (rejection.http_status, rejection.status) == (http, status)


@pytest.mark.parametrize(("text", "seconds"), [(b"5S", 5.0), (b"200m", 0.2), (b"1H", 3600.0)])
def test_the_clients_deadline_is_read(text, seconds):
    assert check((GOOD | {b"grpc-timeout": text}).items(), PATH) == Request(seconds)


def test_the_status_text_is_percent_encoded():
    assert dict(trailers(GrpcStatus.INTERNAL, "100 % ü\n")) == {
        "grpc-status": "13",
        "grpc-message": "100 %25 %C3%BC%0A",
    }
