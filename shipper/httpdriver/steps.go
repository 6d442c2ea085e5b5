package httpdriver

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime/multipart"
	"net/textproto"
	"strings"

	"github.com/thirdline/thirdline/shipper"
	"github.com/thirdline/thirdline/shipper/profile"
)

// unfit tells that an answer does not hold what it must: nothing was found.
type unfit struct{ what string }

func (u *unfit) Error() string { return u.what }

// steps runs the steps of an operation from one on. touched tells that one that
// must not be sent twice was sent, or may have been.
func (w *work) steps(ctx context.Context, steps []profile.Step, from int, data *profile.Data) (touched bool, err error) {
	for i := from; i < len(steps); i++ {
		s := &steps[i]
		request, err := w.request(s, data)
		if err != nil {
			return touched, &shipper.Refused{Reason: fmt.Sprintf("profile %s, line %d: %v", w.p.Name, s.Line, err)}
		}
		answer, sent, err := w.http.send(ctx, request)
		once := !s.Idempotent && !s.Guarded
		touched = touched || once && sent && (err != nil || answer.uncertain())
		if err != nil {
			return touched, err
		}
		done, err := w.judge(s, answer, data)
		var unfit *unfit
		if once && errors.As(err, &unfit) { // done, and not what was wanted: again would be the same
			return true, &shipper.Refused{Reason: unfit.Error()}
		}
		if err != nil {
			return touched, err
		}
		touched = touched || once
		if done {
			break
		}
	}
	return touched, nil
}

// request fills a step in.
func (w *work) request(s *profile.Step, data *profile.Data) (*request, error) {
	address, err := s.URL.Render(data)
	if err != nil {
		return nil, err
	}
	r := &request{method: s.Method, url: address, idempotent: s.Idempotent, headers: map[string]string{}}
	for _, set := range []map[string]*profile.Template{w.p.Headers, s.Headers} {
		for name, t := range set {
			value, err := t.Render(data)
			if err != nil {
				return nil, err
			}
			if r.headers[name] = value; value == "" {
				delete(r.headers, name)
			}
		}
	}
	body, err := s.Body.Render(data)
	if err != nil {
		return nil, err
	}
	r.body = []byte(body)
	if s.Multipart != nil {
		return r, r.multipart(s.Multipart, data)
	}
	return r, nil
}

// multipart makes the body of parts.
func (r *request) multipart(parts []profile.Part, data *profile.Data) error {
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for _, p := range parts {
		content, err := p.Content.Render(data)
		if err != nil {
			return err
		}
		filename, err := p.Filename.Render(data)
		if err != nil {
			return err
		}
		disposition := fmt.Sprintf(`form-data; name=%q`, p.Name)
		if filename != "" {
			disposition += fmt.Sprintf(`; filename=%q`, filename)
		}
		h := textproto.MIMEHeader{"Content-Disposition": {disposition}}
		if p.Type != "" {
			h.Set("Content-Type", p.Type)
		}
		part, err := m.CreatePart(h)
		if err != nil {
			return err
		}
		if _, err := part.Write([]byte(content)); err != nil {
			return err
		}
	}
	if err := m.Close(); err != nil {
		return err
	}
	r.body, r.headers["Content-Type"] = b.Bytes(), m.FormDataContentType()
	return nil
}

// judge says whether an answer is what the step expects. done tells that the rest
// of the operation is not needed.
func (w *work) judge(s *profile.Step, a *answer, data *profile.Data) (done bool, err error) {
	if err := a.verdict(s.Expect.Status); err != nil {
		if s.Expect.Closed != nil && s.Expect.Closed.Match(a.body) {
			return false, fmt.Errorf("%w: %s", errClosed, a.said())
		}
		if errors.Is(err, errGone) && w.rec.Ticket == nil && s.Method != "GET" {
			return false, &shipper.Refused{Reason: a.said()}
		}
		return false, err
	}
	e := &s.Expect
	if e.FailIf != nil && e.FailIf.Match(a.body) {
		return false, &shipper.Refused{Reason: a.said()}
	}
	if e.Contains != nil {
		want, err := e.Contains.Render(data)
		if err != nil {
			return false, err
		}
		if !contains(a.body, want) {
			return false, &unfit{fmt.Sprintf("%s (without %q)", a.said(), want)}
		}
	}
	if len(e.Match)+len(e.DoneIf)+len(e.Capture) == 0 {
		return false, nil
	}
	var doc any
	d := json.NewDecoder(bytes.NewReader(a.body))
	d.UseNumber()
	if err := d.Decode(&doc); err != nil {
		return false, fmt.Errorf("%s (not JSON: %w)", a.said(), err)
	}
	return w.values(e, a, doc, data)
}

// contains looks for a text as it is and as JSON encodes it.
func contains(body []byte, want string) bool {
	encoded, err := json.Marshal(want)
	return bytes.Contains(body, []byte(want)) || err == nil && bytes.Contains(body, bytes.Trim(encoded, `"`)) ||
		bytes.Contains(body, []byte(strings.ReplaceAll(want, "/", `\/`)))
}

func (w *work) values(e *profile.Expect, a *answer, doc any, data *profile.Data) (done bool, err error) {
	if len(e.DoneIf) > 0 {
		if mismatch, err := differs(e.DoneIf, doc, data); err != nil || mismatch == "" {
			return mismatch == "", err
		}
	}
	mismatch, err := differs(e.Match, doc, data)
	if err != nil {
		return false, err
	}
	if mismatch != "" {
		return false, &unfit{fmt.Sprintf("%s (%s)", a.said(), mismatch)}
	}
	for _, c := range e.Capture {
		path, err := c.Path.Render(data)
		if err != nil {
			return false, err
		}
		texts := profile.All(doc, path)
		if len(texts) == 0 {
			return false, &unfit{fmt.Sprintf("%s (without %s)", a.said(), path)}
		}
		data.R[c.Name] = w.last(texts)
	}
	return false, nil
}

// differs returns what of a document is not as it must be, or nothing.
func differs(pairs []profile.Pair, doc any, data *profile.Data) (string, error) {
	for _, m := range pairs {
		path, err := m.Path.Render(data)
		if err != nil {
			return "", err
		}
		want, err := m.Value.Render(data)
		if err != nil {
			return "", err
		}
		if got, ok := profile.At(doc, path); !ok || got != want {
			return fmt.Sprintf("%s is %q, not %q", path, got, want), nil
		}
	}
	return "", nil
}
