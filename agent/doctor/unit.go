package doctor

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
)

// exposed is the score of systemd's own analysis above which a unit is worth a
// word: the unit that is shipped has less.
const exposed = 2.0

// unit asks systemd about the service, where there is one.
func unit(ctx context.Context, name string) []Finding {
	if _, err := os.Stat("/run/systemd/system"); err != nil {
		return []Finding{{"unit " + name, Unknown, "systemd does not run here", "run thirdline under a supervisor that starts it again"}}
	}
	shown, err := exec.CommandContext(ctx, "systemctl", "show", name, "--property=LoadState,ActiveState,UnitFileState").Output()
	if err != nil {
		return []Finding{{"unit " + name, Unknown, fmt.Sprintf("ask systemd: %v", err), "systemctl status " + name}}
	}
	out := []Finding{activity(name, string(shown))}
	if out[0].Verdict == Fine {
		said, err := exec.CommandContext(ctx, "systemd-analyze", "security", "--no-pager", name).Output()
		if err == nil {
			out = append(out, exposure(name, string(said)))
		}
	}
	return out
}

func activity(name, shown string) Finding {
	has := func(line string) bool { return strings.Contains("\n"+shown, "\n"+line) }
	switch {
	case has("LoadState=not-found"):
		return Finding{"unit " + name, Warning, "it is not installed", "install the package, or packaging/thirdline.service"}
	case !has("ActiveState=active"):
		return Finding{"unit " + name, Bad, "it does not run", "systemctl start " + name + "; the reason is in journalctl -u " + name}
	case has("UnitFileState=disabled"):
		return Finding{"unit " + name, Warning, "it runs, but will not after a reboot", "systemctl enable " + name}
	}
	return Finding{"unit " + name, Fine, "it runs", ""}
}

var overall = regexp.MustCompile(`Overall exposure level for \S+: ([0-9.]+)`)

func exposure(name, said string) Finding {
	about := "hardening of " + name
	m := overall.FindStringSubmatch(said)
	if m == nil {
		return Finding{about, Unknown, "systemd-analyze gave no score", "systemd-analyze security " + name}
	}
	score, err := strconv.ParseFloat(m[1], 64)
	if err != nil || score > exposed {
		return Finding{about, Warning, "exposure " + m[1], "compare its drop-ins with the shipped unit: systemctl cat " + name}
	}
	return Finding{about, Fine, "exposure " + m[1], ""}
}
