package record

// isoAtStart takes apart what the expression of the layout iso finds at the start of a
// record, in the plainest forms alone: 2026-11-24T10:00:00, with a space for the T, a
// fraction, and a Z. It is that expression's twin for speed.
func isoAtStart(record []byte) (p pieces, end int, ok bool) {
	const form = "dddd-dd-ddTdd:dd:dd"
	if len(record) < len(form) || string(record[:2]) != "19" && string(record[:2]) != "20" {
		return p, 0, false
	}
	for i := range len(form) {
		c := record[i]
		switch form[i] {
		case 'd':
			ok = isDigit(c)
		case 'T':
			ok = c == 'T' || c == ' '
		default:
			ok = c == form[i]
		}
		if !ok {
			return p, 0, false
		}
	}
	digits := len(form)
	if digits+1 < len(record) && (record[digits] == '.' || record[digits] == ',') && isDigit(record[digits+1]) {
		for digits++; digits < len(record) && isDigit(record[digits]); digits++ {
		}
	}
	if digits-len(form) > len(".123456789") {
		return p, 0, false
	}
	end = digits
	if end < len(record) {
		switch c := record[end]; {
		case c == 'Z' && (end+1 == len(record) || !isWord(record[end+1])):
			end++
		case c == ' ' || c == '+' || c == '-' || c == 'Z' || c == 'U' || c == 'G':
			if c != ' ' || end+1 == len(record) || mayBeZone(record[end+1]) {
				return p, 0, false // the expression looks at it more closely
			}
		}
	}
	text := string(record[:end])
	p['Y'-'A'], p['m'-'A'], p['d'-'A'] = text[:4], text[5:7], text[8:10]
	p['H'-'A'], p['M'-'A'], p['S'-'A'] = text[11:13], text[14:16], text[17:19]
	if digits > len(form) {
		p['f'-'A'] = text[len(form)+1 : digits]
	}
	p['z'-'A'] = text[digits:]
	return p, end, true
}

func isWord(c byte) bool {
	return isDigit(c) || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_'
}

// mayBeZone reports whether a zone may begin with c.
func mayBeZone(c byte) bool { return c == 'Z' || c == 'U' || c == 'G' || c == '+' || c == '-' }
