package fake

import (
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
)

// call is one request with its body read and decoded.
type call struct {
	*http.Request
	raw  []byte
	body map[string]any
}

// is reports whether the request has this method and a path of this shape, in
// which a * stands for one segment; it returns those.
func (c *call) is(method, shape string) ([]string, bool) {
	if c.Method != method {
		return nil, false
	}
	want, got := strings.Split(shape, "/"), strings.Split(strings.TrimSuffix(c.URL.Path, "/"), "/")
	if len(want) != len(got) {
		return nil, false
	}
	var stars []string
	for i := range want {
		before, after, star := strings.Cut(want[i], "*")
		switch {
		case star && strings.HasPrefix(got[i], before) && strings.HasSuffix(got[i], after):
			stars = append(stars, got[i][len(before):len(got[i])-len(after)])
		case want[i] != got[i]:
			return nil, false
		}
	}
	return stars, true
}

// text returns the text at a path of the body; "" where there is none.
func (c *call) text(path ...string) string { s, _ := c.at(path...).(string); return s }

func (c *call) at(path ...string) any {
	var v any = c.body
	for _, p := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[p]
	}
	return v
}

// long reports whether a text has more characters than a limit.
func long(s string, limit int) bool { return len([]rune(s)) > limit }

// files returns the contents of the files in a multipart body, by field.
func (c *call) files(field string) (out []string) {
	_, params, err := mime.ParseMediaType(c.Header.Get("Content-Type"))
	if err != nil {
		return nil
	}
	for r := multipart.NewReader(strings.NewReader(string(c.raw)), params["boundary"]); ; {
		p, err := r.NextPart()
		if err != nil {
			return out
		}
		data, err := io.ReadAll(p)
		if err == nil && p.FormName() == field && p.FileName() != "" {
			out = append(out, p.FileName()+"\n"+string(data))
		} else if err == nil && p.FileName() == "" && field == "" {
			out = append(out, p.FormName()+"\n"+string(data))
		}
	}
}

// basic is the header of a user with the secret.
func basic(user string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+secret))
}
