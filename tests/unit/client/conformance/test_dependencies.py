"""What is optional is not loaded by whoever does not use it (dependency.test.ts)."""

import subprocess
import sys

OPTIONAL = ("pkcs11", "PyKCS11", "opentelemetry", "prometheus_client", "httpx", "typer")

LOADING = f"""
import sys
import weftwork, weftwork.aio
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
key = ec.generate_private_key(ec.SECP256R1()).private_bytes(
    serialization.Encoding.PEM,
    serialization.PrivateFormat.PKCS8,
    serialization.NoEncryption(),
)
weftwork.signer_from_key(key)
print([name for name in {OPTIONAL} if name in sys.modules])
"""


# optional pkcs11js dependency not loaded when accessing private key signer
def test_a_key_signer_loads_nothing_optional() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADING], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
