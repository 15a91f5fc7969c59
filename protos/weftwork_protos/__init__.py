"""Fabric's protocol messages as Weftwork speaks them: the `_pb2` modules are generated.

The `.proto` files beside this one state names and field numbers of Fabric 3.1's wire protocol under
package names of their own, so that `hyperledger-fabric-protos` can live in the same process.
"""
