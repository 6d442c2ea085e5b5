package main

import (
	"encoding/json"
	"os/exec"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/thirdline/thirdline/agent"
)

// ids STATE sets ID_title to the fingerprint of each incident, with _ for spaces.
func ids(ts *testscript.TestScript, _ bool, args []string) {
	cmd := exec.Command("thirdline", "incidents", "--state", ts.MkAbs(args[0]), "--status", "all", "--json") //nolint:noctx // it answers at once
	cmd.Env = append(cmd.Environ(), "PATH="+ts.Getenv("PATH"))
	out, err := cmd.Output()
	ts.Check(err)
	var list []agent.IncidentInfo
	ts.Check(json.Unmarshal(out, &list))
	for _, i := range list {
		ts.Setenv("ID_"+strings.ReplaceAll(i.Title, " ", "_"), i.Fingerprint)
	}
}
