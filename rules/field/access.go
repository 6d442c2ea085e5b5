package field

import "bytes"

// access adds the fields of a line of an access log: Apache's common and combined
// formats, also behind the virtual host, and nginx's combined one
// (https://httpd.apache.org/docs/2.4/logs.html#accesslog). It reports whether the
// line is of that form.
func (f *Fields) access(s []byte) bool {
	open := bytes.Index(s, []byte(" ["))
	if open < 0 {
		return false
	}
	head := bytes.Fields(s[:open])
	end := bytes.Index(s[open:], []byte(`] "`))
	if len(head) < 3 || len(head) > 4 || end < 0 {
		return false
	}
	at := s[open+2 : open+end]
	request, rest, ok := quoted(s[open+end+2:])
	tail := bytes.SplitN(bytes.TrimLeft(rest, " "), []byte(" "), 3)
	if !ok || len(tail) < 2 || len(tail[0]) != 3 || !isNumber(tail[0]) {
		return false
	}
	if len(head) == 4 {
		f.put("vhost", head[0])
		head = head[1:]
	}
	f.put("client", head[0])
	f.put("ident", head[1])
	f.put("user", head[2])
	f.put("timestamp", at)
	f.request(request)
	f.put("status", tail[0])
	f.put("bytes", tail[1])
	if len(tail) == 3 {
		f.agents(tail[2])
	}
	return true
}

// request takes `GET /path?query HTTP/1.1` apart.
func (f *Fields) request(s []byte) {
	f.put("request", s)
	method, rest, ok := bytes.Cut(s, []byte(" "))
	if !ok {
		return // whatever a scanner has sent
	}
	f.put("method", method)
	target := rest
	if n := bytes.LastIndexByte(rest, ' '); n >= 0 {
		target = rest[:n]
		f.put("protocol", rest[n+1:])
	}
	path, query, _ := bytes.Cut(target, []byte("?"))
	f.put("path", path)
	f.put("query", query)
}

// agents adds the two quoted fields of the combined format.
func (f *Fields) agents(s []byte) {
	for _, name := range []string{"referer", "user_agent"} {
		if len(s) == 0 || s[0] != '"' {
			return
		}
		inner, rest, ok := quoted(s)
		if !ok {
			return
		}
		f.put(name, inner)
		s = bytes.TrimLeft(rest, " ")
	}
}
