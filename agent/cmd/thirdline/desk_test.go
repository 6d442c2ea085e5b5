package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/thirdline/thirdline/shipper/backendtest/fake"
)

// startDesk PROFILE starts the fake of a ticketing system, and sets DESK_name to each
// setting of a destination that uses it.
func startDesk(ts *testscript.TestScript, t *testing.T, profile string) {
	d := fake.New(t, profile)
	*ts.Value("desk").(**fake.Desk) = d
	for name, value := range d.Settings {
		ts.Setenv("DESK_"+name, value)
	}
}

// mend FINGERPRINT TEXT has a person solve the ticket at the desk, and say how.
func mend(ts *testscript.TestScript, _ bool, args []string) {
	(*ts.Value("desk").(**fake.Desk)).Mend(args[0], args[1])
}
