# Every target is a script of package.json or of scripts/; this file is for those who type make. `make help` prints it.
.DEFAULT_GOAL := help
.PHONY: help install start dev test services services-down build check lint format generate bench clean

help: ## Show this help
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-13s %s\n", $$1, $$2 }'

install: ## Install what the project needs, Node included
	npm install

start: ## Run the reference service
	npm start

dev: ## Run it and restart on every change
	npm run dev

test: ## Run all tests
	npm test

services: ## Start a PostgreSQL and a Redis of this checkout's own (Debian) and print their addresses
	@scripts/services up

services-down: ## Stop them; their data are kept
	@scripts/services down

build: ## Compile the package to dist/
	npm run build

check: ## Types, lint, unused code, package shape, generated files
	npm run check

lint: ## Lint only
	npm run lint

format: ## Format all sources
	npm run format

generate: ## Write contract.lock.json, openapi.json, asyncapi.json and proto/ from the contracts
	npm run generate

bench: ## Measure against bare servers
	npm run bench

clean: ## Remove what the build made
	rm -rf dist
