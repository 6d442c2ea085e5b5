package where

import (
	"strings"

	"github.com/expr-lang/expr/ast"
)

// kind is what a part of an expression gives.
type kind string

const (
	open   kind = "a field" // what its neighbour makes of it
	text   kind = "a text"
	number kind = "a number"
	truth  kind = "true or false"
)

// static returns what n gives by itself.
func static(n ast.Node) kind {
	if _, ok := fieldName(n); ok {
		return open
	}
	switch n := n.(type) {
	case *ast.IntegerNode, *ast.FloatNode:
		return number
	case *ast.StringNode:
		return text
	case *ast.BoolNode:
		return truth
	case *ast.UnaryNode:
		if n.Operator == "-" || n.Operator == "+" {
			return number
		}
		return truth
	case *ast.BinaryNode:
		if strings.Contains(" + - * / % ** ^ ", " "+n.Operator+" ") {
			return number
		}
		if n.Operator != "??" && n.Operator != ".." && n.Operator != "|" {
			return truth
		}
	case *ast.BuiltinNode:
		if f, ok := functions[n.Name]; ok {
			return f.gives
		}
	case *ast.ConditionalNode:
		return static(n.Exp1)
	}
	return open
}
