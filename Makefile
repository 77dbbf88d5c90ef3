# Everything a newcomer runs. `make` alone prints the targets.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

NODE := node_modules/.bin/node
BUF := node_modules/.bin/buf
PROTOS := $(shell find proto -name '*.proto' -not -path 'proto/third_party/*' -not -path '*/node_modules/*')

.PHONY: help
help: ## Print this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# What other targets need: the npm packages and the generated code, made anew only when they are older.
node_modules/.package-lock.json: package-lock.json package.json proto/package.json mesh/package.json gateway/package.json services/package.json
	npm ci --no-audit --no-fund
	@touch $@

proto/gen/image.binpb: node_modules/.package-lock.json buf.yaml buf.gen.yaml proto/scripts/collectThirdParty.ts $(PROTOS)
	$(NODE) proto/scripts/collectThirdParty.ts
	$(BUF) generate
	$(BUF) build --as-file-descriptor-set -o $@

.PHONY: generate
generate: ## Generate typed clients, servers and the image from proto/
	@rm -f proto/gen/image.binpb
	@$(MAKE) --no-print-directory proto/gen/image.binpb

.PHONY: lint
lint: proto/gen/image.binpb ## Check types, style, contracts and the direction of imports
	node_modules/.bin/tsc -p .
	node_modules/.bin/biome check .
	$(BUF) lint
	node_modules/.bin/depcruise --config .dependency-cruiser.cjs proto mesh gateway services deploy bench test
