// The benchmark's client with @hyperledger/fabric-gateway: tasks as JSON lines in, figures out.
const crypto = require('node:crypto');
const fs = require('node:fs');
const readline = require('node:readline');
const grpc = require('@grpc/grpc-js');
const { connect, hash, signers } = require('@hyperledger/fabric-gateway');

const given = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const credentials = grpc.credentials.createSsl(fs.readFileSync(given.roots));
const client = new grpc.Client(`${given.host}:${given.port}`, credentials);
const key = crypto.createPrivateKey(fs.readFileSync(given.key));
const deadline = () => ({ deadline: Date.now() + 60000 });
const gateway = connect({
  client,
  hash: hash.sha256,
  identity: { mspId: given.mspid, credentials: fs.readFileSync(given.certificate) },
  signer: signers.newPrivateKeySigner(key),
  evaluateOptions: deadline,
  endorseOptions: deadline,
  submitOptions: deadline,
  commitStatusOptions: deadline,
});
const contract = gateway.getNetwork(given.channel).getContract(given.chaincode);
const value = 'v'.repeat(100);

async function run(task) {
  const each = [];
  const lost = [];
  let next = 0;
  const one = async () => {
    while (next < task.count) {
      const number = next++;
      const began = performance.now();
      try {
        if (task.kind === 'evaluate') {
          await contract.evaluateTransaction('read', 'row' + String(number % 100).padStart(6, '0'));
        } else {
          await contract.submitTransaction('put', task.mark + number, value);
        }
        each.push(performance.now() - began);
      } catch (error) {
        lost.push(String(error).slice(0, 300));
      }
    }
  };
  const before = process.cpuUsage();
  const began = performance.now();
  await Promise.all(Array.from({ length: task.in_flight }, one));
  const seconds = (performance.now() - began) / 1000;
  const used = process.cpuUsage(before);
  const cpu = (used.user + used.system) / 1e6;
  return { ms: each, lost: lost.length, first: lost.slice(0, 1), seconds, cpu };
}

async function main() {
  console.log(JSON.stringify({ ready: true }));
  for await (const line of readline.createInterface({ input: process.stdin })) {
    console.log(JSON.stringify(await run(JSON.parse(line))));
  }
  gateway.close();
  client.close();
}

void main();
