package profile

import (
	"net/http"
	"regexp"
	"slices"

	"gopkg.in/yaml.v3"
)

func (r *reader) steps(n *yaml.Node) (out []Step) {
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		r.report(n, "wrong-type", "write one `- method: ...` for each request", "expected a list of steps")
		return nil
	}
	for _, c := range n.Content {
		out = append(out, r.step(c))
	}
	return out
}

func (r *reader) step(n *yaml.Node) Step {
	s := Step{Line: n.Line, Method: http.MethodGet}
	r.mapping(n, map[string]func(*yaml.Node){
		"method": func(n *yaml.Node) {
			s.Method = n.Value
			if !slices.Contains([]string{"GET", "POST", "PUT", "PATCH", "DELETE"}, n.Value) {
				r.report(n, "method", "write GET, POST, PUT, PATCH or DELETE", "unknown method %q", n.Value)
			}
		},
		"url":        func(n *yaml.Node) { s.URL = r.template(n) },
		"headers":    func(n *yaml.Node) { s.Headers = r.templates(n) },
		"body":       func(n *yaml.Node) { s.Body = r.template(n) },
		"multipart":  func(n *yaml.Node) { s.Multipart = r.parts(n) },
		"idempotent": r.into(&s.Idempotent, "true or false"),
		"guarded":    r.into(&s.Guarded, "true or false"),
		"expect":     func(n *yaml.Node) { s.Expect = r.expect(n) },
	})
	if s.URL == nil {
		r.report(n, "missing-key", "add `url: ...`", "a step needs a url")
	}
	if s.Body != nil && s.Multipart != nil {
		r.report(n, "two-bodies", "keep one of the two", "a step has both a body and a multipart")
	}
	if s.Method == http.MethodGet {
		s.Idempotent = true
	}
	return s
}

func (r *reader) parts(n *yaml.Node) (out []Part) {
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		r.report(n, "wrong-type", "write one `- name: ...` for each part", "expected a list of parts")
		return nil
	}
	for _, c := range n.Content {
		var p Part
		r.mapping(c, map[string]func(*yaml.Node){
			"name": r.into(&p.Name, "text"), "type": r.into(&p.Type, "text"),
			"filename": func(n *yaml.Node) { p.Filename = r.template(n) },
			"content":  func(n *yaml.Node) { p.Content = r.template(n) },
		})
		if p.Name == "" {
			r.report(c, "missing-key", "add `name: ...`", "a part needs a name")
		}
		out = append(out, p)
	}
	return out
}

func (r *reader) expect(n *yaml.Node) (e Expect) {
	r.mapping(n, map[string]func(*yaml.Node){
		"status":   r.into(&e.Status, "a list of numbers"),
		"fail_if":  func(n *yaml.Node) { e.FailIf = r.pattern(n) },
		"closed":   func(n *yaml.Node) { e.Closed = r.pattern(n) },
		"contains": func(n *yaml.Node) { e.Contains = r.template(n) },
		"match":    func(n *yaml.Node) { e.Match = r.paths(n) },
		"done_if":  func(n *yaml.Node) { e.DoneIf = r.paths(n) },
		"capture": func(n *yaml.Node) {
			r.pairs(n, func(k, v *yaml.Node) {
				e.Capture = append(e.Capture, Pair{Name: k.Value, Path: r.template(v)})
			})
		},
	})
	return e
}

// paths reads a mapping of paths to values.
func (r *reader) paths(n *yaml.Node) (out []Pair) {
	r.pairs(n, func(k, v *yaml.Node) {
		out = append(out, Pair{Path: r.template(k), Value: r.template(v)})
	})
	return out
}

func (r *reader) pattern(n *yaml.Node) *regexp.Regexp {
	p, err := regexp.Compile(n.Value)
	if err != nil {
		r.report(n, "bad-pattern", "use the syntax of RE2", "%v", err)
	}
	return p
}
