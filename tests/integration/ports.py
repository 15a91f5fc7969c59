"""The ports that the tests take; a network takes a hundred for each department."""

import os

SHARED_PORT = int(os.environ.get("WEFTWORK_TEST_PORT", "17000"))
RACING_PORT = SHARED_PORT + 500
OWN_PORT = SHARED_PORT + 1000
BFT_PORT = SHARED_PORT + 1500
RELEASE_PORT = SHARED_PORT + 2000
SHAPE_PORT = SHARED_PORT + 2500
PAIR_PORT = SHARED_PORT + 3000
