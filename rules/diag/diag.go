// Package diag holds what thirdline says about the files people write: problems
// with a place, a stable code and a remedy.
//
// A problem prints as `file:line:col: message [code]`, followed by the source
// line, a caret, and a hint where there is one. The package formats; it never
// decides what is a problem.
package diag

import (
	"cmp"
	"fmt"
	"slices"
)

// Problem is one finding in one file. Line and Column are 1-based; a Line of 0
// means that the finding is about the file as a whole.
type Problem struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Code    string `json:"code"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
	// Source is the text of the line that the problem stands on.
	Source string `json:"source,omitempty"`
}

// Error gives the problem on one line.
func (p Problem) Error() string {
	if p.Line == 0 {
		return fmt.Sprintf("%s: %s [%s]", p.File, p.Message, p.Code)
	}
	return fmt.Sprintf("%s:%d:%d: %s [%s]", p.File, p.Line, p.Column, p.Message, p.Code)
}

// List is every problem found in one pass. It is an error when it is not empty.
type List []Problem

// Error gives the first problem and the number of the others.
func (l List) Error() string {
	switch len(l) {
	case 0:
		return "no problems"
	case 1:
		return l[0].Error()
	}
	return fmt.Sprintf("%s (and %d more)", l[0].Error(), len(l)-1)
}

// Err returns the list as an error, or nil when it is empty.
func (l List) Err() error {
	if len(l) == 0 {
		return nil
	}
	return l
}

// Sort orders the list by file, line, column and code.
func (l List) Sort() {
	slices.SortStableFunc(l, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column), cmp.Compare(a.Code, b.Code))
	})
}
