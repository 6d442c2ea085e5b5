package importer

import (
	"errors"
	"fmt"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser"
)

// CrowdSec takes scenarios of CrowdSec, one a document: their filters, which
// become match clauses, and their buckets, which become conditions over time. What a
// filter asks of an access log or of JSON is asked of its fields; what it asks of
// another parsed event is looked for as text anywhere in the record. Kinds of lines,
// which CrowdSec's parsers find, become macros.
func CrowdSec(data []byte) Result {
	var out Result
	macros := map[string]clause{}
	rules := out.rulesOf(data, func(n int, doc map[string]any) (string, *rule, error) {
		s := scenario{out: &out, part: fmt.Sprintf("document %d", n), macros: macros, gives: map[string]bool{}}
		if name := text(doc["name"]); name != "" {
			s.part = "scenario " + name
		}
		r, err := s.rule(doc)
		return s.part, r, err
	})
	if rules != "" {
		out.YAML = []byte("# from CrowdSec\n" + macroLines(macros) + "rules:\n" + rules)
	}
	return out
}

// scenario is one scenario on its way.
type scenario struct {
	out  *Result
	part string
	// macros are the kinds of lines that CrowdSec's parsers find; kinds are those of
	// this scenario that nothing is known about.
	macros map[string]clause
	kinds  []string
	// gives are the fields that a macro captures.
	gives map[string]bool
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
		if match = s.unknown(); match == nil {
			return nil, errors.New("its filter asks only which kind of log it is; nothing is left to match")
		}
	}
	title := text(doc["description"])
	if title == "" {
		title = name
	}
	r := &rule{id: identifier("crowdsec-" + name), title: plainTitle(title), severity: "warning", match: *match, captures: s.gives["source_ip"]}
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
