package main

import (
	"fmt"
	"log/slog"
	"net/http"

	"github.com/thirdline/thirdline/agent/config"
	"github.com/thirdline/thirdline/shipper"
	"github.com/thirdline/thirdline/shipper/file"
	"github.com/thirdline/thirdline/shipper/httpdriver"
	"github.com/thirdline/thirdline/shipper/webhook"
)

// journals returns the journal of a destination.
type journals func(destination string) shipper.Journal

// noJournals is for those who send nothing.
func noJournals(string) shipper.Journal { return nil }

// maker makes the backend of a destination. Secrets are read here.
type maker func(*config.Destination) (shipper.Backend, error)

// backends makes the backend of every destination.
func (p *program) backends(c *config.Config, of journals, log *slog.Logger) (map[string]shipper.Backend, error) {
	out := map[string]shipper.Backend{}
	for i := range c.Destinations {
		d := &c.Destinations[i]
		b, err := p.maker(of, log)(d)
		if err != nil {
			return nil, fmt.Errorf("set up destination %s: %w", d.Name.Value, err)
		}
		out[d.Name.Value] = b
	}
	return out, nil
}

// digests returns those of the destinations, by name.
func digests(c *config.Config) map[string]string {
	out := map[string]string{}
	for i := range c.Destinations {
		out[c.Destinations[i].Name.Value] = config.Digest(&c.Destinations[i])
	}
	return out
}

func (p *program) maker(of journals, log *slog.Logger) maker {
	return func(d *config.Destination) (shipper.Backend, error) {
		return backend(d, of, log.With("destination", d.Name.Value))
	}
}

func backend(d *config.Destination, of journals, log *slog.Logger) (shipper.Backend, error) {
	switch {
	case d.Desk != nil:
		return deskBackend(d.Desk, of(d.Name.Value), log)
	case d.File != nil:
		return file.New(d.File.Path.Value), nil
	case d.Webhook == nil:
		return nativeBackend(d)
	}
	o, err := webhookOptions(d.Webhook)
	if err != nil {
		return nil, err
	}
	o.Log = log
	return webhook.New(o)
}

func deskBackend(d *config.Desk, journal shipper.Journal, log *slog.Logger) (shipper.Backend, error) {
	values, err := d.Values()
	if err != nil {
		return nil, err
	}
	settings := webhook.Options{CAFile: d.CAFile.Value, CertFile: d.CertFile.Value, KeyFile: d.KeyFile.Value}
	secure, err := settings.TLS()
	if err != nil {
		return nil, err
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig, transport.MaxIdleConnsPerHost = secure, 16
	return httpdriver.New(httpdriver.Options{
		Profile: d.Profile, Settings: values, Journal: journal, Rate: d.Rate, Log: log.With("component", "httpdriver"),
		Client: &http.Client{Transport: transport, Timeout: d.Timeout}, Agent: "thirdline/" + version(),
	})
}

// connection returns where a destination is, and how its connection is secured.
func connection(d *config.Destination) (webhook.Options, error) {
	switch {
	case d.Webhook != nil:
		return webhookOptions(d.Webhook)
	case d.Desk == nil:
		return webhook.Options{}, nil
	}
	values, err := d.Desk.Values()
	return webhook.Options{URL: values["url"], CAFile: d.Desk.CAFile.Value, CertFile: d.Desk.CertFile.Value, KeyFile: d.Desk.KeyFile.Value}, err
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
