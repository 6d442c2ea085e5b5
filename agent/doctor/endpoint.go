package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"
)

// soon is when an expiring certificate is worth a word.
const soon = 21 * 24 * time.Hour

// endpoint connects, shakes hands, and hangs up: no request is made.
func (o *Options) endpoint(ctx context.Context, e Endpoint) []Finding {
	about := "destination " + e.Name
	u, err := url.Parse(e.URL)
	if err != nil {
		return []Finding{{about, Bad, "its URL cannot be read", "see `thirdline check`"}}
	}
	ctx, cancel := context.WithTimeout(ctx, o.Within)
	defer cancel()
	began := time.Now()
	c, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), port(u)))
	if err != nil {
		return []Finding{{about, Bad, err.Error(), dialRemedy(err, u.Hostname())}}
	}
	out := []Finding{{about, Fine, fmt.Sprintf("%s answers after %d ms", u.Host, time.Since(began).Milliseconds()), ""}}
	if u.Scheme == "https" {
		out = append(out, o.handshake(ctx, c, u.Hostname(), e)...)
	}
	if err := c.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		out = append(out, Finding{about, Warning, err.Error(), "look at the network between"})
	}
	return out
}

func port(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}

func dialRemedy(err error, host string) string {
	var dns *net.DNSError
	if errors.As(err, &dns) {
		return "see that `getent hosts " + host + "` gives an address on this host"
	}
	return "see that the endpoint runs, and that a firewall lets this host through"
}

// handshake judges the certificates of both sides.
func (o *Options) handshake(ctx context.Context, c net.Conn, host string, e Endpoint) []Finding {
	settings := &tls.Config{MinVersion: tls.VersionTLS12}
	if e.TLS != nil {
		settings = e.TLS.Clone()
	}
	settings.ServerName = host
	settings.Time = func() time.Time { return o.Now }
	about := "certificate of " + e.Name
	t := tls.Client(c, settings)
	if err := t.HandshakeContext(ctx); err != nil {
		return []Finding{{about, Bad, err.Error(), tlsRemedy(err)}}
	}
	out := []Finding{o.expiry(about, t.ConnectionState().PeerCertificates[0])}
	for _, pair := range settings.Certificates {
		if pair.Leaf != nil {
			out = append(out, o.expiry("our certificate for "+e.Name, pair.Leaf))
		}
	}
	return out
}

func tlsRemedy(err error) string {
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	switch {
	case errors.As(err, &unknown):
		return "name the authority's certificate with `ca_file`"
	case errors.As(err, &name):
		return "use a name in `url` that the certificate has"
	}
	return "renew the certificate, or ask the endpoint's owner"
}

func (o *Options) expiry(about string, c *x509.Certificate) Finding {
	left := c.NotAfter.Sub(o.Now)
	said := fmt.Sprintf("valid until %s", c.NotAfter.UTC().Format(time.DateOnly))
	switch {
	case left <= 0:
		return Finding{about, Bad, "it expired on " + c.NotAfter.UTC().Format(time.DateOnly), "renew it"}
	case left < soon:
		return Finding{about, Warning, fmt.Sprintf("%s, %d days more", said, int(left.Hours()/24)), "renew it"}
	}
	return Finding{about, Fine, said, ""}
}
