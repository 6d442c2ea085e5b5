# `make demo` shows the product; `make test` runs every check that CI runs.
.PHONY: test
test:
	.ci/test
