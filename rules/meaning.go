package rules

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"reflect"
	"slices"

	"github.com/thirdline/thirdline/rules/yamldoc"
)

// Meaning identifies what the rule's condition over time is about: 16 hexadecimal
// digits over its sources, clauses, key and condition. While it stays the same,
// what the condition remembers holds, whatever else of the rule is changed.
func (r *Rule) Meaning() string {
	h := sha256.New()
	for _, part := range []any{r.Sources, r.Match, r.Key, r.OverTime} {
		spell(h, reflect.ValueOf(part))
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// spell writes a value without the places where its parts stood.
func spell(w io.Writer, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			fmt.Fprint(w, "-")
			return
		}
		spell(w, v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if f.IsExported() && f.Type != reflect.TypeFor[yamldoc.Pos]() && !v.Field(i).IsZero() {
				fmt.Fprintf(w, "%s{", f.Name)
				spell(w, v.Field(i))
				fmt.Fprint(w, "}")
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			spell(w, v.Index(i))
			fmt.Fprint(w, ",")
		}
	case reflect.Map:
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		for _, k := range keys {
			fmt.Fprintf(w, "%q:", fmt.Sprint(k))
			spell(w, v.MapIndex(k))
		}
	default:
		fmt.Fprintf(w, "%q", fmt.Sprint(v.Interface()))
	}
}
