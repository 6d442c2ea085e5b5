# `make demo` shows the product; `make test` runs every check that CI runs.
.PHONY: build demo test packages
build:
	CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o bin/thirdline ./agent/cmd/thirdline
demo: build
	examples/demo/run
test:
	.ci/test
packages:
	packaging/build
