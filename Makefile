# Photographs and tables for measuring, where this machine has them (see docs/DATA.md).
ifneq ($(wildcard ../shared/data),)
export RXMM_REAL_DATA ?= $(abspath ../shared/data)
endif

.PHONY: check
check:
	ruff check .
	ruff format --check .
	mypy
	pytest
