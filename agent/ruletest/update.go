package ruletest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/thirdline/thirdline/rules"
	"github.com/thirdline/thirdline/rules/yamldoc"
)

func texts(list []yamldoc.Text) []string {
	out := make([]string, len(list))
	for i, t := range list {
		out[i] = t.Value
	}
	return out
}

// Update writes what came of the failed cases into their rule files as what they
// expect, and returns the files that it changed. Nothing else of a file changes;
// a file that would not load any more is left alone.
func Update(cases []Case, lookup func(string) (string, bool)) ([]string, error) {
	byFile := map[string][]Case{}
	var files []string
	for _, c := range cases {
		if len(c.Failures) == 0 {
			continue
		}
		if byFile[c.File] == nil {
			files = append(files, c.File)
		}
		byFile[c.File] = append(byFile[c.File], c)
	}
	for _, file := range files {
		if err := updateFile(file, byFile[file], lookup); err != nil {
			return nil, fmt.Errorf("update %s: %w", file, err)
		}
	}
	return files, nil
}

func updateFile(file string, cases []Case, lookup func(string) (string, bool)) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	lines := strings.SplitAfter(string(data), "\n")
	slices.SortFunc(cases, func(a, b Case) int { return b.Line - a.Line }) // from the end: the places above stay
	for _, c := range cases {
		if lines, err = splice(lines, c); err != nil {
			return fmt.Errorf("line %d: %w", c.Line, err)
		}
	}
	out := []byte(strings.Join(lines, ""))
	if _, bad := rules.Parse(file, out, lookup, map[string]*rules.Rule{}); len(bad) > 0 {
		return fmt.Errorf("the new file would not load (%w); write `expect` by hand, one key a line", bad)
	}
	if bytes.Equal(out, data) {
		return nil
	}
	next := file + ".new"
	if err := os.WriteFile(next, out, info.Mode().Perm()); err != nil {
		return err
	}
	return os.Rename(next, file)
}

// splice replaces the lines of a case's `expect`, or adds them after its name.
func splice(lines []string, c Case) ([]string, error) {
	indent := c.test.Pos.Column - 1
	head := strings.TrimLeft(lines[c.Line-1], " -")
	if !strings.HasPrefix(head, "name:") {
		return nil, fmt.Errorf("test %q does not stand on lines of its own; write its keys one a line", c.Name)
	}
	from, to := c.Line, c.Line
	if e := c.test.Expect; e != nil {
		from = e.Line - 1
		for from > 0 && !strings.HasPrefix(strings.TrimLeft(lines[from], " "), "expect:") {
			from--
		}
		for to = from + 1; to < len(lines) && belongs(lines[to], indent); to++ {
		}
	}
	return slices.Concat(lines[:from:from], Expectation(c.Got, indent), lines[to:]), nil
}

// belongs reports whether a line goes on with the value of a key at an indent.
func belongs(line string, indent int) bool {
	text := strings.TrimLeft(line, " ")
	if strings.TrimSpace(text) == "" {
		return false
	}
	deep := len(line) - len(text)
	return deep > indent || deep == indent && (strings.HasPrefix(text, "- ") || strings.HasPrefix(text, "]"))
}

// Expectation writes what came of a test's lines as what it expects, with its key
// at an indent.
func Expectation(got []Outcome, indent int) []string {
	margin := strings.Repeat(" ", indent)
	if len(got) == 0 {
		return []string{margin + "expect: []\n"}
	}
	out := []string{margin + "expect:\n"}
	for _, o := range got {
		var parts []string
		if len(o.Key) > 0 {
			parts = append(parts, "key: "+quoted(o.Key))
		}
		for _, n := range []struct {
			name string
			n    int
		}{{"opened", o.Opened}, {"reopened", o.Reopened}, {"resolved", o.Resolved}, {"matches", int(o.Matches)}} {
			if n.n > 0 {
				parts = append(parts, fmt.Sprintf("%s: %d", n.name, n.n))
			}
		}
		out = append(out, fmt.Sprintf("%s  - {%s}\n", margin, strings.Join(parts, ", ")))
	}
	return out
}

// quoted writes values as YAML: one as itself, others as a list.
func quoted(values []string) string {
	if len(values) == 1 {
		return Quoted(values[0])
	}
	return Quoted(values)
}

// Quoted writes a text, or texts by place or by name, as JSON, which is YAML.
func Quoted(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil { // texts always encode
		return `""`
	}
	return strings.TrimSpace(b.String())
}
