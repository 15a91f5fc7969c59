"""The developer's loop: the working tree's code served on a running network, anew at each change.

The approved code goes on running beside it and takes its place again at the end, so that editing
needs no package, approval or commit.
"""
