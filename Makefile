# Every target is a script of package.json; this file is for those who type make. `make help` prints itself.
.DEFAULT_GOAL := help
.PHONY: help install start dev test build check lint format generate bench clean

help: ## Show this help
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-10s %s\n", $$1, $$2 }'

install: ## Install what the project needs, Node included
	npm install

start: ## Run the reference service
	npm start

dev: ## Run it and restart on every change
	npm run dev

test: ## Run all tests
	npm test

build: ## Compile the package to dist/
	npm run build

check: ## Types, lint, unused code, package shape, generated files
	npm run check

lint: ## Lint only
	npm run lint

format: ## Format all sources
	npm run format

generate: ## Write openapi.json and proto/ from the contracts
	npm run generate

bench: ## Measure against bare servers
	npm run bench

clean: ## Remove what the build made
	rm -rf dist
