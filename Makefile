# Weftwork: the operator's entry. Each target calls the command `weftwork`, which does the work
# from a wheel as well.
.DEFAULT_GOAL := help
.SILENT:

WEFTWORK := .venv/bin/weftwork
PYTEST := .venv/bin/python -m pytest

.PHONY: help
help: ## one line a target
	awk 'BEGIN {FS = ":.*## "} /^# -- /{print "\n" substr($$0, 6)} /^[a-z-]+:.*## /{printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# -- See it
.PHONY: demo
demo: run-env ## the four departments settle a case; the network is brought up if it is down
	$(WEFTWORK) demo $(if $(JSON),--json)

# -- The network
.PHONY: up down restart status doctor logs metrics clean
up: run-env ## start the network, or say that it is up; BACKEND= ORDERING=raft|bft FABRIC=3.1|2.5
	$(WEFTWORK) network up

down: run-env ## stop it and keep its state
	$(WEFTWORK) network down

restart: run-env ## down, then up on the same ledger
	$(WEFTWORK) network restart

status: run-env ## every node: height, leader, versions, days of certificates, memory
	$(WEFTWORK) network status

doctor: run-env ## what is wrong, or soon will be: files, this machine, what runs; JSON=1
	$(WEFTWORK) network doctor $(if $(JSON),--json)

logs: run-env ## the nodes' logs, merged; NODE= DEPARTMENT= TX= (a transaction's id) FOLLOW=1
	$(WEFTWORK) network logs $(NODE) $(if $(DEPARTMENT),-d $(DEPARTMENT)) $(if $(TX),--tx $(TX)) $(if $(FOLLOW),-f)

metrics: run-env ## what Prometheus and Grafana need to watch the network
	$(WEFTWORK) network metrics

clean: run-env ## delete the network's state, and say what is deleted
	$(WEFTWORK) network clean

# -- Chaincode
.PHONY: new dev deploy rollback versions
new: run-env ## make the folder of a new chaincode: contract, test, what deploys it; CC=
	$(WEFTWORK) chaincode new $(CC)

dev: run-env ## serve a chaincode's working tree on the network, anew at each change; CC= [DEBUG=port]
	$(WEFTWORK) chaincode dev $(CC) $(if $(DEBUG),--debug $(DEBUG))

deploy: run-env ## bring a chaincode's code, policy and collections to the network; CC= for one of them
	$(WEFTWORK) chaincode deploy $(CC)

rollback: run-env ## serve an earlier package of a chaincode again; CC= [VERSION=]
	$(WEFTWORK) chaincode rollback $(CC) $(if $(VERSION),--to $(VERSION))

versions: run-env ## what each department approved and runs
	$(WEFTWORK) chaincode versions

# -- Images, and a site without a network
.PHONY: images bundle
images: run-env ## build the container images that the network needs, without a registry
	$(WEFTWORK) network images

bundle: run-env ## pack wheels, programs and images into one file for a site without a network
	$(WEFTWORK) network bundle

# -- Measure
.PHONY: bench
bench: dev-env ## BENCH=network|domain|chaincode|ledger|client|events, side by side; QUICK=1
	.venv/bin/python benchmarks/$(or $(BENCH),network).py $(if $(QUICK),--quick)

# -- The house
.PHONY: test test-unit test-network test-containers matrix conformance lint types format protos schema reference sync venv run-env dev-env
test: test-unit test-network ## everything that needs no container engine

test-unit: dev-env ## the tests that need nothing
	$(PYTEST) tests/unit -q -n auto

test-network: dev-env ## the tests on a real network, started once
	$(PYTEST) tests/integration -q

test-containers: dev-env ## what only containers can show, and a part of test-network on them
	BACKEND=container $(PYTEST) tests/containers tests/integration/test_w1.py \
		tests/integration/test_logistics.py tests/integration/test_rogue_logistics.py -q

matrix: dev-env ## the wheel on each Python from 3.11 on that is found; PYTHON=3.N PROTOBUF=6|7
	.venv/bin/python scripts/matrix.py $(if $(PYTHON),--python $(PYTHON)) $(if $(PROTOBUF),--protobuf $(PROTOBUF))

conformance: dev-env ## fabric-gateway's own scenarios through our clients; GATEWAY=<checkout of it> [CLIENT=sync|async]
	$(if $(GATEWAY),.venv/bin/python -m tests.scenario --gateway $(GATEWAY) $(if $(CLIENT),--client $(CLIENT)),\
		echo "conformance skipped: give GATEWAY=<checkout of github.com/hyperledger/fabric-gateway>")

lint: dev-env ## style, imports, generated files, what contracts must not do
	.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/lint-imports --no-cache >/dev/null
	.venv/bin/python scripts/departments.py --check && .venv/bin/python scripts/unasync.py --check
	.venv/bin/python scripts/protos.py --check
	.venv/bin/python scripts/schema.py --check && .venv/bin/python scripts/reference.py --check
	$(WEFTWORK) lint chaincode/weftwork_contracts chaincode/weftwork_model

types: dev-env ## strict type checking; every public type is told
	.venv/bin/pyright && .venv/bin/python scripts/complete.py

format: dev-env ## put the sources in order
	.venv/bin/ruff check --fix . && .venv/bin/ruff format .

protos: dev-env ## generate weftwork_protos from its .proto files
	.venv/bin/python scripts/protos.py

schema: dev-env ## generate the schema of network.yaml from the config model
	.venv/bin/python scripts/schema.py

reference: dev-env ## generate docs/reference from the docstrings
	.venv/bin/python scripts/reference.py

sync: dev-env ## generate the departments' clients, and the sync client from the async one
	.venv/bin/python scripts/departments.py
	.venv/bin/python scripts/unasync.py

venv: dev-env ## the virtual environment alone

run-env:
	sh scripts/venv.sh run

dev-env:
	sh scripts/venv.sh dev
