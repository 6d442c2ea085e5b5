package field

import "bytes"

// auto finds out by the record itself what it is. A message behind a header is
// taken apart further: it may be JSON, or hold key=value pairs.
func (f *Fields) auto(s []byte) {
	s = bytes.TrimSpace(s)
	if len(s) == 0 || f.klog(s) || f.access(s) {
		return
	}
	if message, ok := f.syslog(s); ok {
		if s = message; f.access(s) {
			return
		}
	}
	if begin := bytes.IndexByte(s, '{'); begin >= 0 && bytes.HasSuffix(s, []byte("}")) {
		had := len(f.pairs)
		if f.json(s[begin:]) {
			return
		}
		if begin == 0 && len(f.pairs) > had {
			return // JSON with a fault
		}
		f.pairs = f.pairs[:had]
	} else if begin == 0 && len(s) > 1 && s[1] == '"' {
		f.json(s) // cut off: what is whole of it
		return
	}
	f.keyValue(s)
}
