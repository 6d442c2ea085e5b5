package field

const (
	maxDepth = 16       // objects and lists in each other
	maxName  = 1 << 10  // bytes of a dotted name
	maxNames = 64 << 10 // bytes of all of them
)

// json adds the members of the object that s begins with, nested ones under
// dotted names and items of lists under their number. It returns whether s was
// one whole object; the fields before a fault are kept.
func (f *Fields) json(s []byte) bool {
	s = blanks(s)
	if len(s) == 0 || s[0] != '{' {
		return false
	}
	rest, ok := f.object(s, nil, 0)
	return ok && len(blanks(rest)) == 0
}

// blanks cuts blanks off the beginning.
func blanks(s []byte) []byte {
	for len(s) > 0 && (s[0] == ' ' || s[0] == '\t' || s[0] == '\r' || s[0] == '\n') {
		s = s[1:]
	}
	return s
}

// name appends a part to a dotted prefix.
func (f *Fields) name(prefix, part []byte) []byte {
	if len(prefix) == 0 {
		return part
	}
	from := len(f.names)
	f.names = append(append(append(f.names, prefix...), '.'), part...)
	return f.names[from:len(f.names):len(f.names)]
}

func (f *Fields) object(s, prefix []byte, depth int) (rest []byte, ok bool) {
	s = blanks(s[1:])
	if len(s) > 0 && s[0] == '}' {
		return s[1:], true
	}
	for len(s) > 0 && s[0] == '"' {
		var key []byte
		if key, s, ok = quoted(s); !ok {
			return s, false
		}
		if s = blanks(s); len(s) == 0 || s[0] != ':' {
			return s, false
		}
		if s, ok = f.member(blanks(s[1:]), f.name(prefix, unescape(key)), depth); !ok {
			return s, false
		}
		ended := false
		if s, ended, ok = further(s, '}'); ended || !ok {
			return s, ok
		}
	}
	return s, false
}

// further goes behind the comma after a value, or behind the end of what holds it.
func further(s []byte, end byte) (rest []byte, ended, ok bool) {
	s = blanks(s)
	switch {
	case len(s) > 0 && s[0] == end:
		return s[1:], true, true
	case len(s) > 0 && s[0] == ',':
		return blanks(s[1:]), false, true
	}
	return s, false, false
}

// member adds one value under its name.
func (f *Fields) member(s, name []byte, depth int) (rest []byte, ok bool) {
	if len(s) == 0 || len(name) > maxName || len(f.names) > maxNames || len(f.pairs) == MaxFields {
		return s, false
	}
	switch s[0] {
	case '"':
		inner, rest, ok := quoted(s)
		if ok {
			f.add(name, inner, backslash)
		}
		return rest, ok
	case '{':
		if depth == maxDepth {
			return s, false
		}
		return f.object(s, name, depth+1)
	case '[':
		if depth == maxDepth {
			return s, false
		}
		return f.list(s, name, depth+1)
	}
	n := 0
	for n < len(s) && (isWord(s[n]) || s[n] == '+') {
		n++
	}
	switch value := s[:n]; {
	case string(value) == "null":
	case string(value) == "true", string(value) == "false", isNumber(value):
		f.add(name, value, plain)
	default:
		return s, false
	}
	return s[n:], true
}

func isNumber(s []byte) bool {
	_, ok := Number(s)
	return ok
}

func (f *Fields) list(s, prefix []byte, depth int) (rest []byte, ok bool) {
	s = blanks(s[1:])
	if len(s) > 0 && s[0] == ']' {
		return s[1:], true
	}
	for n := 0; len(s) > 0; n++ {
		if s, ok = f.member(s, f.name(prefix, digits(n)), depth); !ok {
			return s, false
		}
		ended := false
		if s, ended, ok = further(s, ']'); ended || !ok {
			return s, ok
		}
	}
	return s, false
}
