# The tools are pinned in tools.mod and built from source by the go command.
TOOL := go tool -modfile=tools.mod

.PHONY: help run test unit race lint generate fresh bench

help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## Run everything: a private Postgres, the example application and the server.
	@go build -o bin/rowgate ./cmd/rowgate && exec bin/rowgate dev

test: lint fresh unit ## Run everything that CI runs.

unit: ## Run the tests, on a throwaway Postgres that all packages share.
	go run ./store/storetest/pgrun go test ./...

race: ## Run the tests under the race detector, which needs a C compiler.
	go run ./store/storetest/pgrun go test -race ./...

lint: ## Lint the Go code, the imports' directions and the .proto files.
	$(TOOL) golangci-lint run
	$(TOOL) buf lint

generate: ## Write what is generated: the imported .proto files and proto/gen.
	go run ./proto/deps
	$(TOOL) buf generate

fresh: ## Check that proto/gen is what the .proto files give.
	@dir=$$(mktemp -d) && trap 'rm -rf "$$dir"' EXIT && $(TOOL) buf generate -o "$$dir" && \
	diff -r proto/gen "$$dir/proto/gen" || { echo "proto/gen is stale: run make generate and commit what changes"; exit 1; }

bench: ## Measure calls per second beside what bounds them.
	go run ./service/bench
