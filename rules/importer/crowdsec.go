package importer

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser"

	"github.com/thirdline/thirdline/rules/yamldoc"
)

// CrowdSec takes scenarios of CrowdSec, one a document: their filters, which
// become match clauses, and their buckets, which become conditions over time. What a filter asks of a parsed event is looked for as text
// anywhere in the record.
func CrowdSec(data []byte) Result {
	var out Result
	docs, err := yamldoc.Plain(data)
	if err != nil {
		out.refuse("file", "%s", err)
		return out
	}
	var b strings.Builder
	b.WriteString("# from CrowdSec\nrules:\n")
	taken := 0
	for n, doc := range docs {
		m := mapping(doc)
		s := scenario{out: &out, part: fmt.Sprintf("document %d", n+1)}
		if name := text(m["name"]); name != "" {
			s.part = "scenario " + name
		}
		r, err := s.rule(m)
		if err != nil {
			out.refuse(s.part, "%s", err)
			continue
		}
		r.write(&b)
		taken++
	}
	if taken > 0 {
		out.YAML = []byte(b.String())
	}
	return out
}

// scenario is one scenario on its way.
type scenario struct {
	out  *Result
	part string
}

func (s *scenario) rule(doc map[string]any) (*rule, error) {
	name, filter := text(doc["name"]), text(doc["filter"])
	if name == "" || filter == "" {
		return nil, errors.New("it has no name or no filter, so it is no scenario")
	}
	if _, external := doc["data"]; external {
		return nil, errors.New("it compares with data files that CrowdSec downloads")
	}
	tree, err := parser.Parse(filter)
	if err != nil {
		return nil, fmt.Errorf("its filter is not understood: %s", strings.ReplaceAll(err.Error(), "\n", " "))
	}
	match, err := s.clause(tree.Node)
	if err != nil {
		return nil, err
	}
	if match == nil {
		return nil, errors.New("its filter asks only which kind of log it is; nothing is left to match")
	}
	title := text(doc["description"])
	if title == "" {
		title = name
	}
	r := &rule{id: identifier("crowdsec-" + name), title: plainTitle(title), severity: "warning", match: *match}
	s.bucket(r, doc)
	return r, nil
}

// clause makes a clause of an expression; nil holds for every record of the right
// kind of log.
func (s *scenario) clause(n ast.Node) (*clause, error) {
	switch n := n.(type) {
	case *ast.UnaryNode:
		c, err := s.clause(n.Node)
		if err != nil || c == nil || (n.Operator != "not" && n.Operator != "!") {
			return nil, orUnknown(err, n)
		}
		s.out.note("%s excludes by field; here a record is excluded that has the value anywhere", s.part)
		return &clause{not: []clause{*c}}, nil
	case *ast.BinaryNode:
		switch n.Operator {
		case "and", "&&":
			return s.both(n)
		case "or", "||":
			return s.either(n)
		}
		return s.compare(n)
	}
	return nil, orUnknown(nil, n)
}

func orUnknown(err error, n ast.Node) error {
	if err != nil {
		return err
	}
	return fmt.Errorf("its filter asks %s, which has no counterpart here", n.String())
}

func (s *scenario) both(n *ast.BinaryNode) (*clause, error) {
	left, err := s.clause(n.Left)
	if err != nil {
		return nil, err
	}
	right, err := s.clause(n.Right)
	switch {
	case err != nil || left == nil:
		return right, err
	case right == nil:
		return left, nil
	}
	return &clause{all: []clause{*left, *right}}, nil
}

func (s *scenario) either(n *ast.BinaryNode) (*clause, error) {
	left, err := s.clause(n.Left)
	if err != nil {
		return nil, err
	}
	right, err := s.clause(n.Right)
	if err != nil || left == nil || right == nil {
		return nil, err
	}
	return &clause{any: []clause{*left, *right}}, nil
}

// kinds are the fields that tell what kind of log an event comes from.
var kinds = regexp.MustCompile(`^evt\.(Meta\.(log_type|service|log_subtype|service_type)|Parsed\.program|Line\.(Labels\.type|Program)|Parsed\.facility)$`)

func (s *scenario) compare(n *ast.BinaryNode) (*clause, error) {
	field, fold := fieldOf(n.Left)
	if field == "" {
		return nil, orUnknown(nil, n)
	}
	if kinds.MatchString(field) {
		s.out.note("%s asks %s: choose the source with `sources:`", s.part, n.String())
		return nil, nil //nolint:nilnil // nil is the clause that always holds
	}
	var parts []clause
	for _, value := range valuesOf(n.Right) {
		if value == "" && n.Operator == "!=" {
			return nil, nil //nolint:nilnil // nil is the clause that always holds
		}
		c, err := operand(n.Operator, value)
		if err != nil {
			return nil, fmt.Errorf("its filter asks %s: %w", n.String(), err)
		}
		c.fold = fold
		parts = append(parts, c)
	}
	if len(parts) == 0 {
		return nil, orUnknown(nil, n)
	}
	s.out.note("%s asks for values of %s; here they may stand anywhere in the record", s.part, field)
	c := join(parts, false)
	if n.Operator == "!=" || n.Operator == "not in" {
		c = clause{not: []clause{c}}
	}
	return &c, nil
}

var digits = regexp.MustCompile(`^[0-9]+$`)

func operand(operator, value string) (clause, error) {
	switch {
	case strings.TrimSpace(value) == "":
		return clause{}, errors.New("an empty text is in every record")
	case operator == "matches":
		return expression(value)
	case !slices.Contains([]string{"==", "!=", "in", "not in", "contains", "startsWith", "endsWith"}, operator):
		return clause{}, fmt.Errorf("%s has no counterpart here", operator)
	case digits.MatchString(value):
		return clause{regex: `\b` + value + `\b`}, nil
	}
	return clause{contains: value}, nil
}

// fieldOf returns the name of a field of the event, and whether case is ignored.
func fieldOf(n ast.Node) (name string, fold bool) {
	switch n := n.(type) {
	case *ast.MemberNode:
		if name := n.String(); strings.HasPrefix(name, "evt.") {
			return name, false
		}
	case *ast.CallNode:
		if f := n.Callee.String(); len(n.Arguments) == 1 && (f == "Upper" || f == "Lower") {
			name, _ := fieldOf(n.Arguments[0])
			return name, true
		}
	case *ast.BuiltinNode:
		if len(n.Arguments) == 1 && (n.Name == "upper" || n.Name == "lower") {
			name, _ := fieldOf(n.Arguments[0])
			return name, true
		}
	}
	return "", false
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
	return nil
}
