package field

import "bytes"

// csv adds the cells of a line (RFC 4180) under the names of their columns. A
// column without a name, or named "-", is left out.
func (f *Fields) csv(s []byte, columns []string, separator byte) {
	for _, column := range columns {
		if s == nil {
			return
		}
		cell, e := s, plain
		if len(s) > 0 && s[0] == '"' {
			cell, s, e = quotedCell(s)
			if n := bytes.IndexByte(s, separator); n >= 0 {
				s = s[n+1:]
			} else {
				s = nil
			}
		} else if n := bytes.IndexByte(s, separator); n >= 0 {
			cell, s = s[:n], s[n+1:]
		} else {
			s = nil
		}
		if column != "" && column != "-" && len(cell) > 0 {
			f.add([]byte(column), cell, e)
		}
	}
}

// quotedCell returns what stands in the quotes that s begins with, and what
// follows them. Quotes that are not closed hold the rest of the line.
func quotedCell(s []byte) (cell, rest []byte, e escapes) {
	for i := 1; i < len(s); i++ {
		if s[i] != '"' {
			continue
		}
		if i+1 < len(s) && s[i+1] == '"' {
			i, e = i+1, doubled
			continue
		}
		return s[1:i], s[i+1:], e
	}
	return s[1:], nil, e
}
