// Package importer writes our rules from those of other tools, as far as they can
// be taken. What cannot be taken is said part by part with the reason; nothing is
// left out in silence.
//
// The rules it writes are a beginning: severity, tier and owner are for the reader
// to set, since the other languages do not know them.
package importer

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/thirdline/thirdline/rules/yamldoc"
)

// Result is what became of one file.
type Result struct {
	// YAML is a rule file, or nil when nothing could be taken.
	YAML []byte
	// Refused are the parts that could not be taken.
	Refused []Refusal
	// Notes are what the reader has to know of what was taken.
	Notes []string
}

// Refusal is one part that could not be taken.
type Refusal struct {
	Part   string `json:"part"`
	Reason string `json:"reason"`
}

func (r *Result) refuse(part, format string, args ...any) {
	r.Refused = append(r.Refused, Refusal{part, fmt.Sprintf(format, args...)})
}

func (r *Result) note(format string, args ...any) {
	if n := fmt.Sprintf(format, args...); !slices.Contains(r.Notes, n) {
		r.Notes = append(r.Notes, n)
	}
}

// rulesOf takes a file of YAML documents, each with one rule, and returns these as YAML.
// take is given the number of a document, from 1, and returns what to call it.
func (r *Result) rulesOf(data []byte, take func(n int, doc map[string]any) (part string, made *rule, err error)) string {
	docs, err := yamldoc.Plain(data)
	if err != nil {
		r.refuse("file", "%s", err)
		return ""
	}
	var b strings.Builder
	ids := map[string]bool{}
	for n, doc := range docs {
		part, made, err := take(n+1, mapping(doc))
		if err != nil {
			r.refuse(part, "%s", err)
			continue
		}
		made.rename(ids)
		made.write(&b)
	}
	return b.String()
}

// rule is what the importers fill.
type rule struct {
	id, title, severity string
	match               clause
	key                 []string
	// has are fields that a record must have.
	has []string
	// over are the lines of the condition over time; it replaces match where it has
	// clauses of its own.
	over     []string
	ownMatch bool
	// captures tells that the source's address is captured; cancel is what starts the
	// condition anew.
	captures bool
	cancel   *clause
}

// rename gives the rule an id that no rule before it has.
func (r *rule) rename(taken map[string]bool) {
	id := r.id
	for n := 2; taken[r.id]; n++ {
		r.id = fmt.Sprintf("%s-%d", id, n)
	}
	taken[r.id] = true
}

// asks makes a record have a field, once.
func (r *rule) asks(field string) {
	if !slices.Contains(r.has, field) {
		r.has = append(r.has, field)
	}
}

// write adds the rule as YAML. Everything that comes from elsewhere is quoted.
func (r *rule) write(b *strings.Builder) {
	fmt.Fprintf(b, "  - id: %s\n    title: %s\n    severity: %s\n", r.id, single(r.title), r.severity)
	if !r.ownMatch {
		match := r.matches()
		b.WriteString("    match:\n")
		match.write(b, "      ", "      ")
	}
	if len(r.key) > 0 {
		quoted := make([]string, len(r.key))
		for i, k := range r.key {
			quoted[i] = single(k)
		}
		fmt.Fprintf(b, "    key: [%s]\n", strings.Join(quoted, ", "))
	}
	for _, line := range append(r.over, r.cancelLines()...) {
		fmt.Fprintf(b, "    %s\n", line)
	}
}

// matches is the clause with the fields that a record must have.
func (r *rule) matches() clause {
	if len(r.has) == 0 {
		return r.match
	}
	return clause{all: []clause{r.match, {has: r.has}}}
}

// single quotes s for YAML. Line ends and other controls have no place in single
// quotes; double ones escape them as JSON does.
func single(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool {
		return r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 || r == 0xfeff
	}) {
		return fmt.Sprintf("%q", s)
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}

var noID = regexp.MustCompile(`[^a-z0-9._-]+`)

// identifier makes a rule's id of a name.
func identifier(name string) string {
	id := strings.Trim(noID.ReplaceAllString(strings.ToLower(name), "-"), "-._")
	return id[:min(len(id), 128)]
}

// python rewrites what Python and RE2 say differently, and refuses what RE2 has not.
func python(expr string) (string, error) {
	expr = strings.ReplaceAll(expr, `(?<=:):`, `:`) // in the expression of an IPv6 address; what precedes it ends in a colon anyway
	expr = openRepeat.ReplaceAllString(expr, "{0,$1}")
	expr = strings.ReplaceAll(expr, `\Z`, `\z`)
	expr = unicodeFlag.ReplaceAllString(expr, "(?$1$2$3")
	if _, err := regexp.Compile(expr); err != nil {
		for _, c := range []struct{ has, say string }{
			{"(?!", "a negative lookahead, which RE2 has not: put what must not be there under `not`"},
			{"(?<!", "a negative lookbehind, which RE2 has not: put what must not be there under `not`"},
			{"(?=", "a lookahead, which RE2 has not: match the text itself"},
			{"(?<=", "a lookbehind, which RE2 has not: match the text itself"},
			{"(?P=", "a back-reference, which RE2 has not"},
			{"(?(", "a conditional group, which RE2 has not: write one expression for each case"},
		} {
			if strings.Contains(expr, c.has) {
				return "", fmt.Errorf("it has %s", c.say)
			}
		}
		return "", fmt.Errorf("RE2 does not take it: %w", err)
	}
	return expr, nil
}

var (
	openRepeat  = regexp.MustCompile(`\{,([0-9]+)\}`)
	unicodeFlag = regexp.MustCompile(`\(\?([a-zA-Z]*)u([a-zA-Z]*)([):])`)
)
