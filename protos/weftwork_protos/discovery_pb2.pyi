from weftwork_protos import gossip_pb2 as _gossip_pb2
from weftwork_protos import msp_config_pb2 as _msp_config_pb2
from weftwork_protos import peer_pb2 as _peer_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SignedRequest(_message.Message):
    __slots__ = ("payload", "signature")
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    payload: bytes
    signature: bytes
    def __init__(self, payload: _Optional[bytes] = ..., signature: _Optional[bytes] = ...) -> None: ...

class Request(_message.Message):
    __slots__ = ("authentication", "queries")
    AUTHENTICATION_FIELD_NUMBER: _ClassVar[int]
    QUERIES_FIELD_NUMBER: _ClassVar[int]
    authentication: AuthInfo
    queries: _containers.RepeatedCompositeFieldContainer[Query]
    def __init__(self, authentication: _Optional[_Union[AuthInfo, _Mapping]] = ..., queries: _Optional[_Iterable[_Union[Query, _Mapping]]] = ...) -> None: ...

class Response(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[QueryResult]
    def __init__(self, results: _Optional[_Iterable[_Union[QueryResult, _Mapping]]] = ...) -> None: ...

class AuthInfo(_message.Message):
    __slots__ = ("client_identity", "client_tls_cert_hash")
    CLIENT_IDENTITY_FIELD_NUMBER: _ClassVar[int]
    CLIENT_TLS_CERT_HASH_FIELD_NUMBER: _ClassVar[int]
    client_identity: bytes
    client_tls_cert_hash: bytes
    def __init__(self, client_identity: _Optional[bytes] = ..., client_tls_cert_hash: _Optional[bytes] = ...) -> None: ...

class Query(_message.Message):
    __slots__ = ("channel", "config_query", "peer_query", "cc_query", "local_peers")
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    CONFIG_QUERY_FIELD_NUMBER: _ClassVar[int]
    PEER_QUERY_FIELD_NUMBER: _ClassVar[int]
    CC_QUERY_FIELD_NUMBER: _ClassVar[int]
    LOCAL_PEERS_FIELD_NUMBER: _ClassVar[int]
    channel: str
    config_query: ConfigQuery
    peer_query: PeerMembershipQuery
    cc_query: ChaincodeQuery
    local_peers: LocalPeerQuery
    def __init__(self, channel: _Optional[str] = ..., config_query: _Optional[_Union[ConfigQuery, _Mapping]] = ..., peer_query: _Optional[_Union[PeerMembershipQuery, _Mapping]] = ..., cc_query: _Optional[_Union[ChaincodeQuery, _Mapping]] = ..., local_peers: _Optional[_Union[LocalPeerQuery, _Mapping]] = ...) -> None: ...

class QueryResult(_message.Message):
    __slots__ = ("error", "config_result", "cc_query_res", "members")
    ERROR_FIELD_NUMBER: _ClassVar[int]
    CONFIG_RESULT_FIELD_NUMBER: _ClassVar[int]
    CC_QUERY_RES_FIELD_NUMBER: _ClassVar[int]
    MEMBERS_FIELD_NUMBER: _ClassVar[int]
    error: Error
    config_result: ConfigResult
    cc_query_res: ChaincodeQueryResult
    members: PeerMembershipResult
    def __init__(self, error: _Optional[_Union[Error, _Mapping]] = ..., config_result: _Optional[_Union[ConfigResult, _Mapping]] = ..., cc_query_res: _Optional[_Union[ChaincodeQueryResult, _Mapping]] = ..., members: _Optional[_Union[PeerMembershipResult, _Mapping]] = ...) -> None: ...

class ConfigQuery(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ConfigResult(_message.Message):
    __slots__ = ("msps", "orderers")
    class MspsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _msp_config_pb2.FabricMSPConfig
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_msp_config_pb2.FabricMSPConfig, _Mapping]] = ...) -> None: ...
    class OrderersEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: Endpoints
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[Endpoints, _Mapping]] = ...) -> None: ...
    MSPS_FIELD_NUMBER: _ClassVar[int]
    ORDERERS_FIELD_NUMBER: _ClassVar[int]
    msps: _containers.MessageMap[str, _msp_config_pb2.FabricMSPConfig]
    orderers: _containers.MessageMap[str, Endpoints]
    def __init__(self, msps: _Optional[_Mapping[str, _msp_config_pb2.FabricMSPConfig]] = ..., orderers: _Optional[_Mapping[str, Endpoints]] = ...) -> None: ...

class PeerMembershipQuery(_message.Message):
    __slots__ = ("filter",)
    FILTER_FIELD_NUMBER: _ClassVar[int]
    filter: _peer_pb2.ChaincodeInterest
    def __init__(self, filter: _Optional[_Union[_peer_pb2.ChaincodeInterest, _Mapping]] = ...) -> None: ...

class PeerMembershipResult(_message.Message):
    __slots__ = ("peers_by_org",)
    class PeersByOrgEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: Peers
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[Peers, _Mapping]] = ...) -> None: ...
    PEERS_BY_ORG_FIELD_NUMBER: _ClassVar[int]
    peers_by_org: _containers.MessageMap[str, Peers]
    def __init__(self, peers_by_org: _Optional[_Mapping[str, Peers]] = ...) -> None: ...

class ChaincodeQuery(_message.Message):
    __slots__ = ("interests",)
    INTERESTS_FIELD_NUMBER: _ClassVar[int]
    interests: _containers.RepeatedCompositeFieldContainer[_peer_pb2.ChaincodeInterest]
    def __init__(self, interests: _Optional[_Iterable[_Union[_peer_pb2.ChaincodeInterest, _Mapping]]] = ...) -> None: ...

class ChaincodeQueryResult(_message.Message):
    __slots__ = ("content",)
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    content: _containers.RepeatedCompositeFieldContainer[EndorsementDescriptor]
    def __init__(self, content: _Optional[_Iterable[_Union[EndorsementDescriptor, _Mapping]]] = ...) -> None: ...

class LocalPeerQuery(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class EndorsementDescriptor(_message.Message):
    __slots__ = ("chaincode", "endorsers_by_groups", "layouts")
    class EndorsersByGroupsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: Peers
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[Peers, _Mapping]] = ...) -> None: ...
    CHAINCODE_FIELD_NUMBER: _ClassVar[int]
    ENDORSERS_BY_GROUPS_FIELD_NUMBER: _ClassVar[int]
    LAYOUTS_FIELD_NUMBER: _ClassVar[int]
    chaincode: str
    endorsers_by_groups: _containers.MessageMap[str, Peers]
    layouts: _containers.RepeatedCompositeFieldContainer[Layout]
    def __init__(self, chaincode: _Optional[str] = ..., endorsers_by_groups: _Optional[_Mapping[str, Peers]] = ..., layouts: _Optional[_Iterable[_Union[Layout, _Mapping]]] = ...) -> None: ...

class Layout(_message.Message):
    __slots__ = ("quantities_by_group",)
    class QuantitiesByGroupEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    QUANTITIES_BY_GROUP_FIELD_NUMBER: _ClassVar[int]
    quantities_by_group: _containers.ScalarMap[str, int]
    def __init__(self, quantities_by_group: _Optional[_Mapping[str, int]] = ...) -> None: ...

class Peers(_message.Message):
    __slots__ = ("peers",)
    PEERS_FIELD_NUMBER: _ClassVar[int]
    peers: _containers.RepeatedCompositeFieldContainer[Peer]
    def __init__(self, peers: _Optional[_Iterable[_Union[Peer, _Mapping]]] = ...) -> None: ...

class Peer(_message.Message):
    __slots__ = ("state_info", "membership_info", "identity")
    STATE_INFO_FIELD_NUMBER: _ClassVar[int]
    MEMBERSHIP_INFO_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_FIELD_NUMBER: _ClassVar[int]
    state_info: _gossip_pb2.Envelope
    membership_info: _gossip_pb2.Envelope
    identity: bytes
    def __init__(self, state_info: _Optional[_Union[_gossip_pb2.Envelope, _Mapping]] = ..., membership_info: _Optional[_Union[_gossip_pb2.Envelope, _Mapping]] = ..., identity: _Optional[bytes] = ...) -> None: ...

class Error(_message.Message):
    __slots__ = ("content",)
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    content: str
    def __init__(self, content: _Optional[str] = ...) -> None: ...

class Endpoints(_message.Message):
    __slots__ = ("endpoint",)
    ENDPOINT_FIELD_NUMBER: _ClassVar[int]
    endpoint: _containers.RepeatedCompositeFieldContainer[Endpoint]
    def __init__(self, endpoint: _Optional[_Iterable[_Union[Endpoint, _Mapping]]] = ...) -> None: ...

class Endpoint(_message.Message):
    __slots__ = ("host", "port")
    HOST_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    host: str
    port: int
    def __init__(self, host: _Optional[str] = ..., port: _Optional[int] = ...) -> None: ...
