# Parley. `make` alone lists the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS  := -s -w -X parley/backend/version.Version=$(VERSION)
# The window's build tags: webkit2_41 is WebKitGTK 4.1, which Debian 12 and Ubuntu 22.04 have.
WINDOW   := desktop,production,webkit2_41
SIMULATE ?= 1
SCRIPTS  := build/scripts

export GOFLAGS ?= -trimpath

.PHONY: help run dev build test check bench shift fuzz clean \
        setup-run setup-test frontend desk services \
        test-go test-frontend test-e2e test-native \
        check-generated check-format check-lint check-types generate format

help: ## show this list
	@awk 'BEGIN {FS = ":.*## "; print "Parley\n"} /^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo; echo "  make run SIMULATE=0 leaves the scripted customers out."

# What people use ------------------------------------------------------------

run: setup-run build ## install what is missing, build, open the app with a demo hub, shop and customers
	@SIMULATE=$(SIMULATE) $(SCRIPTS)/run.sh

dev: setup-run services ## the app with live reload of the frontend
	@$(SCRIPTS)/say.sh "Starting the development build; Ctrl+C ends it"
	@$(SCRIPTS)/dev.sh

build: frontend desk services ## build bin/parley, bin/parley-hub and bin/parley-simulate

test: setup-test check test-go test-frontend test-e2e test-native ## install what is missing and run every test
	@$(SCRIPTS)/say.sh "All tests passed"

check: setup-test check-format check-generated check-types check-lint ## format, lint, types, freshness of generated code

bench: setup-test build ## measure against baselines; writes backend/bench/results.json
	@$(SCRIPTS)/bench.sh

shift: ## simulate a shift of eight hours, 120 agents and 30,000 customers; prints its ledger
	go test ./backend/hub/acd -count=1 -run 'TestShift$$' -v -timeout 20m -args -shift.hours=8 -shift.agents=120 -shift.customers=30000

fuzz: ## fuzz every parser of foreign bytes, FUZZTIME each (default 30s)
	@$(SCRIPTS)/fuzz.sh

clean: ## remove what was built
	rm -rf bin build/bin .cache frontend/node_modules/.vite
	find frontend/dist backend/hub/web/dist -mindepth 1 ! -name .gitkeep -delete

# Set-up ---------------------------------------------------------------------

setup-run:
	@$(SCRIPTS)/setup.sh run

setup-test:
	@$(SCRIPTS)/setup.sh test

# Building -------------------------------------------------------------------

frontend: setup-run
	@$(SCRIPTS)/say.sh "Building the windows: desk, messenger and shop"
	cd frontend && npm run --silent build

desk: frontend
	@$(SCRIPTS)/say.sh "Building the desk, bin/parley (the first time takes a minute or two)"
	go build -tags $(WINDOW) -ldflags "$(LDFLAGS)" -o bin/parley .

services: frontend
	@$(SCRIPTS)/say.sh "Building the hub and the simulator"
	CGO_ENABLED=0 go build -ldflags "$(LDFLAGS)" -o bin/parley-hub ./backend/cmd/hub
	CGO_ENABLED=0 go build -ldflags "$(LDFLAGS)" -o bin/parley-simulate ./backend/cmd/simulate

# Tests ----------------------------------------------------------------------

test-go: frontend
	@$(SCRIPTS)/say.sh "Go tests, with the race detector"
	go test -race -tags webkit2_41 -timeout 20m $$(go list ./... | grep -v /node_modules/)

test-frontend: setup-test
	@$(SCRIPTS)/say.sh "Frontend tests"
	cd frontend && npm test --silent

test-e2e: build
	@$(SCRIPTS)/say.sh "End-to-end tests: a real browser against the real services"
	go build -tags dev,webkit2_41 -o bin/parley-dev .
	export PARLEY_CHROMIUM=$$($(SCRIPTS)/chromium.sh) && cd frontend && npm run --silent test:e2e

test-native: build
	@$(SCRIPTS)/say.sh "Native window test"
	PARLEY_BINARY=$(CURDIR)/bin/parley go test -count=1 -tags smoke ./app/smoke

# Checks ---------------------------------------------------------------------

check-format: setup-test
	@$(SCRIPTS)/say.sh "Checking format"
	@out=$$(gofmt -l main.go app backend); [ -z "$$out" ] || { echo "gofmt wants to change:"; echo "$$out"; exit 1; }
	cd frontend && npm run --silent format

check-generated: frontend
	@$(SCRIPTS)/generated.sh

check-types: frontend
	@$(SCRIPTS)/say.sh "Checking types"
	cd frontend && npm run --silent check
	go vet -tags webkit2_41 ./...

check-lint: setup-test
	@$(SCRIPTS)/say.sh "Linting"
	go tool staticcheck -tags webkit2_41 ./...
	cd frontend && npm run --silent lint

generate: setup-test ## write generated code anew
	go tool wails generate module -tags webkit2_41

format: ## format everything
	gofmt -w main.go app backend
	cd frontend && npm run --silent format:write
