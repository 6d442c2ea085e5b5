package profile

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// At returns the scalar at a path of a decoded JSON answer, as text. ok is false
// when it is not there.
func At(v any, path string) (text string, ok bool) {
	if all := All(v, path); len(all) > 0 {
		return all[0], true
	}
	return "", false
}

// All returns the scalars at a path, in its order; more than one only where the path
// has a * or -*.
func All(v any, path string) (texts []string) {
	found := []any{v}
	for _, segment := range segments(path) {
		var next []any
		for _, v := range found {
			next = append(next, step(v, segment)...)
		}
		found = next
	}
	for _, v := range found {
		if text, ok := scalar(v); ok {
			texts = append(texts, text)
		}
	}
	return texts
}

func scalar(v any) (text string, ok bool) {
	switch x := v.(type) {
	case nil:
		return "", false
	case string:
		return x, true
	case json.Number:
		return x.String(), true
	case bool:
		return strconv.FormatBool(x), true
	}
	b, err := json.Marshal(v)
	return string(b), err == nil
}

// segments cuts a path at the dots outside of brackets.
func segments(path string) (out []string) {
	depth, from := 0, 0
	for i, r := range path {
		switch {
		case r == '[':
			depth++
		case r == ']':
			depth--
		case r == '.' && depth == 0:
			out, from = append(out, path[from:i]), i+1
		}
	}
	return append(out, path[from:])
}

// step returns what a segment leads to.
func step(v any, segment string) []any {
	switch x := v.(type) {
	case map[string]any:
		if inner, ok := x[segment]; ok {
			return []any{inner}
		}
	case []any:
		return items(x, segment)
	}
	return nil
}

// items returns those of a list that a segment means: by its index, the first that
// has a value, or with a * every one, with -* in the reverse order.
func items(list []any, segment string) (found []any) {
	if i, err := strconv.Atoi(segment); err == nil {
		if i < 0 || i >= len(list) {
			return nil
		}
		return list[i : i+1]
	}
	conditions, every := strings.CutPrefix(strings.TrimPrefix(segment, "-"), "*")
	for _, item := range list {
		if (every || conditions != "") && meets(item, conditions) {
			found = append(found, item)
		}
	}
	if !every {
		return found[:min(len(found), 1)]
	}
	if strings.HasPrefix(segment, "-") {
		slices.Reverse(found)
	}
	return found
}

// meets tells whether an item has the values of every [path=value].
func meets(item any, conditions string) bool {
	for conditions != "" {
		end := closing(conditions)
		if end < 0 {
			return false
		}
		condition := conditions[1:end]
		eq := equal(condition)
		if eq < 0 || !has(item, condition[:eq], condition[eq+1:]) {
			return false
		}
		conditions = conditions[end+1:]
	}
	return true
}

// closing finds the bracket that closes the one with which a text begins.
func closing(s string) int {
	depth := 0
	for i, r := range s {
		switch r {
		case '[':
			depth++
		case ']':
			if depth--; depth == 0 {
				return i
			}
		}
		if depth == 0 {
			return -1
		}
	}
	return -1
}

// has tells whether an item has a value at a path; without a path, is it.
func has(item any, path, value string) bool {
	if path == "" {
		text, ok := item.(string)
		return ok && text == value
	}
	got, ok := At(item, path)
	return ok && got == value
}

// equal finds the = that is in no bracket.
func equal(s string) int {
	depth := 0
	for i, r := range s {
		switch {
		case r == '[':
			depth++
		case r == ']':
			depth--
		case r == '=' && depth == 0:
			return i
		}
	}
	return -1
}
