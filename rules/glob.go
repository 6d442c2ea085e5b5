package rules

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/thirdline/thirdline/rules/yamldoc"
)

// globPattern returns the RE2 expression of a glob, which is about a whole text: *
// is any run of characters, ? one, [abc] and [!a-c] one of some; a backslash takes
// the next character as it is.
func globPattern(glob string) (string, error) {
	var out strings.Builder
	out.WriteString(`^(?s:`)
	for rest := glob; rest != ""; {
		c := rest[0]
		rest = rest[1:]
		switch c {
		case '*':
			out.WriteString(`.*`)
		case '?':
			out.WriteString(`.`)
		case '\\':
			if rest == "" {
				return "", fmt.Errorf(`it ends with a backslash`)
			}
			out.WriteString(regexp.QuoteMeta(rest[:1]))
			rest = rest[1:]
		case '[':
			class, after, ok := strings.Cut(rest, "]")
			if !ok || class == "" || class == "!" {
				return "", fmt.Errorf("a [ is not closed")
			}
			rest = after
			class, not := strings.CutPrefix(class, "!")
			class = strings.NewReplacer(`\`, `\\`, `^`, `\^`, `[`, `\[`).Replace(class)
			out.WriteString(map[bool]string{true: "[^", false: "["}[not] + class + "]")
		default:
			out.WriteString(regexp.QuoteMeta(string([]byte{c})))
		}
	}
	out.WriteString(`)$`)
	_, err := regexp.Compile(out.String())
	return out.String(), err
}

func (c *checker) glob(t yamldoc.Text) {
	if t.Line == 0 {
		return
	}
	hint := `* is any text, ? one character, [a-z] one of some; write \[ for the character`
	if t.Value == "" {
		c.bad = true
		c.d.Report(t.Pos, "bad-glob", hint, "an empty glob is like an empty text only")
		return
	}
	if len(t.Value) > maxPattern {
		c.bad = true
		c.d.Report(t.Pos, "pattern-too-large", "split it with any:", "the glob has %d bytes, the limit is %d", len(t.Value), maxPattern)
		return
	}
	if _, err := globPattern(t.Value); err != nil {
		c.bad = true
		c.d.Report(t.Pos, "bad-glob", hint, "not a valid glob: %s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
}
