# The tools are pinned in tools.mod and built from source by the go command.
TOOL := go tool -modfile=tools.mod

.PHONY: help run test unit race lint vuln generate fresh bench

help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## Run everything: a private Postgres, the example application and the server.
	@go build -o bin/rowgate ./cmd/rowgate && exec bin/rowgate dev

test: lint fresh unit ## Run everything that CI runs.
	@.ci/vuln --if-reachable

unit: ## Run the tests, on a throwaway Postgres that all packages share.
	go run ./store/storetest/pgrun go test ./...

race: ## Run the tests under the race detector, which needs a C compiler.
	go run ./store/storetest/pgrun go test -race ./...

lint: ## Lint the Go code, the imports' directions and the .proto files.
	$(TOOL) golangci-lint run
	$(TOOL) buf lint

vuln: ## Check for known vulnerabilities; needs vuln.go.dev, or VULNDB=file:///a/copy of it.
	@.ci/vuln

# The example's contract is what a pull from its migrations gives.
PULL := go run ./cmd/rowgate pull --log-level warn --migrations migrations/app --go-package github.com/rowgate/rowgate/proto/gen/app/v1

generate: ## Write what is generated: imported .proto files, proto/app and proto/gen.
	go run ./proto/deps
	$(PULL)
	$(TOOL) buf generate

fresh: ## Check that proto/app is what the migrations give, and proto/gen what the .proto files give.
	@$(PULL) --check
	@dir=$$(mktemp -d) && trap 'rm -rf "$$dir"' EXIT && $(TOOL) buf generate -o "$$dir" && \
	diff -r proto/gen "$$dir/proto/gen" || { echo "proto/gen is stale: run make generate and commit what changes"; exit 1; }

bench: ## Measure calls per second beside what bounds them.
	go run ./service/bench
