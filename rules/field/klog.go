package field

import "bytes"

// klog adds the header of a line of Kubernetes' or Google's logger, `Lmmdd
// hh:mm:ss.uuuuuu thread file:line] message`, and the key="value" pairs of its
// message (https://pkg.go.dev/k8s.io/klog/v2). level is the letter that stands
// there: I, W, E or F. It reports whether the line is of that form.
func (f *Fields) klog(s []byte) bool {
	if len(s) < 30 || bytes.IndexByte([]byte("IWEF"), s[0]) < 0 || !isShape(s[1:], "dddd dd:dd:dd.") {
		return false
	}
	header, message, ok := bytes.Cut(s, []byte("] "))
	parts := bytes.Fields(header)
	if !ok || len(parts) != 4 {
		return false
	}
	colon := bytes.LastIndexByte(parts[3], ':')
	if colon < 0 {
		return false
	}
	f.put("level", s[:1])
	f.put("timestamp", header[1:len(parts[0])+1+len(parts[1])])
	f.put("pid", parts[2])
	f.put("file", parts[3][:colon])
	f.put("line", parts[3][colon+1:])
	if len(message) > 0 && message[0] == '"' {
		if inner, rest, ok := quoted(message); ok {
			f.add([]byte("message"), inner, backslash)
			f.keyValue(rest)
			return true
		}
	}
	f.put("message", message)
	f.keyValue(message)
	return true
}

// isShape reports whether s begins with what shape says: d is a digit, any other
// character itself.
func isShape(s []byte, shape string) bool {
	if len(s) < len(shape) {
		return false
	}
	for i := range len(shape) {
		if shape[i] == 'd' && (s[i] < '0' || s[i] > '9') || shape[i] != 'd' && s[i] != shape[i] {
			return false
		}
	}
	return true
}
