# Resync. `make` alone lists what can be done; a newcomer needs `make serve` and `make test`.

SHELL := /bin/bash
.DEFAULT_GOAL := help

# The tools that make installs itself come first on PATH: wasm-opt must be the one of package-lock.json,
# because Debian's is too old for the modules that rustc writes.
export PATH := $(CURDIR)/node_modules/.bin:$(CURDIR)/.tools/bin:$(HOME)/.cargo/bin:$(PATH)

PORT ?= 8080

.PHONY: help serve test build check bench coverage shots tools clean

help: ## Show this list
	@echo "Resync: Redis replication, happening in front of you."
	@echo
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

serve: ## Build the page and serve it on http://localhost:8080/ (PORT=N chooses another port)
	@tools/setup page
	@echo
	@echo "  Resync is being built; it will be at  http://localhost:$(PORT)/"
	@echo
	@mkdir -p target/serve
	@trunk serve --locked --dist target/serve --port $(PORT)

test: ## Run everything that is tested: format, lints, native, real Redis servers, a real browser
	@tools/test

build: ## Build the optimised page into dist/ (a static site for any folder of any host)
	@tools/setup page npm
	trunk build --release --locked
	@node tools/sizes.mjs dist

check: ## The fast loop: compile, lint and unit tests; no servers, no browser
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	cargo test --locked --quiet --lib --test tidy

bench: ## Measure replication (our world against a real Redis 7.0.15 pair), time travel and the page in Chromium
	@tools/setup servers page npm browser lighthouse
	cargo bench --locked --bench replication
	cargo bench --locked --bench timeline
	trunk build --release --locked
	node tools/sizes.mjs dist
	node benches/timeline.mjs
	node benches/page.mjs
	node benches/lighthouse/run.mjs

coverage: ## How much of the ring `node` the native tests run, by region
	@tools/coverage

shots: ## Screenshots of the first visit and of each topic, wide and narrow, dark and light, into shots/
	@tools/setup page npm browser
	trunk build --release --locked
	node tests/e2e/shots.mjs

tools: ## Install every tool that the other targets use
	@tools/setup page npm servers browser

clean: ## Remove everything that was built or installed here (not the tools in ~/.cargo)
	rm -rf target dist shots node_modules .tools tests/e2e/out
