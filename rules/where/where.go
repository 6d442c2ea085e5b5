// Package where compiles conditions over the fields of a record, written as
// expressions of expr-lang (https://expr-lang.org): `status >= 500 and path
// startsWith "/api"`.
//
// A name is a field; a dotted one is a nested field, and field("x-y") one whose name
// is no word. What a field is compared with says whether it is read as a text or as a
// number. A comparison with a field that the record does not have, or that is not a
// number where one is asked for, does not hold, `!=` included; has(name) asks whether
// it is there. An expression is bounded in length, has no loops, changes nothing and
// knows no clock.
package where

import (
	"errors"
	"math"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/checker"
	"github.com/expr-lang/expr/compiler"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/optimizer"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"

	"github.com/thirdline/thirdline/rules/field"
	"github.com/thirdline/thirdline/rules/match"
)

const (
	maxLength = 4096 // bytes of one expression
	maxNodes  = 500  // of its tree
)

// Error tells what is wrong with an expression, and where.
type Error struct {
	// Offset is in bytes of the expression.
	Offset        int
	Message, Hint string
}

// Error implements error.
func (e *Error) Error() string { return e.Message }

// Program is a compiled expression. It is immutable and safe for concurrent use.
type Program struct {
	code  *vm.Program
	names []string
	need  match.Expr
}

// Names returns the fields that the expression speaks of, in its order.
func (p *Program) Names() []string { return p.names }

// Need returns what every record satisfies for which the expression holds; the zero
// Expr where nothing can be said.
func (p *Program) Need() match.Expr { return p.need }

// Compile compiles an expression. The error is an *[Error].
func Compile(source string) (*Program, error) {
	if len(source) > maxLength {
		return nil, &Error{Message: "the expression is longer than 4096 bytes", Hint: "split it with all: or any:"}
	}
	config := conf.New(scope{})
	config.Expect, config.MaxNodes = reflect.Bool, maxNodes
	tree, err := parser.ParseWithConfig(source, config)
	if err != nil {
		return nil, translate(source, err)
	}
	l := lowering{source: source, named: map[string]bool{}}
	p := &Program{need: l.need(tree.Node)}
	kind := l.lower(&tree.Node, truth)
	if l.err == nil && kind != truth {
		l.fail(tree.Node, "compare it with something: status >= 500", "this is %s, and neither true nor false", kind)
	}
	if l.err != nil {
		return nil, l.err
	}
	p.names = l.names
	if _, err := checker.Check(tree, config); err != nil {
		return nil, translate(source, err)
	}
	if err := optimizer.Optimize(&tree.Node, config); err != nil {
		return nil, translate(source, err)
	}
	p.code, err = compiler.Compile(tree, config)
	if err != nil {
		return nil, translate(source, err)
	}
	return p, nil
}

// translate makes an Error of one of the library's.
func translate(source string, err error) *Error {
	var at *file.Error
	if !errors.As(err, &at) {
		return &Error{Message: err.Error(), Hint: "see https://expr-lang.org/docs/language-definition"}
	}
	hint := "see https://expr-lang.org/docs/language-definition"
	if strings.Contains(at.Message, `Operator("=")`) {
		hint = "write == to compare"
	}
	message := strings.ReplaceAll(at.Message, "unexpected token EOF", "the expression ends too early")
	return &Error{Offset: offset(source, at.From), Message: message, Hint: hint}
}

// offset turns a count of characters into one of bytes.
func offset(s string, chars int) int {
	n := 0
	for ; chars > 0 && n < len(s); chars-- {
		_, size := utf8.DecodeRuneInString(s[n:])
		n += size
	}
	return n
}

// scope is what a program can call; [lowering] writes the calls.
type scope struct {
	Text  func(name string) string
	Num   func(name string) float64
	Has   func(name string) bool
	Truth func(name string) bool
}

// Machine runs programs. The zero Machine is ready; it is not safe for concurrent use.
type Machine struct {
	vm     vm.VM
	fields *field.Fields
	scope  scope
}

// Holds reports whether the expression holds for a record.
func (m *Machine) Holds(p *Program, fields *field.Fields) bool {
	if m.scope.Has == nil {
		m.scope = scope{Text: m.text, Num: m.num, Has: m.has, Truth: m.truth}
	}
	m.fields = fields
	out, err := m.vm.Run(p.code, m.scope)
	holds, ok := out.(bool)
	return err == nil && ok && holds // an error is a fault of the data, such as a division by zero
}

func (m *Machine) text(name string) string {
	v, _ := m.fields.Value(name)
	return string(v)
}

// num is not a number where the field is none: no comparison holds with that.
func (m *Machine) num(name string) float64 {
	v, _ := m.fields.Value(name)
	if n, ok := field.Number(v); ok {
		return n
	}
	return math.NaN()
}

func (m *Machine) has(name string) bool {
	_, ok := m.fields.Value(name)
	return ok
}

func (m *Machine) truth(name string) bool {
	v, _ := m.fields.Value(name)
	return string(v) == "true"
}

// call is a call of scope's function for a field.
func call(function, name string) ast.Node {
	return &ast.CallNode{Callee: &ast.IdentifierNode{Value: function}, Arguments: []ast.Node{&ast.StringNode{Value: name}}}
}
