package importer

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/thirdline/thirdline/rules/yamldoc"
)

// jail is what fail2ban's jails say of a filter: how many matches, within which
// time, and for how long the source is banned. Zero is what they do not say.
type jail struct {
	maxRetry           int
	findTime, banTime  time.Duration
	found, isPermanent bool
}

// jailOf reads jail.conf and jail.local, as far as there are any, for the jail that
// uses a filter.
func jailOf(filter string, include func(string) ([]byte, error)) jail {
	sections := map[string]map[string]string{"DEFAULT": {}}
	for _, file := range []string{"../jail.conf", "../jail.local"} {
		data, err := include(file)
		if err != nil {
			continue // there is none
		}
		section := "DEFAULT"
		for line := range strings.SplitSeq(string(data), "\n") {
			line = strings.TrimSpace(line)
			if strings.HasPrefix(line, "[") && strings.HasSuffix(line, "]") {
				section = strings.Trim(line, "[]")
			} else if k, v, ok := strings.Cut(line, "="); ok && !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, ";") {
				if sections[section] == nil {
					sections[section] = map[string]string{}
				}
				sections[section][strings.TrimSpace(k)] = strings.TrimSpace(v)
			}
		}
	}
	names := slices.Sorted(maps.Keys(sections))
	for _, name := range append([]string{filter}, names...) {
		own := sections[name]
		uses, _, _ := strings.Cut(own["filter"], "[")
		if own == nil || name != filter && uses != filter || name == "DEFAULT" {
			continue
		}
		value := func(k string) string {
			if v, ok := own[k]; ok {
				return v
			}
			return sections["DEFAULT"][k]
		}
		j := jail{found: true, findTime: min(seconds(value("findtime")), 366*24*time.Hour), banTime: seconds(value("bantime")), isPermanent: value("bantime") == "-1"}
		j.maxRetry, _ = strconv.Atoi(value("maxretry")) // zero is what is no number
		return j
	}
	return jail{}
}

// seconds reads a time of fail2ban: seconds, or 10m, 1h, 1d, 1w.
func seconds(s string) time.Duration {
	if n, err := strconv.Atoi(s); err == nil && n > 0 && n < 1<<30 {
		return time.Duration(n) * time.Second
	}
	if weeks, ok := strings.CutSuffix(s, "w"); ok {
		return 7 * seconds(weeks+"d")
	}
	d, err := yamldoc.ParseDuration(s)
	if err != nil {
		return 0
	}
	return d
}

// take writes what the jail says as a condition and an end.
func (j jail) take(r *rule, out *Result) {
	if !j.found {
		out.note("maxretry and findtime stand in the jail, which is not beside the filter (../jail.local): every match counts for the incident of its source")
		return
	}
	if j.maxRetry == 0 {
		j.maxRetry = 5 // fail2ban's own
	}
	if j.findTime == 0 {
		j.findTime = 10 * time.Minute
	}
	if j.maxRetry > 1 && j.maxRetry <= 10000 {
		r.over = append(r.over, flow("threshold", "count", strconv.Itoa(j.maxRetry), "within", spelled(j.findTime)))
	}
	if j.banTime > 0 && !j.isPermanent {
		r.over = append(r.over, "incident: {resolve: {after: "+spelled(j.banTime)+"}}")
	}
}
