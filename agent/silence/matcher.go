package silence

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

const maxMatcher = 1000 // bytes

// Matcher is a part of what a silence is about, such as rule=disk-failing: a name,
// an operator and a value. = and != compare texts; =~ and !~ match an expression
// with the whole value. A name is rule, severity, tier, owner, host, tag,
// key.FIELD, or a label.
type Matcher struct {
	name, op, value string
	re              *regexp.Regexp
}

// Parse reads a matcher.
func Parse(text string) (Matcher, error) {
	at := strings.IndexAny(text, "=!")
	if at <= 0 || len(text) > maxMatcher {
		return Matcher{}, fmt.Errorf("%q is no matcher: write NAME=VALUE, NAME!=VALUE, NAME=~EXPRESSION or NAME!~EXPRESSION", text)
	}
	m := Matcher{name: text[:at]}
	for _, op := range []string{"=~", "!~", "!=", "="} {
		if value, ok := strings.CutPrefix(text[at:], op); ok {
			m.op, m.value = op, value
			break
		}
	}
	if m.op == "" {
		return Matcher{}, fmt.Errorf("%q is no matcher: the operators are = != =~ !~", text)
	}
	if strings.HasSuffix(m.op, "~") {
		re, err := regexp.Compile(`^(?:` + m.value + `)$`)
		if err != nil {
			return Matcher{}, fmt.Errorf("%q is no matcher: %w", text, err)
		}
		m.re = re
	}
	return m, nil
}

// String returns the matcher as it is written.
func (m Matcher) String() string { return m.name + m.op + m.value }

// MarshalText implements encoding.TextMarshaler.
func (m Matcher) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (m *Matcher) UnmarshalText(text []byte) (err error) {
	*m, err = Parse(string(text))
	return err
}

// Matches reports whether the matcher agrees with an incident. A value that the
// incident does not have is empty.
func (m Matcher) Matches(i *Subject) bool {
	agrees := slices.ContainsFunc(m.values(i), func(v string) bool {
		if m.re != nil {
			return m.re.MatchString(v)
		}
		return v == m.value
	})
	return agrees != strings.HasPrefix(m.op, "!")
}

func (m Matcher) values(i *Subject) []string {
	switch m.name {
	case "rule":
		return []string{i.Rule}
	case "severity":
		return []string{i.Severity}
	case "tier":
		return []string{i.Tier}
	case "owner":
		return []string{i.Owner}
	case "host":
		return []string{i.Host}
	case "tag":
		return i.Tags
	}
	if field, ok := strings.CutPrefix(m.name, "key."); ok {
		return []string{i.Key[field]}
	}
	return []string{i.Labels[strings.TrimPrefix(m.name, "label.")]}
}
