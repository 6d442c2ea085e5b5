package main

import (
	"fmt"
	"log/slog"

	"github.com/thirdline/thirdline/agent/config"
	"github.com/thirdline/thirdline/shipper"
	"github.com/thirdline/thirdline/shipper/webhook"
)

// backends makes the backend of every destination. Secrets are read here.
func (p *program) backends(c *config.Config, log *slog.Logger) (map[string]shipper.Backend, error) {
	out := map[string]shipper.Backend{}
	for _, d := range c.Destinations {
		o, err := webhookOptions(d.Webhook)
		if err != nil {
			return nil, fmt.Errorf("set up destination %s: %w", d.Name.Value, err)
		}
		o.Log = log
		b, err := webhook.New(o)
		if err != nil {
			return nil, fmt.Errorf("set up destination %s: %w", d.Name.Value, err)
		}
		out[d.Name.Value] = b
	}
	return out, nil
}

func webhookOptions(w *config.Webhook) (o webhook.Options, err error) {
	o = webhook.Options{
		URL: w.URL.Value, CAFile: w.CAFile.Value, CertFile: w.CertFile.Value, KeyFile: w.KeyFile.Value,
		Timeout: w.Timeout, Agent: "thirdline/" + version(),
	}
	if o.Token, err = w.Token.Read(w.TokenFile.Value); err != nil {
		return o, err
	}
	if o.Secret, err = w.Secret.Read(w.SecretFile.Value); err != nil {
		return o, err
	}
	if w.Basic != nil {
		o.User = w.Basic.User
		if o.Password, err = w.Basic.Password.Read(w.Basic.PasswordFile.Value); err != nil {
			return o, err
		}
	}
	return o, nil
}
