package importer

import (
	"fmt"
	"strings"
)

// clause is a clause of our language.
type clause struct {
	regex, contains string
	fold            bool
	has             []string // fields that must be there
	field           *fieldTest
	macro           string
	all, any, not   []clause
}

// fieldTest is what a clause asks of a field.
type fieldTest struct {
	name, test string // the key of our language: in, contains, regex, exists, gt and so on
	values     []string
}

// ask makes a clause of a test of a field, in any case.
func ask(name, test string, values ...string) clause {
	return clause{field: &fieldTest{name, test, values}, fold: test == "in" || test == "contains" || test == "regex"}
}

// String is the test as YAML.
func (f *fieldTest) String() string {
	quoted := make([]string, len(f.values))
	for i, v := range f.values {
		quoted[i] = single(v)
	}
	switch f.test {
	case "in":
		return fmt.Sprintf("{%s: [%s]}", single(f.name), strings.Join(quoted, ", "))
	case "contains", "regex":
		return fmt.Sprintf("{%s: {%s: %s}}", single(f.name), f.test, quoted[0])
	}
	return fmt.Sprintf("{%s: {%s: %s}}", single(f.name), f.test, f.values[0])
}

// block is the clause as the lines of a mapping under a key.
func (c *clause) block(key, margin string) []string {
	var b strings.Builder
	c.write(&b, margin+"  ", margin+"  ")
	return append([]string{margin + key + ":"}, strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")...)
}

// write adds the keys of the clause; the first line begins with lead.
func (c *clause) write(b *strings.Builder, lead, margin string) {
	key := func(name, value string) {
		fmt.Fprintf(b, "%s%s:%s\n", lead, name, value)
		lead = margin
	}
	if c.regex != "" {
		key("regex", " "+single(c.regex))
	}
	if c.contains != "" {
		key("contains", " "+single(c.contains))
	}
	if c.macro != "" {
		key("macro", " "+single(c.macro))
	}
	if c.field != nil {
		key("fields", " "+c.field.String())
	}
	if len(c.has) > 0 {
		tests := make([]string, len(c.has))
		for i, name := range c.has {
			tests[i] = single(name) + ": {exists: true}"
		}
		key("fields", " {"+strings.Join(tests, ", ")+"}")
	}
	if c.fold {
		key("ignore_case", " true")
	}
	for _, list := range []struct {
		name string
		in   []clause
	}{{"all", c.all}, {"any", c.any}, {"not", c.not}} {
		if len(list.in) == 0 {
			continue
		}
		key(list.name, "")
		for _, sub := range list.in {
			sub.write(b, margin+"  - ", margin+"    ")
		}
	}
}
