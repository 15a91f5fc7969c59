'use strict';
// Calls every function without a peer and prints what went in and what came out.
process.env.CORE_CHAINCODE_LOGGING_SHIM = process.env.CORE_CHAINCODE_LOGGING_LEVEL = "CRITICAL";
const Chaincode = require('fabric-shim/lib/contract-spi/chaincodefromcontract');
const {JSONSerializer} = require('fabric-contract-api');
const {execFileSync} = require('node:child_process');
const {contracts} = require('./index.js');

const pem = execFileSync('sh', ['-c', 'openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null -subj /CN=someone 2>/dev/null']);
const serializers = {transaction: 'json', serializers: {json: JSONSerializer}};

async function main() {
    const chaincode = new Chaincode(contracts, serializers, {}, 'assets', '1.0.0');
    const made = [];
    for (const args of JSON.parse(require('node:fs').readFileSync(0))) {
        const stub = {
            getBufferArgs: () => args.map((each) => Buffer.from(each)),
            getTxID: () => '', getChannelID: () => '',
            getCreator: () => ({mspid: 'OneMSP', idBytes: pem}),
        };
        const {status, payload, message} = await chaincode.Invoke(stub);
        made.push({args, status, payload: payload ? Buffer.from(payload).toString() : '', ...(message ? {message} : {})});
    }
    console.log('RECORDED ' + JSON.stringify(made));
}

main();
