"""A peer over a real grpcio client: what connects to a chaincode server in the tests."""

import grpc
import grpc.aio

from weftwork_chaincode import Response, messages
from weftwork_protos.chaincode_shim_pb2 import ChaincodeMessage
from weftwork_protos.peer_pb2 import ChaincodeAdditionalParams, ChaincodeInput

CONNECT = "/protos.Chaincode/Connect"
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
