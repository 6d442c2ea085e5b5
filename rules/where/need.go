package where

import (
	"github.com/expr-lang/expr/ast"

	"github.com/thirdline/thirdline/rules/field"
	"github.com/thirdline/thirdline/rules/match"
)

// need finds what a record must hold for a part of the expression, before it is
// lowered: the texts that fields are asked to be or to have.
func (l *lowering) need(n ast.Node) match.Expr {
	b, ok := n.(*ast.BinaryNode)
	if !ok {
		return match.Expr{}
	}
	switch b.Operator {
	case "and", "&&":
		return match.Expr{All: []match.Expr{l.need(b.Left), l.need(b.Right)}}
	case "or", "||":
		return match.Expr{Any: []match.Expr{l.need(b.Left), l.need(b.Right)}}
	case "==", "contains", "startsWith", "endsWith":
		if isText(b.Left) {
			return texts([]ast.Node{b.Right})
		}
		if isText(b.Right) && b.Operator == "==" {
			return texts([]ast.Node{b.Left})
		}
	case "in":
		if list, ok := b.Right.(*ast.ArrayNode); ok {
			if isText(b.Left) {
				return texts(list.Nodes)
			}
		}
	}
	return match.Expr{}
}

// isText reports whether n is a field whose value stands in the record.
func isText(n ast.Node) bool {
	name, ok := fieldName(n)
	return ok && !field.Computed(name)
}

func texts(nodes []ast.Node) match.Expr {
	values := make([]string, len(nodes))
	for i, n := range nodes {
		s, ok := n.(*ast.StringNode)
		if !ok {
			return match.Expr{}
		}
		values[i] = s.Value
	}
	return Values(values, false)
}

// Values returns what a record must hold that has a field with one of these values,
// or with one of them in it: the text of one, or an escape of one of its characters.
// It is the zero Expr where a value has no text worth looking for.
func Values(values []string, fold bool) match.Expr {
	const (
		fewest = 2  // bytes of a text that the engine looks for
		most   = 64 // values that it looks for together
	)
	var out match.Expr
	if len(values) > most {
		return out
	}
	for _, v := range values {
		literal := field.Literal(v)
		if len(literal) < fewest {
			return match.Expr{}
		}
		out.Any = append(out.Any, match.Expr{Contains: literal, Fold: fold}, match.Expr{Regexp: field.Escaped(literal, fold)})
	}
	return out
}
