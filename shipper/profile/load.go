package profile

import (
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// maxFile is the size of the largest profile, in bytes.
const maxFile = 1 << 20

// Problem is something wrong in a profile, with its place; a Line of 0 means the
// file as a whole.
type Problem struct {
	File          string
	Line, Column  int
	Code, Message string
	Hint, Source  string
}

// Error gives the problem on one line.
func (p Problem) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s [%s]", p.File, p.Line, p.Column, p.Message, p.Code)
}

// Parse reads a profile and says everything that is wrong with it.
func Parse(file string, data []byte) (*Profile, []Problem) {
	r := &reader{lines: strings.Split(string(data), "\n"), p: &Profile{
		Name: strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)), File: file, Ops: map[string][]Step{},
	}}
	if len(data) > maxFile {
		r.report(&yaml.Node{}, "too-large", "", "the file has more than 1 MiB")
		return nil, r.problems
	}
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		r.syntax(err)
		return nil, r.problems
	}
	if len(root.Content) == 0 {
		root.Content = []*yaml.Node{{Kind: yaml.MappingNode, Line: 1, Column: 1}}
	}
	r.tame(&root)
	if len(r.problems) == 0 {
		r.profile(root.Content[0])
	}
	if len(r.problems) == 0 {
		r.check(root.Content[0])
	}
	switch {
	case r.p.Settle > 0:
	case r.p.Class == Find:
		r.p.Settle = 15 * time.Second
	case r.p.Class == FindEventual:
		r.p.Settle = 2 * time.Minute
	}
	slices.SortStableFunc(r.problems, func(a, b Problem) int { return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column)) })
	return r.p, r.problems
}

// reader decodes one file by its nodes, so that every problem has its place.
type reader struct {
	p        *Profile
	lines    []string
	problems []Problem
	nodes    map[*Template]*yaml.Node
}

func (r *reader) report(n *yaml.Node, code, hint, format string, args ...any) {
	p := Problem{File: r.p.File, Line: n.Line, Column: n.Column, Code: code, Hint: hint, Message: fmt.Sprintf(format, args...)}
	if n.Line > 0 && n.Line <= len(r.lines) {
		p.Source = r.lines[n.Line-1]
	}
	r.problems = append(r.problems, p)
}

// syntax makes a problem of the library's message, which carries a line.
func (r *reader) syntax(err error) {
	at, message := &yaml.Node{Line: 1, Column: 1}, strings.TrimPrefix(err.Error(), "yaml: ")
	if rest, ok := strings.CutPrefix(message, "line "); ok {
		if number, text, ok := strings.Cut(rest, ": "); ok {
			if n, err := strconv.Atoi(number); err == nil {
				at.Line, message = n, text
			}
		}
	}
	r.report(at, "syntax", "check the indentation, and quote what holds {{ }}", "not valid YAML: %s", message)
}

// tame refuses what makes a small file large.
func (r *reader) tame(n *yaml.Node) {
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		r.report(n, "alias", "write the value out", "anchors and aliases are not taken")
		return
	}
	for _, c := range n.Content {
		r.tame(c)
	}
}

// mapping calls, for each key, what reads its value.
func (r *reader) mapping(n *yaml.Node, keys map[string]func(*yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		r.report(n, "wrong-type", "write it as `key: value` lines", "expected a mapping")
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		read := keys[k.Value]
		switch {
		case seen[k.Value]:
			r.report(k, "duplicate-key", "remove one of the two", "key %q stands here a second time", k.Value)
		case read == nil:
			r.report(k, "unknown-key", "known keys: "+strings.Join(slices.Sorted(maps.Keys(keys)), ", "), "unknown key %q", k.Value)
		default:
			read(n.Content[i+1])
		}
		seen[k.Value] = true
	}
}

// pairs calls read for each key and value of a mapping with free keys.
func (r *reader) pairs(n *yaml.Node, read func(k, v *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		r.report(n, "wrong-type", "write it as `key: value` lines", "expected a mapping")
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		read(n.Content[i], n.Content[i+1])
	}
}

// into decodes a node into a plain value.
func (r *reader) into(dst any, want string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if d, ok := dst.(*time.Duration); ok {
			var err error
			if *d, err = time.ParseDuration(n.Value); err == nil && *d > 0 {
				return
			}
		} else if n.Decode(dst) == nil && n.Tag != "!!null" {
			return
		}
		r.report(n, "wrong-type", "", "expected %s", want)
	}
}

func (r *reader) profile(n *yaml.Node) {
	p := r.p
	keys := map[string]func(*yaml.Node){
		"title": r.into(&p.Title, "text"), "class": r.class, "settings": r.settings, "limits": r.limits,
		"headers":  func(n *yaml.Node) { p.Headers = r.templates(n) },
		"severity": r.into(&p.Severity, "a mapping of names to values by severity"),
		"rate":     r.into(&p.Rate, "requests a second"), "settle": r.into(&p.Settle, "a duration"), "resend": r.into(&p.Resend, "a duration"),
	}
	for _, op := range Ops {
		keys[op] = func(n *yaml.Node) { p.Ops[op] = r.steps(n) }
	}
	r.mapping(n, keys)
}

func (r *reader) class(n *yaml.Node) {
	r.p.Class = Class(n.Value)
	if !slices.Contains([]Class{Keyed, IdemKey, Find, FindEventual, None}, r.p.Class) {
		r.report(n, "unknown-class", "write keyed, idem-key, find, find-eventual or none", "unknown class %q", n.Value)
	}
}

func (r *reader) limits(n *yaml.Node) {
	l := &r.p.Limits
	r.mapping(n, map[string]func(*yaml.Node){
		"title": r.into(&l.Title, "a number of characters"), "text": r.into(&l.Text, "a number of characters"), "log": r.into(&l.Log, "a number of characters"),
	})
}

func (r *reader) settings(n *yaml.Node) {
	r.pairs(n, func(k, v *yaml.Node) {
		s := Setting{Name: k.Value}
		r.mapping(v, map[string]func(*yaml.Node){
			"about": r.into(&s.About, "text"), "default": r.into(&s.Default, "text"),
			"required": r.into(&s.Required, "true or false"), "secret": r.into(&s.Secret, "true or false"),
		})
		if !settingName.MatchString(s.Name) || slices.Contains(Reserved[:], s.Name) {
			r.report(k, "bad-setting", "use lower-case letters and underscores; these are taken: "+strings.Join(Reserved[:], ", "), "%q cannot be a setting", s.Name)
		}
		r.p.Settings = append(r.p.Settings, s)
	})
}

var settingName = regexp.MustCompile(`^[a-z][a-z_]{0,30}$`)

// Reserved are the keys that every destination with a profile has.
var Reserved = [...]string{"profile", "ca_file", "cert_file", "key_file", "timeout", "rate"}

func (r *reader) template(n *yaml.Node) *Template {
	if n.Kind != yaml.ScalarNode {
		r.report(n, "wrong-type", "quote what holds {{ }}", "expected text")
		return nil
	}
	t, err := parse(n.Value)
	if err != nil {
		r.report(n, "template", "see the helpers and fields that templates have in the manual", "not a valid template: %s", strings.TrimPrefix(err.Error(), "template: :"))
		return nil
	}
	if r.nodes == nil {
		r.nodes = map[*Template]*yaml.Node{}
	}
	r.nodes[t] = n
	return t
}

func (r *reader) templates(n *yaml.Node) map[string]*Template {
	out := map[string]*Template{}
	r.pairs(n, func(k, v *yaml.Node) { out[k.Value] = r.template(v) })
	return out
}
