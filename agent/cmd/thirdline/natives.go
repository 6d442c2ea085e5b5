package main

import (
	"crypto/tls"
	"errors"

	"github.com/thirdline/thirdline/agent/config"
	"github.com/thirdline/thirdline/shipper"
	"github.com/thirdline/thirdline/shipper/smtp"
	"github.com/thirdline/thirdline/shipper/syslog"
	"github.com/thirdline/thirdline/shipper/webhook"
)

// nativeBackend makes a backend that is no HTTP.
func nativeBackend(d *config.Destination) (shipper.Backend, error) {
	switch {
	case d.Syslog != nil:
		secure, err := secured(&d.Syslog.Secured)
		if err != nil {
			return nil, err
		}
		return syslog.New(syslog.Options{Address: d.Syslog.Address.Value, Network: d.Syslog.Network.Value, Facility: d.Syslog.Facility, TLS: secure})
	case d.Mail != nil:
		return mailBackend(d.Mail)
	case d.NATS != nil:
		return natsBackend(d.NATS)
	case d.Kafka != nil:
		return kafkaBackend(d.Kafka)
	}
	return nil, errors.New("it does not say what it is")
}

func secured(s *config.Secured) (*tls.Config, error) {
	o := webhook.Options{CAFile: s.CAFile.Value, CertFile: s.CertFile.Value, KeyFile: s.KeyFile.Value}
	return o.TLS()
}

// login reads a user's name and password.
func login(b *config.Basic) (user, password string, err error) {
	if b == nil {
		return "", "", nil
	}
	password, err = b.Password.Read(b.PasswordFile.Value)
	return b.User, password, err
}

func mailBackend(m *config.Mail) (shipper.Backend, error) {
	secure, err := secured(&m.Secured)
	if err != nil {
		return nil, err
	}
	user, password, err := login(m.Basic)
	if err != nil {
		return nil, err
	}
	return smtp.New(smtp.Options{
		Server: m.Server.Value, Security: m.Security.Value, TLS: secure, User: user, Password: password, From: m.From.Value, To: texts(m.To),
	})
}
