package importer

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/expr-lang/expr/parser"
)

// The address that CrowdSec calls the source is captured from the record: it is the
// first one there. fail2ban's expression of an IPv6 address takes a time for one.
const sourceAddress = `\b(?P<source_ip>` + ip4 + `|(?:[0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}|(?:[0-9a-fA-F]{1,4}:){1,6}(?::[0-9a-fA-F]{1,4}){1,6})\b`

var eventField = regexp.MustCompile(`^evt\.(?:Meta|Parsed|Unmarshaled|Enriched)\.([A-Za-z_][A-Za-z0-9_.]*)$`)

// bucket takes what the scenario counts over time, for which key.
func (s *scenario) bucket(r *rule, doc map[string]any) {
	refuse := func(k, reason string) { s.out.refuse(s.part+": "+strings.TrimSpace(k+" "+text(doc[k])), "%s", reason) }
	if by := text(doc["groupby"]); by != "" {
		for part := range strings.SplitSeq(by, "+") {
			if part = strings.TrimSpace(part); strings.HasPrefix(part, "'") || strings.HasPrefix(part, `"`) {
				continue // a text between the fields
			}
			name, ok := s.name(r, part)
			if !ok {
				refuse("groupby", "it is not a field of the event, and so no part of a key")
				continue
			}
			r.key = append(r.key, name)
		}
	}
	if on := text(doc["cancel_on"]); on != "" {
		s.cancel(r, on)
	}
	s.count(r, doc, refuse)
	if d, err := time.ParseDuration(text(doc["blackhole"])); err == nil && d > 0 && !strings.HasPrefix(strings.Join(r.over, "\n"), "cooldown") {
		r.over = append(r.over, "cooldown: "+spelled(d))
	}
	counted := text(doc["type"]) == "conditional" && queueLength.MatchString(text(doc["condition"]))
	for _, k := range []string{"condition", "overflow_filter"} {
		if text(doc[k]) != "" && (k != "condition" || !counted) {
			refuse(k, "an expression over the events of the bucket has no counterpart here; write a sequence")
		}
	}
}

// queueLength is a condition on the number of events alone.
var queueLength = regexp.MustCompile(`^\s*len\(queue\.Queue\)\s*(>=|>)\s*(\d+)\s*$`)

// name returns the field of a record that an expression speaks of.
func (s *scenario) name(r *rule, expression string) (string, bool) {
	m := eventField.FindStringSubmatch(strings.TrimSpace(expression))
	switch {
	case m == nil:
		return "", false
	case m[1] == "source_ip":
		if !r.captures {
			r.match = join([]clause{r.match, {regex: sourceAddress}}, true)
			s.out.note("%s groups by the source's address; here it is the first address in the record", s.part)
		}
		r.captures = true
		return "source_ip", true
	}
	if s.gives[m[1]] {
		return m[1], true
	}
	if known := nameField(strings.TrimSpace(expression)); known != "" {
		m[1] = known
	}
	r.asks(m[1])
	s.out.note("%s asks for the field %s: a record must have it under this name", s.part, m[1])
	return m[1], true
}

// count takes the type of the bucket.
func (s *scenario) count(r *rule, doc map[string]any, refuse func(k, reason string)) {
	distinct := ""
	if by := text(doc["distinct"]); by != "" {
		name, ok := s.name(r, by)
		if !ok {
			refuse("distinct", "it is not a field of the event; every record counts")
		} else {
			distinct = single(name)
		}
	}
	capacity, err := strconv.Atoi(text(doc["capacity"]))
	switch kind := text(doc["type"]); kind {
	case "trigger", "":
	case "conditional":
		n := queueLength.FindStringSubmatch(text(doc["condition"]))
		within, bad := time.ParseDuration(text(doc["leakspeed"]))
		if n == nil || bad != nil || within <= 0 {
			refuse("type", "only a condition on the number of events, len(queue.Queue), and with a leakspeed, has a counterpart here")
			return
		}
		most := count(n[2], 998)
		if n[1] == ">" {
			most++
		}
		s.out.note("%s counts what has not leaked; here so many lie within %s", s.part, within)
		r.over = append(r.over, flow("threshold", "count", strconv.Itoa(max(most, 1)), "within", spelled(within), "distinct", distinct))
	case "leaky", "bayesian":
		leak, bad := time.ParseDuration(text(doc["leakspeed"]))
		if kind != "leaky" || err != nil || bad != nil || capacity < 0 || capacity > 9998 || distinct != "" && capacity > 998 || leak <= 0 {
			refuse("type", "its capacity and leakspeed are no bucket that overflows; here every match counts for one incident")
			return
		}
		r.over = append(r.over, flow("threshold", "count", strconv.Itoa(capacity+1), "leak", spelled(leak), "distinct", distinct))
	case "counter":
		d, bad := time.ParseDuration(text(doc["duration"]))
		if bad != nil || d <= 0 {
			refuse("type", "its duration is not understood")
			return
		}
		r.over = append(r.over, "cooldown: "+spelled(d))
		s.out.note("%s counts for %s and then tells; here it tells at once, and then how many were held back", s.part, d)
	default:
		refuse("type", "there is no such bucket here; every match counts for one incident")
	}
}

// cancel takes the expression that empties the bucket.
func (s *scenario) cancel(r *rule, on string) {
	tree, err := parser.Parse(on)
	if err != nil {
		s.out.refuse(s.part+": cancel_on", "it is not understood")
		return
	}
	c, err := s.clause(tree.Node)
	if err != nil || c == nil {
		s.out.refuse(s.part+": cancel_on", "it has no counterpart here")
		return
	}
	r.cancel = c
}

// cancelLines writes what starts the condition anew.
func (r *rule) cancelLines() []string {
	if r.cancel == nil || len(r.over) == 0 {
		return nil
	}
	if r.captures {
		c := join([]clause{*r.cancel, {regex: sourceAddress}}, true)
		return c.block("cancel_on", "")
	}
	return r.cancel.block("cancel_on", "")
}
