// The same chaincode as ours/bench_contract.py, on Node's contract API.
'use strict';

const { Contract } = require('fabric-contract-api');

class Bench extends Contract {
    async read(ctx, key) {
        return (await ctx.stub.getState(key)).toString();
    }

    async put(ctx, key, value) {
        await ctx.stub.putState(key, Buffer.from(value));
    }

    async change(ctx, key, value) {
        const before = await ctx.stub.getState(key);
        await ctx.stub.putState(key, Buffer.from(value));
        return before.toString();
    }

    async fill(ctx, prefix, count, value) {
        const bytes = Buffer.from(value);
        for (let number = 0; number < Number(count); number += 1) {
            await ctx.stub.putState(prefix + String(number).padStart(6, '0'), bytes);
        }
    }

    async scan(ctx, start, end) {
        let size = 0;
        for await (const row of ctx.stub.getStateByRange(start, end)) {
            size += row.value.length;
        }
        return String(size);
    }

    async relay(ctx, chaincode, key) {
        const response = await ctx.stub.invokeChaincode(chaincode, ['read', key], '');
        if (response.status >= 400) {
            throw new Error(response.message);
        }
        return Buffer.from(response.payload).toString();
    }
}

module.exports.contracts = [Bench];
