package importer

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// kinds are the fields that tell what kind of log an event comes from.
var kinds = regexp.MustCompile(`^evt\.(Meta\.(log_type|service|log_subtype|sub_type|service_type)|Parsed\.program|Line\.(Labels\.type|Program)|Parsed\.facility)$`)

// compare makes a clause of a comparison of a field with one value or several.
func (s *scenario) compare(n *ast.BinaryNode) (*clause, error) {
	field, fold := s.fieldOf(n.Left)
	values := valuesOf(n.Right)
	switch {
	case field == "" || len(values) == 0:
		return nil, orUnknown(nil, n)
	case kinds.MatchString(field) && strings.HasSuffix(field, "type") && (n.Operator == "==" || n.Operator == "in"):
		return s.kind(values, n)
	case kinds.MatchString(field):
		s.out.note("%s asks %s: choose the source with `sources:`", s.part, n.String())
		return nil, nil //nolint:nilnil // nil is the clause that always holds
	}
	if field == "evt.Parsed.static_ressource" {
		static := clause{regex: `\.(?:css|gif|ico|jpe?g|js|map|mp[34]|png|svg|ttf|webp|woff2?)(?:[? "]|$)`, fold: true}
		if values[0] == "false" {
			static = clause{not: []clause{static}}
		}
		return &static, nil
	}
	name := recordField(field)
	var parts []clause
	for _, value := range values {
		if value == "" && n.Operator == "!=" {
			return nil, nil //nolint:nilnil // nil is the clause that always holds
		}
		c, err := operand(name, n.Operator, value)
		if err != nil {
			return nil, fmt.Errorf("its filter asks %s: %w", n.String(), err)
		}
		c.fold = fold
		parts = append(parts, c)
	}
	if name == "" {
		s.out.note("%s asks for values of %s; here they may stand anywhere in the record", s.part, field)
	}
	c := join(parts, false)
	if name != "" && (n.Operator == "in" || n.Operator == "not in") {
		c = ask(name, "in", values...)
		c.fold = fold
	}
	if n.Operator == "!=" || n.Operator == "not in" {
		c = clause{not: []clause{c}}
	}
	return &c, nil
}

var unmarshaled = regexp.MustCompile(`^evt\.Unmarshaled\.[A-Za-z0-9_]+\.([A-Za-z0-9_.]+)$`)

// recordField returns the field of a record that has what a field of an event has;
// none where only CrowdSec's parsers know it.
func recordField(event string) string {
	switch event {
	case "evt.Parsed.verb", "evt.Meta.http_verb":
		return "method"
	case "evt.Parsed.status", "evt.Meta.http_status":
		return "status"
	case "evt.Parsed.http_user_agent", "evt.Meta.http_user_agent":
		return "user_agent"
	case "evt.Parsed.http_args", "evt.Meta.http_args":
		return "query"
	case "evt.Parsed.target_fqdn", "evt.Meta.target_fqdn":
		return "vhost"
	}
	return jsonField(event)
}

// nameField is recordField for a part of a key, and for what is distinct.
func nameField(event string) string {
	switch event {
	case "evt.Meta.http_path", "evt.Parsed.request", "evt.Parsed.file_name":
		return "path"
	}
	return recordField(event)
}

// jsonField returns the field of a JSON record.
func jsonField(event string) string {
	if m := unmarshaled.FindStringSubmatch(event); m != nil {
		return m[1]
	}
	return ""
}

var digits = regexp.MustCompile(`^[0-9]+$`)

// operand compares a field, or the whole record where it has no name, with a value.
func operand(name, operator, value string) (clause, error) {
	known := []string{"==", "!=", "in", "not in", "contains", "startsWith", "endsWith", "matches"}
	switch {
	case !slices.Contains(known, operator):
		return clause{}, fmt.Errorf("%s has no counterpart here", operator)
	case strings.TrimSpace(value) == "":
		return clause{}, errors.New("an empty text is in every record")
	case operator == "matches":
		c, err := expression(value)
		if name != "" {
			c = clause{field: &fieldTest{name, "regex", []string{c.regex}}}
		}
		return c, err
	case name == "" && digits.MatchString(value):
		return clause{regex: `\b` + value + `\b`}, nil
	case name == "":
		return clause{contains: value}, nil
	case operator == "contains":
		return ask(name, "contains", value), nil
	case operator == "startsWith":
		return ask(name, "regex", "^"+regexp.QuoteMeta(value)), nil
	case operator == "endsWith":
		return ask(name, "regex", regexp.QuoteMeta(value)+"$"), nil
	}
	return ask(name, "in", value), nil
}

// fieldOf returns the name of a field of the event, and whether case is ignored.
func (s *scenario) fieldOf(n ast.Node) (name string, fold bool) {
	if member, ok := n.(*ast.MemberNode); ok {
		if name := member.String(); strings.HasPrefix(name, "evt.") {
			return name, false
		}
		return "", false
	}
	switch f, arg := call(n); f {
	case "upper", "lower":
		name, _ := s.fieldOf(arg)
		return name, true
	case "pathunescape", "queryunescape":
		s.out.note("%s decodes %%-escapes; here a value is compared as it is written", s.part)
		return s.fieldOf(arg)
	}
	return "", false
}

// call returns the name of a function of one argument, in lower case, and the argument.
func call(n ast.Node) (name string, arg ast.Node) {
	switch n := n.(type) {
	case *ast.CallNode:
		if len(n.Arguments) == 1 {
			return strings.ToLower(n.Callee.String()), n.Arguments[0]
		}
	case *ast.BuiltinNode:
		if len(n.Arguments) == 1 {
			return strings.ToLower(n.Name), n.Arguments[0]
		}
	}
	return "", nil
}

// valuesOf returns the texts of a literal or of a list of them; none for what is
// not known before the event.
func valuesOf(n ast.Node) []string {
	switch n := n.(type) {
	case *ast.StringNode:
		return []string{n.Value}
	case *ast.IntegerNode:
		return []string{fmt.Sprint(n.Value)}
	case *ast.ArrayNode:
		var out []string
		for _, item := range n.Nodes {
			one := valuesOf(item)
			if one == nil {
				return nil
			}
			out = append(out, one...)
		}
		return out
	}
	if f, arg := call(n); f == "upper" || f == "lower" {
		return valuesOf(arg) // compared with a field in any case
	}
	return nil
}
