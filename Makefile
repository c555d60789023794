# make run  - the service with its demo, in .venv (no torch)
# make test - everything the tests need, in .venv-test, and all tests
PYTHON ?= python3
PORT ?= 8000
HOST ?= 127.0.0.1

.PHONY: run test check clean

run: .venv/ready
	.venv/bin/wsai db upgrade
	.venv/bin/wsai demo load
	.venv/bin/wsai serve --host $(HOST) --port $(PORT)

test: .venv-test/ready check
	.venv-test/bin/python -m pytest

check: .venv-test/ready
	.venv-test/bin/ruff check .
	.venv-test/bin/ruff format --check .
	.venv-test/bin/mypy
	.venv-test/bin/lint-imports
	.venv-test/bin/wsai catalogue check

.venv/ready: pyproject.toml
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --editable .
	touch $@

.venv-test/ready: pyproject.toml
	$(PYTHON) -m venv .venv-test
	.venv-test/bin/python -m pip install --quiet --editable '.[training,tracking,openvino,test,postgres,oidc]'
	touch $@

clean:
	rm -rf .venv .venv-test build dist *.egg-info
