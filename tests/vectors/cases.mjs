// What the vectors are made of: inputs alone. generate.mjs has the official client turn them into
// bytes; tests/unit/client/conformance/test_vectors.py has ours do the same.

const bytes = (...values) => ({ hex: Buffer.from(values.flat()).toString('hex') });
const every = bytes(Array.from({ length: 256 }, (_, value) => value));
const nonce = (start) => Buffer.from(Array.from({ length: 24 }, (_, at) => (start + at) % 256));

const identities = {
    logistics: { mspid: 'LogisticsMSP', file: 'logistics.pem' },
    property: { mspid: 'Eigentümer-MSP-物', file: 'property.pem' },
};

const usual = {
    identity: 'logistics',
    nonce: nonce(1).toString('hex'),
    time_ms: 1_700_000_000_123,
    hash: 'sha256',
    tls_certificate_hash: '',
    channel: 'crosswork',
    chaincode: 'logistics',
    contract: '',
    function: 'offer',
    arguments: [],
    transient: {},
    organizations: [],
    result: { hex: Buffer.from('{"id":"C-1"}').toString('hex') },
    code: 0,
    block: 7,
};

const transactions = [
    { name: 'no arguments' },
    { name: 'text arguments', arguments: ['C-1', 'EnergyMSP', '["M-1"]'] },
    { name: 'empty text argument', arguments: [''] },
    { name: 'bytes arguments', arguments: [bytes(0), every, bytes(255, 254, 0)] },
    { name: 'empty bytes argument', arguments: [bytes(), 'after'] },
    { name: 'text and bytes', arguments: ['one', bytes(1, 2, 3), 'two', bytes(0)] },
    { name: 'unicode text', arguments: ['Straße', '電力', '🏘️', 'e\u0301', '\u0000'] },
    { name: 'unicode function', function: 'übertragen', arguments: ['ja'] },
    { name: 'long argument', arguments: ['x'.repeat(5_000)] },
    { name: 'many arguments', arguments: Array.from({ length: 130 }, (_, at) => `${at}`) },
    { name: 'transient text', transient: { reading: '{"kwh":"12.5"}' } },
    { name: 'transient bytes', transient: { key: every } },
    {
        name: 'transient keys out of order',
        transient: { zeta: 'z', alpha: 'a', Mid: 'm', 'alpha.1': bytes(1), ab: 'ab', a: bytes(2) },
    },
    { name: 'transient keys like numbers', transient: { 10: 'ten', 9: 'nine', '-1': 'minus', '01': 'o' } },
    { name: 'transient empty key and value', transient: { '': 'no key', empty: bytes(), text: '' } },
    {
        // UTF-16 sorts the astral key before the full-width one, UTF-8 after it.
        name: 'transient unicode keys',
        transient: { '～': 'full width', '😀': 'astral', ß: 's', 電: 'power' },
    },
    { name: 'one endorsing organization', organizations: ['EnergyMSP'] },
    {
        name: 'endorsing organizations in their order',
        organizations: ['PropertyMSP', 'LogisticsMSP', 'EnergyMSP'],
        transient: { b: '1', a: '2' },
        arguments: ['C-1'],
    },
    { name: 'named contract', contract: 'org.weftwork.cases', arguments: ['C-1'] },
    { name: 'system chaincode', chaincode: 'qscc', function: 'GetChainInfo', arguments: ['crosswork'] },
    { name: 'TLS client certificate hash', tls_certificate_hash: Buffer.alloc(32, 0xab).toString('hex') },
    { name: 'other identity', identity: 'property', channel: 'kanal-ü' },
    { name: 'nonce of zeros', nonce: Buffer.alloc(24).toString('hex') },
    { name: 'nonce of ones', nonce: Buffer.alloc(24, 0xff).toString('hex') },
    { name: 'whole second', time_ms: 1_700_000_000_000 },
    { name: 'epoch', time_ms: 0 },
    { name: 'last millisecond of a second', time_ms: 1_700_000_000_999 },
    { name: 'year 2100', time_ms: 4_102_444_800_001 },
    { name: 'hash none', hash: 'none', arguments: ['C-1'] },
    { name: 'hash sha384', hash: 'sha384', arguments: ['C-1'] },
    { name: 'hash sha3_256', hash: 'sha3_256', arguments: ['C-1'] },
    { name: 'hash sha3_384', hash: 'sha3_384', arguments: ['C-1'] },
    { name: 'empty result', result: bytes() },
    { name: 'bytes result', result: every },
    { name: 'MVCC_READ_CONFLICT', code: 11, block: 4_294_967_296 },
    { name: 'code 255', code: 255, block: 0 },
].map((given, at) => ({ ...usual, nonce: nonce(at * 7 + 1).toString('hex'), ...given }));

const events = {
    identity: 'logistics',
    time_ms: 1_700_000_000_123,
    hash: 'sha256',
    tls_certificate_hash: '',
    channel: 'crosswork',
    start_block: null,
    checkpoint: null,
};

const positions = [
    { name: 'next commit' },
    { name: 'from the first block', start_block: 0 },
    { name: 'from block 1', start_block: 1 },
    { name: 'from block 418', start_block: 418 },
    { name: 'from a large block', start_block: 4_294_967_296 },
    { name: 'unset checkpoint', checkpoint: {} },
    { name: 'unset checkpoint and start block', start_block: 418, checkpoint: {} },
    { name: 'checkpoint of a block', start_block: 418, checkpoint: { block: 41 } },
    { name: 'checkpoint of the first block', checkpoint: { block: 0 } },
    {
        name: 'checkpoint of a transaction',
        start_block: 418,
        checkpoint: { block: 0, transaction_id: 'ab'.repeat(32) },
    },
    { name: 'other identity', identity: 'property', channel: 'kanal-ü', start_block: 3 },
    { name: 'hash sha384', hash: 'sha384' },
    { name: 'whole second', time_ms: 1_700_000_000_000 },
];

const chaincode_events = positions.map((given) => ({ ...events, chaincode: 'logistics', ...given }));
const tls = { name: 'TLS client certificate hash', tls_certificate_hash: Buffer.alloc(32, 0xab).toString('hex') };
const block_events = ['blocks', 'filtered', 'private'].flatMap((kind) =>
    [...positions, tls].map((given) => ({ ...events, kind, ...given })),
);

export { block_events, chaincode_events, identities, transactions };
