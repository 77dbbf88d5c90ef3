# Everything a newcomer runs. `make` alone prints the targets.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

NODE := node_modules/.bin/node
BUF := node_modules/.bin/buf
# What is said on the command line reaches programs as it is, by the environment: in a recipe, make and the shell would
# read it.
SAID := FILE SYMBOL BAD_ROWS RATE BAR ZONE S ONLY TESTS MINUTES BENCH_OPTIONS EXAMPLES SEED
unexport $(SAID)
$(foreach name,$(SAID),$(eval export SAID_$(name) := $$(value $(name))))

GENERATES := buf.yaml buf.gen.yaml $(shell find proto third_party -name '*.proto' -o -path 'proto/plugins/*.ts')

.PHONY: help
help: ## Print this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# What other targets need: the npm packages and the generated code, made anew only when they are older.
node_modules/.package-lock.json: package-lock.json package.json proto/package.json mesh/package.json gateway/package.json services/package.json
	@command -v npm >/dev/null || { echo 'npm is needed: install Node.js 20 or later (https://nodejs.org)' >&2; exit 1; }
	npm ci --no-audit --no-fund
	@touch $@

# Enough for what looks after a running mesh: installing anew would take its packages away from it.
$(NODE):
	@$(MAKE) --no-print-directory node_modules/.package-lock.json

proto/gen/image.binpb: node_modules/.package-lock.json $(GENERATES)
	$(BUF) generate
	@touch $@

.PHONY: generate
generate: node_modules/.package-lock.json ## Generate typed clients, servers and the image from proto/
	$(BUF) generate
	@touch proto/gen/image.binpb

.PHONY: schema
schema: proto/gen/image.binpb ## Write the GraphQL schema from the contracts
	@$(NODE) services/platform/graphql/checkSchema.ts --write

.PHONY: database-types
database-types: node_modules/.package-lock.json ## Write the types of services' databases from their migrations
	@$(NODE) deploy/local/withPrograms.ts $(NODE) services/kit/testing/writeDatabaseTypes.ts

.PHONY: up
up: proto/gen/image.binpb ## Start the mesh in the background, or some: make up ONLY=market; INSECURE=1: with Consul's ACLs off
	@$(NODE) deploy/local/up.ts $(if $(filter-out 0,$(INSECURE)),--insecure) $${SAID_ONLY:+--only "$$SAID_ONLY"}

.PHONY: down
down: $(NODE) ## Stop it, or some: make down ONLY=trading; data are kept
	@$(NODE) deploy/local/down.ts $${SAID_ONLY:+--only "$$SAID_ONLY"}

.PHONY: status
status: $(NODE) ## Show what runs, where, how it is and what memory it takes
	@$(NODE) mesh/cli/weft.ts status --check

.PHONY: replay
replay: $(NODE) ## Send a CSV: make replay FILE=bars.csv SYMBOL=NAME [BAD_ROWS=skip] [RATE=1000] [BAR=1d] [ZONE=Europe/Berlin]
	@$(NODE) deploy/local/job.ts replay $${SAID_BAD_ROWS:+--bad-rows "$$SAID_BAD_ROWS"} $${SAID_RATE:+--rate "$$SAID_RATE"} $${SAID_BAR:+--bar "$$SAID_BAR"} $${SAID_ZONE:+--time-zone "$$SAID_ZONE"} -- $${SAID_FILE:+"$$SAID_FILE"} $${SAID_SYMBOL:+"$$SAID_SYMBOL"}

.PHONY: logs
logs: $(NODE) ## Follow the logs, or those of one process: make logs S=analytics
	@$(NODE) deploy/local/logs.ts -- $${SAID_S:+"$$SAID_S"}

.PHONY: clean
clean: $(NODE) ## Stop it and remove its data
	@$(NODE) deploy/local/clean.ts

.PHONY: test
test: proto/gen/image.binpb ## Run all tests on the real programs, or some: make test ONLY=market, TESTS=test/secure.test.ts
	@WEFT_TEST_ONLY="$$SAID_ONLY" WEFT_TEST_FILES="$$SAID_TESTS" $(NODE) deploy/local/withPrograms.ts $(NODE) test/run.ts

.PHONY: fuzz
fuzz: proto/gen/image.binpb ## Look for inputs that do harm: make fuzz [MINUTES=5] [ONLY=csv,edge]
	@$(NODE) deploy/local/withPrograms.ts $(NODE) test/fuzz/main.ts $${SAID_MINUTES:+--minutes "$$SAID_MINUTES"} $${SAID_ONLY:+--only "$$SAID_ONLY"}

crash_tests := services/*/crash.test.ts services/*/*/crash.test.ts test/registrations.test.ts test/deaths.test.ts
.PHONY: crash
crash: proto/gen/image.binpb ## Kill services at every database statement and publication: what must hold, has to hold
	@WEFT_CRASH_POINTS=all WEFT_TEST_FILES="$(wildcard $(crash_tests))" $(NODE) deploy/local/withPrograms.ts $(NODE) test/run.ts

bench/node_modules/.package-lock.json: bench/package-lock.json bench/package.json
	npm ci --prefix bench --no-audit --no-fund
	@touch $@

.PHONY: bench
bench: proto/gen/image.binpb bench/node_modules/.package-lock.json ## Measure beside others, or some suites: make bench ONLY=unary
	@read -ra options <<< "$$SAID_BENCH_OPTIONS"; \
	$(NODE) bench/main.ts $${SAID_ONLY:+--only "$$SAID_ONLY"} "$${options[@]}"

.PHONY: soak
soak: proto/gen/image.binpb bench/node_modules/.package-lock.json ## Look for lost calls and growing memory under churn: make soak [MINUTES=10]
	@$(NODE) bench/soak/main.ts $${SAID_MINUTES:+--minutes "$$SAID_MINUTES"}

.PHONY: conformance
conformance: proto/gen/image.binpb ## Try our gRPC with the ConnectRPC conformance runner (first time: builds it)
	@$(NODE) test/conformance/run.ts
	node_modules/.bin/tsc -p test/conformance

.PHONY: test-api
test-api: proto/gen/image.binpb ## Try the REST interface by requests made of its OpenAPI document: ONLY=market, EXAMPLES=100, SEED=1
	@$(NODE) deploy/local/withPrograms.ts $(NODE) test/api/run.ts \
	  $${SAID_ONLY:+--only "$$SAID_ONLY"} $${SAID_EXAMPLES:+--examples "$$SAID_EXAMPLES"} $${SAID_SEED:+--seed "$$SAID_SEED"}

.PHONY: scale
scale: proto/gen/image.binpb ## Try three hosts with a Consul cluster, in network namespaces (needs root)
	@$(NODE) deploy/local/withPrograms.ts $(NODE) test/scale/run.ts

.PHONY: examples
examples: proto/gen/image.binpb ## Build the examples in Go, Python and, where there is a JDK with Maven, Java (first time: some minutes)
	@$(NODE) examples/build.ts

.PHONY: lint
lint: proto/gen/image.binpb bench/node_modules/.package-lock.json ## Check types, style, contracts and the direction of imports
	node_modules/.bin/tsc -p .
	node_modules/.bin/biome check .
	$(BUF) lint
	$(BUF) breaking proto --against proto/released.binpb
	$(NODE) services/platform/graphql/checkSchema.ts
	node_modules/.bin/depcruise --config .dependency-cruiser.cjs proto mesh gateway services deploy bench examples test

.PHONY: audit
audit: $(NODE) ## Hold what is installed against its hashes, and ask for known vulnerabilities
	@$(NODE) deploy/supply/audit.ts

.PHONY: sbom
sbom: $(NODE) ## List what Weft is made of and runs on, in CycloneDX: sbom.cdx.json
	@$(NODE) deploy/supply/sbom.ts

.PHONY: release
release: export VERSION := $(VERSION)
release: proto/gen/image.binpb ## Check, test and write a release into the working tree: make release VERSION=0.2.0
	@$(NODE) deploy/release/main.ts "$$VERSION"
