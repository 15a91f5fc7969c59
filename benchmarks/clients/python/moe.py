"""The benchmark's client with the package `moe-fabric-gateway`, as its own docstrings use it."""

import asyncio

from cryptography.hazmat.primitives import serialization
from moe_fabric_gateway.gateway import Gateway
from moe_fabric_gateway.pkg.client.gateway_client import GatewayClient
from moe_fabric_gateway.pkg.client.tls_config import TLSConfig
from moe_fabric_gateway.pkg.identity.identity import X509Identity
from moe_fabric_gateway.pkg.identity.signer import EcdsaSigner
from worker import content, serve, settings


async def main() -> None:
    given = settings()
    tls = TLSConfig(ca_cert=content(given, "roots"))
    client = GatewayClient(f"{given['host']}:{given['port']}", tls_config=tls)
    identity = X509Identity(given["mspid"], content(given, "certificate"))
    key = serialization.load_pem_private_key(content(given, "key"), None)
    async with Gateway(client=client, identity=identity, signer=EcdsaSigner(key)) as gateway:
        contract = gateway.get_network(given["channel"]).get_contract(given["chaincode"])
        calls = {"evaluate": contract.evaluate_transaction, "submit": contract.submit_transaction}
        await serve(lambda kind, words: calls[kind](*words))


asyncio.run(main())
