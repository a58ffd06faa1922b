# The two commands that matter: `make demo` and `make test`. `make help` explains the rest.
#
# Everything runs in .venv, which is made when it is first needed. The packages are pinned and
# hashed in requirements/; `make requirements` renews the pins.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

VENV := .venv
GPU_VENV := .venv-gpu
OPENCV4_VENV := .venv-opencv4
LINT_VENV := .venv-lint
BIN := $(VENV)/bin
ROOMS := benchmarks cli client practice_simulator protos services simulator_bridge training vision

# A Python that this project runs on: in range, and able to make virtual environments.
PYTHON_OK := import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))
ifndef PYTHON
PYTHON := $(shell for candidate in python3.13 python3.12 python3.11 python3 python; do \
	if $$candidate -c '$(PYTHON_OK)' >/dev/null 2>&1; then echo $$candidate; break; fi; done)
endif

PIP_INSTALL = -m pip install --disable-pip-version-check --quiet --require-hashes --only-binary :all:
PIP_PROJECT = -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation --editable .

# $(call make_venv,FOLDER): an empty virtual environment, unless there is one.
define make_venv
@if [ ! -x $(1)/bin/python ]; then \
	if [ -z '$(PYTHON)' ] || ! '$(PYTHON)' -c '$(PYTHON_OK)' >/dev/null 2>&1; then \
		echo "Python 3.11, 3.12 or 3.13 with its venv module is needed; found: $$($(or $(PYTHON),python3) --version 2>&1 || true)." >&2; \
		echo "Debian, Ubuntu: apt install python3 python3-venv. Or name one: make PYTHON=/path/to/python3.12 ..." >&2; \
		exit 1; \
	fi; \
	'$(PYTHON)' -m venv $(1); \
fi
endef

.PHONY: help
help: ## Show this list.
	@echo 'make <target>, one of:'
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' \
		| awk -F '\t' '{ printf "  %-14s %s\n", $$1, $$2 }'

.PHONY: demo
demo: $(VENV)/.demo ## Drive one lap of the lake track: service, bridge and practice simulator (about 5 minutes the first time).
	@$(BIN)/roadsight demo

.PHONY: test
test: $(VENV)/.dev ## Run all tests. Some only: make test TESTS=tests/cli
	@$(BIN)/python -m pytest $(TESTS)

.PHONY: check check-style check-types check-imports check-contract
check: check-style check-types check-imports check-contract ## Check style, types, who imports whom, the contract, and that the generated stubs are up to date.

check-style: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

check-types: $(VENV)/.dev
	$(BIN)/mypy $(ROOMS) tests

check-imports: $(VENV)/.dev
	$(BIN)/lint-imports --no-logo

check-contract: $(VENV)/.dev
	$(BIN)/buf lint
	$(BIN)/python -m protos.generate --check

.PHONY: lint-deploy
lint-deploy: $(VENV)/.dev $(LINT_VENV)/.lint ## Find fault with the image, the scripts, the manifests and the alerts.
	$(LINT_VENV)/bin/hadolint --failure-threshold style deploy/Dockerfile
	$(LINT_VENV)/bin/shellcheck .ci/*
	$(BIN)/python deploy/prometheus/prometheus_rule.py --check
	@mkdir -p build/rendered
	for overlay in cpu gpu; do \
		$(BIN)/kubectl kustomize deploy/kubernetes/overlays/$$overlay > build/rendered/$$overlay.yaml; \
		$(LINT_VENV)/bin/checkov --framework kubernetes --file build/rendered/$$overlay.yaml; \
	done
	$(LINT_VENV)/bin/checkov --framework dockerfile --file deploy/Dockerfile
	@if command -v promtool >/dev/null; then \
		promtool check config deploy/prometheus/prometheus.yml; \
		promtool test rules deploy/prometheus/rules_test.yml; \
	else \
		echo 'SKIPPED: the alerts are not tried, there is no promtool (Debian: apt install prometheus)'; \
	fi

.PHONY: protos
protos: $(VENV)/.dev ## Generate the Python stubs from protos/**/*.proto anew.
	$(BIN)/python -m protos.generate

.PHONY: bench
bench: $(VENV)/.demo ## Measure latency and throughput of the bridge and the services.
	@$(BIN)/roadsight bench all

.PHONY: gpu-check
gpu-check: ## Run every shipped model on the CPU and on CUDA, and compare results and speed.
ifneq ($(shell command -v nvidia-smi 2>/dev/null),)
	@$(MAKE) --silent --no-print-directory $(GPU_VENV)/.gpu
	@$(GPU_VENV)/bin/roadsight gpu-check
else
	@$(MAKE) --silent --no-print-directory $(VENV)/.demo
	@$(BIN)/roadsight gpu-check
endif

COMPOSE := docker compose
IMAGES = $(or $(ROADSIGHT_IMAGE),roadsight:0.1.0) $(or $(ROADSIGHT_SIMULATOR_IMAGE),roadsight:0.1.0-simulator)

.PHONY: images
images: ## Build the images for the CPU, and print their sizes (docker with compose).
	@$(COMPOSE) --profile demo build --quiet bridge practice-simulator
	@docker image inspect --format '{{index .RepoTags 0}} {{.Size}}' $(IMAGES) \
		| awk '{ printf "%-28s %4.0f MB\n", $$1, $$2 / 1e6 }'

.PHONY: up
up: ## Start services and bridge in containers, and wait until all are healthy. Others: COMPOSE_PROFILES=services,monitoring make up
	@$(COMPOSE) build --quiet bridge
	@$(COMPOSE) up --quiet-pull --detach --wait

.PHONY: lap
lap: ## Drive a lap through the containers with the practice simulator.
	@$(COMPOSE) --profile demo build --quiet bridge practice-simulator
	@$(COMPOSE) --profile demo run --rm practice-simulator

.PHONY: down
down: ## Stop all containers; what was accepted is still answered.
	@$(COMPOSE) --profile '*' down

.PHONY: test-containers
test-containers: $(VENV)/.dev ## Build the images, start them, and test them from outside.
	@$(BIN)/python -m pytest --capture=no -m containers tests/containers

.PHONY: darknet-check
darknet-check: $(VENV)/.dev $(OPENCV4_VENV)/.opencv4 ## Compare the plate network in Keras, ONNX Runtime and OpenCV 4. A trained one: make darknet-check RUN=runs/plates/plates
	@$(BIN)/python -m benchmarks.darknet_parity --opencv4 $(OPENCV4_VENV)/bin/python \
		$(if $(RUN),--run $(RUN)) $(if $(PICTURES),--pictures $(PICTURES))

.PHONY: requirements
requirements: $(VENV)/.dev ## Renew the pins in requirements/ from pyproject.toml.
	$(BIN)/python requirements/pin.py

.PHONY: clean
clean: ## Remove the virtual environments, the caches and what was built; runs/ stays.
	rm -rf $(VENV) $(GPU_VENV) $(OPENCV4_VENV) $(LINT_VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps: what is installed. `.dev` holds all that `.demo` does, at the same versions.

$(VENV)/.demo: requirements/build.txt requirements/demo.txt pyproject.toml
	$(call make_venv,$(VENV))
	@echo 'Installing the packages of the demo (about 280 MB to download, once) ...'
	@$(BIN)/python $(PIP_INSTALL) -r requirements/build.txt -r requirements/demo.txt
	@$(BIN)/python $(PIP_PROJECT)
	@touch $@

$(VENV)/.dev: requirements/build.txt requirements/dev.txt pyproject.toml
	$(call make_venv,$(VENV))
	@echo 'Installing the packages for development and training (about 700 MB to download, once) ...'
	@$(BIN)/python $(PIP_INSTALL) -r requirements/build.txt -r requirements/dev.txt
	@$(BIN)/python $(PIP_PROJECT)
	@touch $@ $(VENV)/.demo

$(GPU_VENV)/.gpu: requirements/build.txt requirements/gpu.txt pyproject.toml
	$(call make_venv,$(GPU_VENV))
	@echo 'Installing the packages for CUDA (about 2 GB to download, once) ...'
	@$(GPU_VENV)/bin/python $(PIP_INSTALL) -r requirements/build.txt -r requirements/gpu.txt
	@$(GPU_VENV)/bin/python $(PIP_PROJECT)
	@touch $@

$(LINT_VENV)/.lint: requirements/lint.txt
	$(call make_venv,$(LINT_VENV))
	@echo 'Installing the linters of deploy/ (about 150 MB to download, once) ...'
	@$(LINT_VENV)/bin/python $(PIP_INSTALL) -r requirements/lint.txt
	@touch $@

$(OPENCV4_VENV)/.opencv4: requirements/opencv4.txt
	$(call make_venv,$(OPENCV4_VENV))
	@echo 'Installing OpenCV 4 (about 70 MB to download, once) ...'
	@$(OPENCV4_VENV)/bin/python $(PIP_INSTALL) -r requirements/opencv4.txt
	@touch $@
