"""HSM."""


def missing():
    return "not yet"


def enrol(network, user, mspid):
    raise NotImplementedError


def opened(network, user, mspid):
    raise NotImplementedError
