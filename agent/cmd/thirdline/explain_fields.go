package main

import (
	"fmt"

	"github.com/thirdline/thirdline/rules"
	"github.com/thirdline/thirdline/rules/diag"
	"github.com/thirdline/thirdline/rules/field"
)

// explainFields says what the record has of the fields that the rule asks about.
func (p *program) explainFields(r *rules.Rule, line string) {
	var f field.Fields
	f.Reset(r.Examples.Format, []byte(line))
	for _, name := range r.Asked() {
		if v, ok := f.Text(name); ok {
			fmt.Fprintf(p.stdout, "  field %s is %q\n", diag.Safe(name), v)
		} else {
			fmt.Fprintf(p.stdout, "  field %s is not there\n", diag.Safe(name))
		}
	}
}
