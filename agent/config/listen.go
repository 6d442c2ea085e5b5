package config

import (
	"net/netip"

	"github.com/thirdline/thirdline/rules/yamldoc"
)

// listen allows an address of this host alone: what is served there asks nobody
// for his name.
func (k *checker) listen(t yamldoc.Text) {
	if t.Line == 0 {
		return
	}
	switch a, err := netip.ParseAddrPort(t.Value); {
	case err != nil || a.Port() == 0:
		k.d.Report(t.Pos, "bad-listen", "write it as 127.0.0.1:9417", "%q is no address with a port", t.Value)
	case !a.Addr().IsLoopback():
		k.d.Report(t.Pos, "open-listen", "listen on 127.0.0.1, and put a proxy that asks for a password before it", "%s can be reached from other hosts", t.Value)
	}
}
