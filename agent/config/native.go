package config

import (
	"net"
	"strings"

	"github.com/thirdline/thirdline/rules/yamldoc"
)

// File is a file that takes events, one JSON object a line.
type File struct {
	Path yamldoc.Text `yaml:"path,required"`
}

// Secured is how a connection that is no HTTP is secured.
type Secured struct {
	// CAFile replaces the system's authorities.
	CAFile   yamldoc.Text `yaml:"ca_file"`
	CertFile yamldoc.Text `yaml:"cert_file"`
	KeyFile  yamldoc.Text `yaml:"key_file"`
}

// Syslog is a syslog server.
type Syslog struct {
	Secured `yaml:",inline"`
	// Address is host:port.
	Address yamldoc.Text `yaml:"address,required"`
	// Network is tls, tcp or udp. Default tls.
	Network yamldoc.Text `yaml:"network"`
	// Facility is a number from 0 to 23. Default 16, local0.
	Facility *int `yaml:"facility"`
}

// Mail is a mail server and those who get the mails.
type Mail struct {
	Secured `yaml:",inline"`
	// Server is host:port.
	Server yamldoc.Text `yaml:"server,required"`
	// Security is starttls, tls or none. Default starttls.
	Security yamldoc.Text   `yaml:"security"`
	From     yamldoc.Text   `yaml:"from,required"`
	To       []yamldoc.Text `yaml:"to,required"`
	Basic    *Basic         `yaml:"basic"`
}

// NATS is a JetStream stream.
type NATS struct {
	Secured `yaml:",inline"`
	// Servers are URLs: nats://host:port or tls://host:port.
	Servers []yamldoc.Text `yaml:"servers,required"`
	// Subject is what the subjects begin with. Default incidents.
	Subject yamldoc.Text `yaml:"subject"`
	// Token, Basic or a file of credentials log in.
	Token           Secret       `yaml:"token"`
	TokenFile       yamldoc.Text `yaml:"token_file"`
	Basic           *Basic       `yaml:"basic"`
	CredentialsFile yamldoc.Text `yaml:"credentials_file"`
}

// Kafka is a topic.
type Kafka struct {
	Secured `yaml:",inline"`
	// Brokers are host:port.
	Brokers []yamldoc.Text `yaml:"brokers,required"`
	Topic   yamldoc.Text   `yaml:"topic,required"`
	// TLS secures the connection.
	TLS bool `yaml:"tls"`
	// Mechanism is how Basic logs in. Default scram-sha-512.
	Mechanism yamldoc.Text `yaml:"mechanism"`
	Basic     *Basic       `yaml:"basic"`
}

// native returns where the settings of a backend go that is no HTTP, or nil.
func (t *Destination) native(key string) any {
	switch key {
	case "file":
		t.File = &File{}
		return t.File
	case "syslog":
		t.Syslog = &Syslog{}
		return t.Syslog
	case "smtp":
		t.Mail = &Mail{}
		return t.Mail
	case "nats":
		t.NATS = &NATS{}
		return t.NATS
	case "kafka":
		t.Kafka = &Kafka{}
		return t.Kafka
	}
	return nil
}

// natives are the backends that are no HTTP, by their keys.
func natives() map[string]any {
	return map[string]any{"file": File{}, "syslog": Syslog{}, "smtp": Mail{}, "nats": NATS{}, "kafka": Kafka{}}
}

// nativeChecks looks for what the decoder cannot know.
func (k *checker) nativeChecks(t *Destination) {
	if t.File != nil {
		k.absolute(&t.File.Path)
	}
	if s := t.Syslog; s != nil {
		k.secured(&s.Secured, s.Address.Pos)
		k.hostPort(s.Address)
		k.d.OneOf(s.Network, "network", "tls", "tcp", "udp")
		if s.Facility != nil && (*s.Facility < 0 || *s.Facility > 23) {
			k.d.Report(s.Address.Pos, "bad-limit", "use 0 to 23; 16 is local0", "facility is %d", *s.Facility)
		}
	}
	if m := t.Mail; m != nil {
		k.secured(&m.Secured, m.Server.Pos)
		k.hostPort(m.Server)
		k.d.OneOf(m.Security, "security", "starttls", "tls", "none")
		k.basic(m.Basic)
		for _, a := range append([]yamldoc.Text{m.From}, m.To...) {
			if a.Line > 0 && !strings.Contains(a.Value, "@") {
				k.d.Report(a.Pos, "bad-address", "write name@host", "not an e-mail address: %q", a.Value)
			}
		}
	}
	if n := t.NATS; n != nil {
		k.secured(&n.Secured, t.Pos)
		k.secret(n.Token, &n.TokenFile, "token")
		k.file(&n.CredentialsFile)
		k.basic(n.Basic)
	}
	if q := t.Kafka; q != nil {
		k.secured(&q.Secured, t.Pos)
		k.d.OneOf(q.Mechanism, "mechanism", "plain", "scram-sha-256", "scram-sha-512")
		k.basic(q.Basic)
		for _, b := range q.Brokers {
			k.hostPort(b)
		}
	}
}

func (k *checker) basic(b *Basic) {
	if b != nil {
		k.secret(b.Password, &b.PasswordFile, "password")
	}
}

func (k *checker) secured(s *Secured, at yamldoc.Pos) {
	for _, f := range []*yamldoc.Text{&s.CAFile, &s.CertFile, &s.KeyFile} {
		k.file(f)
	}
	if (s.CertFile.Value == "") != (s.KeyFile.Value == "") {
		k.d.Report(at, "half-certificate", "give cert_file and key_file together", "a client certificate needs its key")
	}
}

func (k *checker) hostPort(t yamldoc.Text) {
	if t.Line == 0 {
		return
	}
	if _, _, err := net.SplitHostPort(t.Value); err != nil {
		k.d.Report(t.Pos, "bad-address", "write host:port", "not an address with a port: %q", t.Value)
	}
}
