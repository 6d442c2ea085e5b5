# `make demo` shows the product; `make test` runs every check that CI runs.
.PHONY: build demo test loss idle bench packages
build:
	CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o bin/thirdline ./agent/cmd/thirdline
demo: build
	examples/demo/run
test:
	.ci/test
loss:
	go test -count=1 -v -parallel 12 -timeout 30m ./agent/tail/loss -peers
idle:
	go test -run XXX -bench 'Idle|Steady|Backlog' -benchtime 1x ./agent/cmd/thirdline
bench:
	rules/match/bench/run
packages:
	packaging/build
