"""A peer over grpcio: one that connects to a chaincode server, and one that chaincodes call."""

import asyncio

import grpc
import grpc.aio

from weftwork_chaincode import Response, messages
from weftwork_protos.chaincode_shim_pb2 import ChaincodeMessage
from weftwork_protos.peer_pb2 import ChaincodeAdditionalParams, ChaincodeInput

CONNECT = "/protos.Chaincode/Connect"
REGISTER = "/protos.ChaincodeSupport/Register"
OPTIONS = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


class GrpcPeer:
    """Speaks the peer's protocol over one stream of a channel."""

    def __init__(self, channel):
        self.call = channel.stream_stream(CONNECT)()

    async def register(self, write_batch=100):
        register = await self.read()
        assert register.type == messages.REGISTER
        params = ChaincodeAdditionalParams(
            use_write_batch=write_batch > 0, max_size_write_batch=write_batch
        )
        await self.send(messages.REGISTERED)
        await self.send(messages.READY, payload=params.SerializeToString())
        return register.payload[2:].decode()

    async def read(self):
        data = await self.call.read()
        assert data is not grpc.aio.EOF, "the stream has ended"
        return ChaincodeMessage.FromString(data)

    async def send(self, kind, txid="", payload=b""):
        await self.call.write(messages.message(kind, "ch" if txid else "", txid, payload))

    async def start(self, txid, *args):
        wire = [arg.encode() if isinstance(arg, str) else arg for arg in args]
        await self.send(messages.TRANSACTION, txid, ChaincodeInput(args=wire).SerializeToString())

    async def response(self):
        message = await self.read()
        assert message.type == messages.COMPLETED, message.type
        return Response.decode(message.payload)


def plain_channel(address):
    return grpc.aio.insecure_channel(address, options=OPTIONS)


def secure_channel(address, roots, certificate=None, key=None):
    credentials = grpc.ssl_channel_credentials(roots, key, certificate)
    return grpc.aio.secure_channel(address, credentials, options=OPTIONS)


class RegisteringPeer:
    """A grpcio server with `ChaincodeSupport.Register`."""

    def __init__(self, credentials=None, address="127.0.0.1:0"):
        self._server = grpc.aio.server(options=OPTIONS)
        handler = grpc.stream_stream_rpc_method_handler(self._register)
        service, _, method = REGISTER[1:].partition("/")
        self._server.add_generic_rpc_handlers(
            (grpc.method_handlers_generic_handler(service, {method: handler}),)
        )
        if credentials is None:
            port = self._server.add_insecure_port(address)
        else:
            port = self._server.add_secure_port(address, credentials)
        self.address = f"127.0.0.1:{port}"
        self._streams = asyncio.Queue()

    async def __aenter__(self):
        await self._server.start()
        return self

    async def __aexit__(self, *_):
        await self._server.stop(None)

    async def registered(self, write_batch=100):
        """The next chaincode that has registered and been told READY."""
        stream = await asyncio.wait_for(self._streams.get(), 10)
        register = await stream.read()
        assert register.type == messages.REGISTER
        stream.name = register.payload[2:].decode()
        params = ChaincodeAdditionalParams(
            use_write_batch=write_batch > 0, max_size_write_batch=write_batch
        )
        await stream.send(messages.REGISTERED)
        await stream.send(messages.READY, payload=params.SerializeToString())
        return stream

    async def _register(self, _, context):
        stream = CalledStream(context)
        await self._streams.put(stream)
        failure = await stream.over
        if failure:
            await context.abort(grpc.StatusCode.UNKNOWN, failure)


class CalledStream:
    """One stream that a chaincode has opened."""

    def __init__(self, context):
        self._context = context
        self.over = asyncio.get_running_loop().create_future()

    async def read(self):
        data = await asyncio.wait_for(self._context.read(), 10)
        assert data is not grpc.aio.EOF, "the chaincode has ended the stream"
        return ChaincodeMessage.FromString(data)

    async def send(self, kind, txid="", payload=b""):
        await self._context.write(messages.message(kind, "ch" if txid else "", txid, payload))

    async def start(self, txid, *args):
        wire = [arg.encode() if isinstance(arg, str) else arg for arg in args]
        await self.send(messages.TRANSACTION, txid, ChaincodeInput(args=wire).SerializeToString())

    async def half_closed(self):
        """Waits for the chaincode's end of the stream, as Go's `Recv` sees io.EOF; ends ours."""
        data = await asyncio.wait_for(self._context.read(), 10)
        self.over.set_result("")
        return data is grpc.aio.EOF

    def fail(self, text):
        """Ends the stream as a handler's error in Go does."""
        self.over.set_result(text)
