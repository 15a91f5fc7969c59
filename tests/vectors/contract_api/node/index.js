'use strict';
// A chaincode on fabric-contract-api (Node) whose metadata and payloads are test data: one contract
// with decorators, applied by hand as TypeScript's compiler does, and one of plain JavaScript.

require('reflect-metadata');
const {Contract, Context, Object: Model, Property, Transaction, Returns, Param} = require('fabric-contract-api');

function decorate(decorators, target, key) {
    for (const decorator of [...decorators].reverse()) {
        key === undefined ? decorator(target) : decorator(target, key);
    }
}

const types = (...given) => Reflect.metadata('design:paramtypes', [Context, ...given]);

class Place {}
decorate([Property('street', 'string')], Place.prototype, 'street');
decorate([Property('lat', 'number')], Place.prototype, 'lat');
decorate([Model()], Place);

class Asset {}
decorate([Property('id', 'string')], Asset.prototype, 'id');
decorate([Property('worth', 'number')], Asset.prototype, 'worth');
decorate([Property('sold', 'boolean')], Asset.prototype, 'sold');
decorate([Property('tags', 'string[]')], Asset.prototype, 'tags');
decorate([Property('labels', 'Map<string, string>')], Asset.prototype, 'labels');
decorate([Property('place', 'Place')], Asset.prototype, 'place');
decorate([Property('class', 'string')], Asset.prototype, 'class');
decorate([Model()], Asset);

class Car extends Asset {}
decorate([Property('wheels', 'number')], Car.prototype, 'wheels');
decorate([Model()], Car);

class Assets extends Contract {
    constructor() {
        super('assets');
    }

    async put(ctx, asset) { return asset; }
    async drive(ctx, car) { return car; }
    async all(ctx, assets) { return assets; }
    async labels(ctx, map) { return map; }
    async text(ctx, value) { return value; }
    async number(ctx, value) { return value; }
    async truth(ctx, value) { return value; }
    async list(ctx, values) { return values; }
    async when(ctx) { return new Date(0); }
    async raw(ctx) { return Buffer.from([1, 2]); }
    async missing(ctx) { return null; }
    async remove(ctx, id) { }
}
decorate([Transaction(), Param('asset', 'Asset', 'the asset, whole'), Returns('Asset'), types(Asset)], Assets.prototype, 'put');
decorate([Transaction(), Returns('Car'), types(Car)], Assets.prototype, 'drive');
decorate([Transaction(false), Param('assets', 'Array<Asset>'), Returns('Asset[]'), types(Array)], Assets.prototype, 'all');
decorate([Transaction(false), Returns('string'), types(String)], Assets.prototype, 'text');
decorate([Transaction(false), Returns('number'), types(Number)], Assets.prototype, 'number');
decorate([Transaction(false), Returns('boolean'), types(Boolean)], Assets.prototype, 'truth');
decorate([Transaction(false), Param('values', 'number[]'), Returns('number[]'), types(Array)], Assets.prototype, 'list');
decorate([Transaction(false), Returns('Date'), types()], Assets.prototype, 'when');
decorate([Transaction(false), Returns('Buffer'), types()], Assets.prototype, 'raw');
decorate([Transaction(false), Returns('Asset'), types()], Assets.prototype, 'missing');
decorate([Transaction(), types(String)], Assets.prototype, 'remove');

class Plain extends Contract {
    constructor() {
        super('plain');
    }

    async put(ctx, key, value) { return `${key}=${value}`; }
    async tell(ctx) { return {told: true}; }
    async nothing(ctx) { }
}

module.exports.contracts = [Assets, Plain];
