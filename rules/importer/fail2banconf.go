package importer

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Fail2ban takes a filter file of fail2ban. include reads a file that it names
// under [INCLUDES], as common.conf, and the jails in ../jail.conf and ../jail.local.
func Fail2ban(name string, conf []byte, include func(string) ([]byte, error)) Result {
	var out Result
	vars := map[string]string{}
	if err := readConf(conf, vars, include, 0); err != nil {
		out.refuse("filter "+name, "%s", err)
		return out
	}
	f := Filter{Name: name, MaxLines: 1, jail: jailOf(name, include)}
	if n, err := strconv.Atoi(strings.TrimSpace(vars["maxlines"])); err == nil {
		f.MaxLines = n
	}
	for _, part := range []struct {
		key string
		to  *[]string
	}{{"failregex", &f.Failregex}, {"ignoreregex", &f.Ignoreregex}} {
		value, err := substitute(vars[part.key], vars, 0)
		if err != nil {
			out.refuse(part.key, "%s", err)
			return out
		}
		for line := range strings.SplitSeq(value, "\n") {
			if line = strings.TrimSpace(line); line != "" {
				*part.to = append(*part.to, line)
			}
		}
	}
	prefix, err := substitute(vars["prefregex"], vars, 0)
	if err != nil {
		out.refuse("prefregex", "%s", err)
		return out
	}
	f.Prefregex = strings.TrimSpace(prefix)
	if len(f.Failregex) == 0 {
		out.refuse("filter "+name, "it has no failregex")
		return out
	}
	out = f.Rule()
	if vars["journalmatch"] != "" {
		out.note("journalmatch is not taken: name the source's journal unit in the configuration")
	}
	return out
}

// maxNesting bounds includes and variables that stand in variables.
const maxNesting = 16

// readConf reads the sections of an INI file into one set of variables, files
// under `before` first and those under `after` last.
func readConf(conf []byte, vars map[string]string, include func(string) ([]byte, error), depth int) error {
	if depth > maxNesting {
		return errors.New("its includes go round in a circle")
	}
	own := map[string]string{}
	includes := map[string]string{}
	section, key := "", ""
	for raw := range strings.SplitSeq(strings.ReplaceAll(string(conf), "\r\n", "\n"), "\n") {
		text := strings.TrimSpace(raw)
		into := own
		if section == "INCLUDES" {
			into = includes
		}
		switch {
		case text == "" || text[0] == '#' || text[0] == ';':
		case raw[0] == ' ' || raw[0] == '\t':
			if key != "" {
				into[key] += "\n" + text
			}
		case text[0] == '[' && strings.HasSuffix(text, "]"):
			section, key = strings.Trim(text, "[]"), ""
		default:
			name, value, ok := strings.Cut(text, "=")
			if !ok {
				return fmt.Errorf("the line %q is neither a section nor `key = value`", text)
			}
			key = strings.TrimSpace(name)
			into[key] = strings.TrimSpace(value)
		}
	}
	read := func(list string) error {
		for _, file := range strings.Fields(list) {
			data, err := include(file)
			if err != nil {
				return fmt.Errorf("read include %s: %w", file, err)
			}
			if err := readConf(data, vars, include, depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	if err := read(includes["before"]); err != nil {
		return err
	}
	for k, v := range own {
		vars[k] = v
	}
	return read(includes["after"])
}

var (
	interpolation = regexp.MustCompile(`%\(([^)]+)\)s`)
	variable      = regexp.MustCompile(`<([a-z][\w.-]*)>`)
)

// substitute puts variables in: %(name)s as Python's configparser does, and <name>
// as fail2ban does.
func substitute(value string, vars map[string]string, depth int) (string, error) {
	if depth > maxNesting {
		return "", errors.New("its variables go round in a circle")
	}
	missing := ""
	replace := func(found, name string) string {
		if v, ok := vars[name]; ok {
			return v
		}
		if v, ok := vars[strings.TrimPrefix(name, "known/")]; ok {
			return v
		}
		missing = found
		return found
	}
	next := interpolation.ReplaceAllStringFunc(value, func(s string) string { return replace(s, s[2:len(s)-2]) })
	if missing != "" {
		return "", fmt.Errorf("the variable %s has no value", missing)
	}
	next = variable.ReplaceAllStringFunc(next, func(s string) string { return replace(s, s[1:len(s)-1]) })
	if next == value {
		return strings.ReplaceAll(value, "%%", "%"), nil
	}
	return substitute(next, vars, depth+1)
}
