//go:build lean

package main

import (
	"errors"

	"github.com/thirdline/thirdline/agent/config"
	"github.com/thirdline/thirdline/shipper"
)

var errLean = errors.New("this thirdline was built without NATS and Kafka (build tag lean); use the packaged one")

func natsBackend(*config.NATS) (shipper.Backend, error) { return nil, errLean }

func kafkaBackend(*config.Kafka) (shipper.Backend, error) { return nil, errLean }
