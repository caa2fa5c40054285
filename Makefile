# `make help` lists the targets. Everything works from a clean checkout with Rust (rustup), Python 3
# and Node; what else is at hand (Go, Java, buf, cargo-deny) is used, and what is not is named and left out.

.DEFAULT_GOAL := help
SHELL := /bin/bash

TARGET_DIR := $(abspath $(or $(CARGO_TARGET_DIR),target))
# `gate`, a strategy that waits for a file, lets a test say "while it runs" without a sleep.
FEATURES := --features test-strategies
# The binary that the clients are tested against: the one that the tests have built.
TEST_BINARY := $(TARGET_DIR)/debug/tradeforge

.PHONY: fleet help test lint test-rust test-peers test-clients test-rest check deny proto-lint bench bench-search bench-peers load load-runs soak crash laws fuzz docs book wheel check-packages check-systems test-arm fmt clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

test: lint test-rust test-peers test-clients test-rest ## Everything that must hold before a commit

lint: ## Formatting, clippy and rustdoc; a warning is an error
	cargo fmt --all --check
	cargo clippy --all-targets $(FEATURES) -- -D warnings
	RUSTDOCFLAGS=-Dwarnings cargo doc --no-deps

# The broker that the fleet's tests talk to, where none is on the path. Checked by sum.golang.org.
NATS_SERVER_VERSION := v2.15.2
target/tools/nats-server:
	@if command -v nats-server >/dev/null; then \
		echo "nats-server is on the path"; \
	elif command -v go >/dev/null; then \
		GOBIN=$(CURDIR)/target/tools go install github.com/nats-io/nats-server/v2@$(NATS_SERVER_VERSION); \
	else \
		echo "nats-server: neither it nor Go is at hand; the tests that need it say so"; \
	fi

fleet: target/tools/nats-server ## 200 faults of workers and broker, every trial once; FLEET_SEED=n for others
	FLEET_FAULTS=200 cargo test $(FEATURES) --test it -- --nocapture fleet::whatever_dies

test-rust: target/tools/nats-server ## Unit, documentation and integration tests, the examples, and the binary under test
	cargo test $(FEATURES)
	cargo run --quiet $(FEATURES) --example custom_strategy >/dev/null
	cargo run --quiet $(FEATURES) --example backtest >/dev/null

test-peers: ## Fill by fill and figure by figure beside other packages, where pip can install them
	tests/peers/test.sh

test-clients: ## Python, Go, Java, npm and web clients against the real server
	# The tests have built it. `cargo build` would do so again, with other features of dependencies.
	cargo test --quiet $(FEATURES) --no-run
	TRADEFORGE_BIN=$(TEST_BINARY) clients/test.sh

test-rest: ## Made-up requests by what /openapi.json says: no 5xx; REST_SECONDS=300 for more, where pip can install schemathesis
	TRADEFORGE_BIN=$(TEST_BINARY) tests/rest/test.sh

check: test deny ## `make test` (proto lint included), and licences

deny: ## Licences and duplicate crates, where cargo-deny is at hand
	@if cargo deny --version >/dev/null 2>&1; then \
		cargo deny check bans licenses sources; \
	else \
		echo "deny: left out, cargo-deny is not at hand (cargo install --locked cargo-deny)"; \
	fi

proto-lint: ## The contract alone: buf's rules, and that it breaks no client
	clients/test.sh contract

bench: ## Engine, import and service beside plain references; one table
	cargo bench --bench bench

bench-search: ## Genetic search and TPE beside a random draw, on surfaces of which every cell is known
	cargo bench -p tradeforge-core --bench search

crash: ## 200 kills -9 of a server under load, each start held against a model of the promises
	TRADEFORGE_KILLS=200 cargo test $(FEATURES) --test it -- --nocapture crash_model

laws: ## 20,000 random texts and their trials, by columns and bar by bar, to the bit
	TRADEFORGE_LAW_CASES=20000 cargo test -p tradeforge-core --lib -- columnar::texts \
	  rules::columns::equality engine::beside_laws engine::universe_laws \
	  engine::priced_laws

fuzz: ## 20,000 damaged inputs for every decoder that sees bytes from outside; of texts 1,340,000
	TRADEFORGE_FUZZ_ROUNDS=20000 cargo test $(FEATURES) --test it -- --nocapture fuzz

load-runs: ## Lists over a database of a million runs, which takes some minutes and 2 GB
	cargo build --release
	benches/million_runs.py

load: ## Thousands of watchers, many submitters, overload; what must hold beside what was measured
	cargo bench --bench load

soak: ## Ten minutes of mixed load without growth; LOAD_SECONDS=60 makes it one
	cargo bench --bench load -- soak

docs: ## The pages of docs/ that are made from the code
	TRADEFORGE_RENEW_DOCS=1 cargo test $(FEATURES) --lib -- config::page rules::page rules::vscode

book: ## docs/ as pages for a browser, where mdBook is at hand
	@if command -v mdbook >/dev/null; then \
		rm -rf target/book && mdbook build docs && python3 packaging/book_links.py target/book; \
	else \
		echo "book: left out, mdbook is not at hand (cargo install --locked mdbook)"; \
	fi

wheel: ## The Python package with a static server in it, tried in a fresh environment
	packaging/wheel.sh $(SERVER)

check-packages: ## The files of a release, tried with SERVER, or with what the tests have built
	packaging/check.sh $(or $(SERVER),$(TEST_BINARY))

test-arm: ## The digests of what must be equal, on aarch64 and on an x86-64 without AVX, emulated
	packaging/golden.sh

check-systems: ## Whether it compiles for macOS and Windows; nothing is linked
	packaging/systems.sh

bench-peers: ## raptorbt, vectorbt and backtesting.py beside it, in one run
	benches/peers/bench.sh

fmt: ## Format the Rust code
	cargo fmt --all

clean: ## Remove what was built
	cargo clean
	rm -rf clients/python/.venv clients/web/node_modules
