"""Serve a contract that is being edited: a process that is warm before it knows the code.

``python -m weftwork_chaincode.develop`` imports the runtime, which takes most of a start, and
waits. It is told by its standard input, a JSON object a line, and tells by its standard output:

    in    {"config": "…", "folder": "…", "sockets": [["new", "place", "spare"]], "debug": 5678}
    out   {"loaded": true}, or {"failed": {…}} and its end
    in    {"serve": true}
    out   {"serves": true}; with `debug` {"waits": 5678} before the first transaction is answered

It takes the place of a Unix socket, so that what served there before goes on until this one is
ready. When its standard input ends, however its owner ended, it puts back what was kept as the
spare, lets its transactions end and goes.
"""
