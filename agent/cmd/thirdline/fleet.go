//go:build !lean

package main

import (
	"github.com/thirdline/thirdline/agent/config"
	"github.com/thirdline/thirdline/shipper"
	"github.com/thirdline/thirdline/shipper/kafka"
	"github.com/thirdline/thirdline/shipper/nats"
)

func natsBackend(n *config.NATS) (shipper.Backend, error) {
	o := nats.Options{Servers: texts(n.Servers), Subject: n.Subject.Value, CredentialsFile: n.CredentialsFile.Value}
	var err error
	if o.User, o.Password, err = login(n.Basic); err != nil {
		return nil, err
	}
	if o.Token, err = n.Token.Read(n.TokenFile.Value); err != nil {
		return nil, err
	}
	if n.CAFile.Value != "" || n.CertFile.Value != "" {
		if o.TLS, err = secured(&n.Secured); err != nil {
			return nil, err
		}
	}
	return nats.New(o)
}

func kafkaBackend(k *config.Kafka) (shipper.Backend, error) {
	o := kafka.Options{Brokers: texts(k.Brokers), Topic: k.Topic.Value, Mechanism: k.Mechanism.Value}
	var err error
	if o.User, o.Password, err = login(k.Basic); err != nil {
		return nil, err
	}
	if k.TLS || k.CAFile.Value != "" {
		if o.TLS, err = secured(&k.Secured); err != nil {
			return nil, err
		}
	}
	return kafka.New(o)
}
