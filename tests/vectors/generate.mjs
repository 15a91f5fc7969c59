// Writes vectors.json: the bytes that the official Node client makes of the inputs in cases.mjs,
// with its random numbers and its clock held still. See README.md.

import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import * as cases from './cases.mjs';

const require = createRequire(import.meta.url);
const still = { nonce: Buffer.alloc(24), time_ms: 0 };
// The client reads both at each call, so that they can be replaced before it is loaded.
require('node:crypto').randomBytes = (size) => {
    if (size !== still.nonce.length) throw new Error(`${size} random bytes asked for`);
    return Buffer.from(still.nonce);
};
const Moving = Date;
globalThis.Date = class extends Moving {
    constructor(...given) {
        super(...(given.length ? given : [still.time_ms]));
    }
};

const { checkpointers, connect, hash } = require('@hyperledger/fabric-gateway');
const protos = require(require.resolve('@hyperledger/fabric-protos', {
    paths: [require.resolve('@hyperledger/fabric-gateway')],
}));
const { common, gateway: messages, peer } = protos;
const version = JSON.parse(
    readFileSync(require.resolve('@hyperledger/fabric-gateway').replace(/dist.*/, 'package.json')),
).version;

const base64 = (value) => Buffer.from(value).toString('base64');
const asBytes = (value) => (typeof value === 'string' ? value : Buffer.from(value.hex, 'hex'));

/** Not a signature, but as deterministic as it is bound to what would be signed. */
const signer = async (digest) => createHash('sha256').update('signature of ').update(digest).digest();

/** Takes what the client hands to gRPC, serialized as gRPC would, and answers from a table. */
class Peer {
    sent = {};
    answers = {};

    makeUnaryRequest(path, serialize, deserialize, request, ...rest) {
        this.sent[path] = Buffer.from(serialize(request));
        rest.at(-1)(null, deserialize(Buffer.from(this.answers[path])));
    }

    makeServerStreamRequest(path, serialize, deserialize, request) {
        this.sent[path] = Buffer.from(serialize(request));
        return { cancel() {}, async *[Symbol.asyncIterator]() {} };
    }

    makeBidiStreamRequest(path, serialize) {
        const write = (request) => (this.sent[path] = Buffer.from(serialize(request)));
        return { write, cancel() {}, async *[Symbol.asyncIterator]() {} };
    }
}

function connected(given) {
    const { mspid, file } = cases.identities[given.identity];
    const client = new Peer();
    const tls = Buffer.from(given.tls_certificate_hash, 'hex');
    const gateway = connect({
        client,
        identity: { mspId: mspid, credentials: readFileSync(new URL(file, import.meta.url)) },
        signer,
        hash: hash[given.hash],
        ...(tls.length ? { tlsClientCertificateHash: tls } : {}),
    });
    return { client, gateway, network: gateway.getNetwork(given.channel) };
}

async function transaction(given) {
    still.nonce = Buffer.from(given.nonce, 'hex');
    still.time_ms = given.time_ms;
    const { client, network } = connected(given);
    const proposal = network
        .getContract(given.chaincode, given.contract || undefined)
        .newProposal(given.function, {
            arguments: given.arguments.map(asBytes),
            transientData: Object.fromEntries(
                Object.entries(given.transient).map(([key, value]) => [key, asBytes(value)]),
            ),
            ...(given.organizations.length ? { endorsingOrganizations: given.organizations } : {}),
        });
    const expected = {
        transaction_id: proposal.getTransactionId(),
        proposal: base64(proposal.getBytes()),
        proposal_digest: base64(proposal.getDigest()),
    };
    const endorsed = endorseResponse(proposal, asBytes(given.result));
    client.answers = {
        '/gateway.Gateway/Evaluate': new messages.EvaluateResponse().serializeBinary(),
        '/gateway.Gateway/Endorse': endorsed,
        '/gateway.Gateway/Submit': [],
        '/gateway.Gateway/CommitStatus': commitStatusResponse(given),
    };
    await proposal.evaluate();
    expected.signed_proposal = base64(proposal.getBytes());
    const prepared = await proposal.endorse();
    expected.transaction = base64(prepared.getBytes());
    expected.transaction_digest = base64(prepared.getDigest());
    expected.result = base64(prepared.getResult());
    const commit = await prepared.submit();
    expected.signed_transaction = base64(prepared.getBytes());
    expected.commit = base64(commit.getBytes());
    expected.commit_digest = base64(commit.getDigest());
    const status = await commit.getStatus();
    if (status.code !== given.code || status.blockNumber !== BigInt(given.block)) throw new Error(given.name);
    expected.signed_commit = base64(commit.getBytes());
    for (const [path, request] of Object.entries(client.sent)) expected[path] = base64(request);
    return { ...given, endorsed: base64(endorsed), expected };
}

function endorseResponse(proposal, result) {
    const { proposal: signed } = messages.ProposedTransaction.deserializeBinary(proposal.getBytes()).toObject();
    const proposed = peer.Proposal.deserializeBinary(Buffer.from(signed.proposalBytes, 'base64'));
    const response = new peer.Response();
    response.setStatus(200);
    response.setPayload(result);
    const action = new peer.ChaincodeAction();
    action.setResponse(response);
    const answer = new peer.ProposalResponsePayload();
    answer.setExtension$(action.serializeBinary());
    const endorsedAction = new peer.ChaincodeEndorsedAction();
    endorsedAction.setProposalResponsePayload(answer.serializeBinary());
    const payload = new peer.ChaincodeActionPayload();
    payload.setAction(endorsedAction);
    const one = new peer.TransactionAction();
    one.setPayload(payload.serializeBinary());
    const whole = new peer.Transaction();
    whole.setActionsList([one]);
    const content = new common.Payload();
    content.setHeader(common.Header.deserializeBinary(proposed.getHeader_asU8()));
    content.setData(whole.serializeBinary());
    const envelope = new common.Envelope();
    envelope.setPayload(content.serializeBinary());
    const made = new messages.EndorseResponse();
    made.setPreparedTransaction(envelope);
    return made.serializeBinary();
}

function commitStatusResponse(given) {
    const made = new messages.CommitStatusResponse();
    made.setResult(given.code);
    made.setBlockNumber(given.block);
    return made.serializeBinary();
}

async function position(given) {
    const options = {};
    if (given.start_block !== null) options.startBlock = BigInt(given.start_block);
    if (given.checkpoint !== null) {
        options.checkpoint = checkpointers.inMemory();
        const { block, transaction_id } = given.checkpoint;
        if (transaction_id) await options.checkpoint.checkpointTransaction(BigInt(block), transaction_id);
        else if (block !== undefined) await options.checkpoint.checkpointBlock(BigInt(block));
    }
    return options;
}

async function requested(given, ask) {
    still.time_ms = given.time_ms;
    const { client, network } = connected(given);
    const request = ask(network, await position(given));
    const expected = { request: base64(request.getBytes()), digest: base64(request.getDigest()) };
    await request.getEvents();
    expected.signed_request = base64(request.getBytes());
    for (const [path, sent] of Object.entries(client.sent)) expected[path] = base64(sent);
    return { ...given, expected };
}

const chaincodeEvents = (given) =>
    requested(given, (network, options) => network.newChaincodeEventsRequest(given.chaincode, options));

const asks = {
    blocks: 'newBlockEventsRequest',
    filtered: 'newFilteredBlockEventsRequest',
    private: 'newBlockAndPrivateDataEventsRequest',
};
const blockEvents = (given) => requested(given, (network, options) => network[asks[given.kind]](options));

async function all(given, make) {
    const made = [];
    // One after another: they share the clock and the nonce.
    for (const each of given) made.push(await make(each));
    return made;
}

const vectors = {
    made_with: `@hyperledger/fabric-gateway ${version}`,
    identities: cases.identities,
    transactions: await all(cases.transactions, transaction),
    chaincode_events: await all(cases.chaincode_events, chaincodeEvents),
    block_events: await all(cases.block_events, blockEvents),
};
writeFileSync(new URL('vectors.json', import.meta.url), `${JSON.stringify(vectors, null, 1)}\n`);
