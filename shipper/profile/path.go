package profile

import (
	"encoding/json"
	"strconv"
	"strings"
)

// At returns the scalar at a path of a decoded JSON answer, as text. ok is false
// when it is not there.
func At(v any, path string) (text string, ok bool) {
	for _, segment := range segments(path) {
		if v, ok = step(v, segment); !ok {
			return "", false
		}
	}
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

func step(v any, segment string) (any, bool) {
	switch x := v.(type) {
	case map[string]any:
		inner, ok := x[segment]
		return inner, ok
	case []any:
		if condition, ok := strings.CutPrefix(segment, "["); ok {
			return which(x, strings.TrimSuffix(condition, "]"))
		}
		if i, err := strconv.Atoi(segment); err == nil && i >= 0 && i < len(x) {
			return x[i], true
		}
	}
	return nil, false
}

// which returns the first item of a list that has a value at a path.
func which(list []any, condition string) (any, bool) {
	eq := equal(condition)
	if eq < 0 {
		return nil, false
	}
	for _, item := range list {
		if condition[:eq] == "" {
			if s, ok := item.(string); ok && s == condition[eq+1:] {
				return item, true
			}
			continue
		}
		if got, ok := At(item, condition[:eq]); ok && got == condition[eq+1:] {
			return item, true
		}
	}
	return nil, false
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
