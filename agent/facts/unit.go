package facts

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"time"

	"github.com/coreos/go-systemd/v22/dbus"

	"github.com/thirdline/thirdline/shipper"
)

// askWithin bounds the question to systemd: a bus that hangs must not hold us up.
const askWithin = 200 * time.Millisecond

// unitName keeps what a log says from being anything but the name of a unit.
var unitName = regexp.MustCompile(`^[A-Za-z0-9:_.\\@-]{1,200}\.(service|scope|socket|mount|timer)$`)

// unitState asks systemd, over the system bus, how a unit is.
func unitState(name string) (*shipper.Unit, error) {
	ctx, cancel := context.WithTimeout(context.Background(), askWithin)
	defer cancel()
	if _, err := os.Stat("/run/dbus/system_bus_socket"); err != nil {
		return nil, err
	}
	bus, err := dbus.NewSystemConnectionContext(ctx)
	if err != nil {
		return nil, err
	}
	defer bus.Close()
	p, err := bus.GetUnitPropertiesContext(ctx, name)
	if err != nil {
		return nil, err
	}
	u := &shipper.Unit{Name: name, State: text(p, "ActiveState") + "/" + text(p, "SubState"), Since: stamp(p, "StateChangeTimestamp")}
	if text(p, "LoadState") == "not-found" {
		return nil, errors.New("there is no such unit")
	}
	if restarts, err := bus.GetServicePropertyContext(ctx, name, "NRestarts"); err == nil {
		if n, ok := restarts.Value.Value().(uint32); ok {
			u.Restarts = int(n)
		}
	}
	if result, err := bus.GetServicePropertyContext(ctx, name, "Result"); err == nil {
		if s, ok := result.Value.Value().(string); ok {
			u.Result = s
		}
	}
	return u, nil
}

func text(properties map[string]any, name string) string {
	s, _ := properties[name].(string)
	return s
}

// stamp is a time in microseconds since the epoch.
func stamp(properties map[string]any, name string) time.Time {
	micros, _ := properties[name].(uint64)
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(int64(micros)).UTC()
}

// unit notes how the unit is that a record or its process belongs to.
func (c *Collector) unit(f *shipper.Facts, named string) {
	if named == "" && f.Process != nil {
		named = f.Process.Unit
	}
	if !unitName.MatchString(named) {
		return
	}
	ask := c.ask
	if ask == nil {
		ask = unitState
	}
	u, err := ask(named)
	if err != nil {
		miss(f, fmt.Sprintf("state of unit %s", named), err)
		return
	}
	f.Unit = u
}
