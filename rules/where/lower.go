package where

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"

	"github.com/thirdline/thirdline/rules/diag"
)

// functions are those that may be called: what they take and what they give.
var functions = map[string]struct {
	takes, gives kind
	most         int // arguments
}{
	"len": {text, number, 1}, "lower": {text, text, 1}, "upper": {text, text, 1}, "trim": {text, text, 1},
	"abs": {number, number, 1}, "ceil": {number, number, 1}, "floor": {number, number, 1}, "round": {number, number, 1},
	"min": {number, number, 8}, "max": {number, number, 8},
}

// lowering replaces the fields in a tree by calls that read them, each as what its
// neighbours ask for, and checks the kinds on the way.
type lowering struct {
	source string
	names  []string
	named  map[string]bool
	// used are the fields of the comparison that is being lowered.
	used []string
	err  *Error
}

func (l *lowering) fail(n ast.Node, hint, format string, args ...any) kind {
	if l.err == nil {
		l.err = &Error{Offset: offset(l.source, n.Location().From), Message: fmt.Sprintf(format, args...), Hint: hint}
	}
	return open
}

// fieldName returns the name of the field that n is, if it is one.
func fieldName(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.IdentifierNode:
		return n.Value, true
	case *ast.ChainNode:
		return fieldName(n.Node)
	case *ast.MemberNode:
		of, ok := fieldName(n.Node)
		switch p := n.Property.(type) {
		case *ast.StringNode:
			return of + "." + p.Value, ok
		case *ast.IntegerNode:
			return fmt.Sprintf("%s.%d", of, p.Value), ok
		}
	case *ast.CallNode:
		callee, ok := n.Callee.(*ast.IdentifierNode)
		if ok && callee.Value == "field" && len(n.Arguments) == 1 {
			if s, ok := n.Arguments[0].(*ast.StringNode); ok {
				return s.Value, true
			}
		}
	}
	return "", false
}

// lower returns what *node gives. A field is read as what is wanted.
func (l *lowering) lower(node *ast.Node, want kind) kind {
	if name, ok := fieldName(*node); ok {
		return l.field(node, name, want)
	}
	switch n := (*node).(type) {
	case *ast.IntegerNode, *ast.FloatNode:
		return number
	case *ast.StringNode:
		return text
	case *ast.BoolNode:
		return truth
	case *ast.UnaryNode:
		return l.unary(n)
	case *ast.BinaryNode:
		return l.binary(node, n)
	case *ast.ConditionalNode:
		l.expect(&n.Cond, truth)
		l.expect(&n.Exp1, want)
		return l.expect(&n.Exp2, want)
	case *ast.BuiltinNode:
		return l.call(n, n.Name, n.Arguments)
	case *ast.CallNode:
		if callee, ok := n.Callee.(*ast.IdentifierNode); ok {
			if callee.Value == "has" {
				return l.has(node, n)
			}
			return l.call(n, callee.Value, n.Arguments)
		}
	case *ast.NilNode:
		return l.fail(n, "ask has(name)", "a field is never nil")
	}
	return l.fail(*node, "it takes comparisons of fields with texts and numbers, and, or, not, in and ?:", "this cannot stand in where")
}

func (l *lowering) field(node *ast.Node, name string, want kind) kind {
	if !l.named[name] {
		l.named[name] = true
		l.names = append(l.names, name)
	}
	l.used = append(l.used, name)
	function := map[kind]string{text: "Text", number: "Num", truth: "Truth"}[want]
	if function == "" {
		function, want = "Text", text
	}
	ast.Patch(node, call(function, name))
	return want
}

// expect lowers *node and reports one that gives something else.
func (l *lowering) expect(node *ast.Node, want kind) kind {
	before := *node
	if got := l.lower(node, want); got != want && want != open {
		return l.fail(before, "", "this is %s, and %s is asked for", got, want)
	}
	return want
}

func (l *lowering) unary(n *ast.UnaryNode) kind {
	if n.Operator == "-" || n.Operator == "+" {
		return l.expect(&n.Node, number)
	}
	return l.expect(&n.Node, truth)
}

func (l *lowering) binary(node *ast.Node, n *ast.BinaryNode) kind {
	switch n.Operator {
	case "and", "&&", "or", "||":
		l.expect(&n.Left, truth)
		return l.expect(&n.Right, truth)
	case "+", "-", "*", "/", "%", "**", "^":
		l.expect(&n.Left, number)
		return l.expect(&n.Right, number)
	case "==", "!=", "<", "<=", ">", ">=":
		return l.guarded(node, func() { l.compare(n) })
	case "contains", "startsWith", "endsWith":
		return l.guarded(node, func() {
			l.expect(&n.Left, text)
			l.expect(&n.Right, text)
		})
	case "matches":
		return l.guarded(node, func() { l.matches(n) })
	case "in":
		return l.guarded(node, func() { l.in(n) })
	}
	hint := "it takes comparisons, and, or, not, in, contains, startsWith, endsWith, matches and arithmetic"
	if n.Operator == ".." {
		hint = "write x >= 1 and x <= 9"
	}
	return l.fail(n, hint, "where has no operator %s", n.Operator)
}

// guarded lowers a comparison, and lets it hold only where its fields are there.
func (l *lowering) guarded(node *ast.Node, compare func()) kind {
	outer := l.used
	l.used = nil
	compare()
	slices.Sort(l.used)
	for _, name := range slices.Compact(l.used) {
		guarded := &ast.BinaryNode{Operator: "&&", Left: call("Has", name), Right: *node}
		ast.Patch(node, guarded)
	}
	l.used = outer
	return truth
}

// compare lets the side that says what it is decide for the other.
func (l *lowering) compare(n *ast.BinaryNode) {
	left, right := static(n.Left), static(n.Right)
	want := left
	if want == open {
		want = right
	}
	if want == open { // two fields
		if want = text; n.Operator != "==" && n.Operator != "!=" {
			want = number
		}
	}
	if left != open && right != open && left != right {
		l.fail(n, "compare texts with texts and numbers with numbers", "this compares %s with %s", left, right)
		return
	}
	if want == truth && n.Operator != "==" && n.Operator != "!=" {
		l.fail(n, "", "true and false have no order")
		return
	}
	l.expect(&n.Left, want)
	l.expect(&n.Right, want)
}

func (l *lowering) matches(n *ast.BinaryNode) {
	l.expect(&n.Left, text)
	pattern, ok := n.Right.(*ast.StringNode)
	if !ok {
		l.fail(n.Right, "write the expression itself, in quotes", "what follows matches does not stand fast")
		return
	}
	if _, err := regexp.Compile(pattern.Value); err != nil {
		l.fail(pattern, "expressions are RE2; in a text in quotes a backslash is written twice", "%s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
}

func (l *lowering) in(n *ast.BinaryNode) {
	list, ok := n.Right.(*ast.ArrayNode)
	if !ok || len(list.Nodes) == 0 {
		l.fail(n.Right, `write the list itself: x in ["a", "b"]; a part of a text is found by contains`, "what follows in is no list of values")
		return
	}
	want := static(list.Nodes[0])
	if want != number {
		want = text
	}
	l.expect(&n.Left, want)
	for i := range list.Nodes {
		if l.expect(&list.Nodes[i], want); want == number {
			if v, ok := list.Nodes[i].(*ast.IntegerNode); ok { // fields are read as floats
				ast.Patch(&list.Nodes[i], &ast.FloatNode{Value: float64(v.Value)})
			}
		}
	}
}

func (l *lowering) has(node *ast.Node, n *ast.CallNode) kind {
	if len(n.Arguments) == 1 {
		if name, ok := fieldName(n.Arguments[0]); ok {
			if !l.named[name] {
				l.named[name] = true
				l.names = append(l.names, name)
			}
			ast.Patch(node, call("Has", name))
			return truth
		}
	}
	return l.fail(n, "has(user) or has(field(\"x-y\"))", "has asks for one field")
}

func (l *lowering) call(n ast.Node, name string, args []ast.Node) kind {
	f, ok := functions[name]
	if !ok {
		known := append(slices.Sorted(maps.Keys(functions)), "field", "has")
		hint := "functions: " + strings.Join(known, ", ")
		if near := diag.Nearest(name, known); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		return l.fail(n, hint, "where has no function %s", name)
	}
	if len(args) == 0 || len(args) > f.most {
		return l.fail(n, "", "%s takes %d values at most and one at least", name, f.most)
	}
	for i := range args {
		l.expect(&args[i], f.takes)
	}
	return f.gives
}
