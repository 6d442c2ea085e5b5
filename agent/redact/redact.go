// Package redact takes secrets, payment data and, by choice, personal data out of
// text before it is stored or sent.
//
// What is removed becomes a mark such as [email#k3v9q2xw4m]: the kind, and a
// pseudonym that is an HMAC of the value under the host's key. The same value
// stays the same mark, so that a reader can follow it without knowing it. A text
// that has been redacted holds nothing to redact: the second time changes nothing.
//
// Detection is one pass over the bytes with a table of what can begin a finding,
// and rules in plain code behind it. It is no proof: a secret without a name, a
// known shape or a check digit looks like any other word.
package redact

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Kind of what is removed.
type Kind string

// The kinds. Secrets and payment data are always removed.
const (
	PrivateKey Kind = "private-key"
	Token      Kind = "token"
	Password   Kind = "password"
	Session    Kind = "session"
	Card       Kind = "card"
	IBAN       Kind = "iban"
	Email      Kind = "email"
	Address    Kind = "ip"
	// Dropped counts texts that were left out because redacting them failed.
	Dropped Kind = "dropped"
)

// Audience is whom a text is for.
type Audience string

// The audiences, from the nearest to the farthest. Internal keeps e-mail and IP
// addresses, L3 keeps IP addresses, Vendor gets neither.
const (
	Internal Audience = "internal"
	L3       Audience = "l3"
	Vendor   Audience = "vendor"
)

// Audiences lists them from the nearest to the farthest.
func Audiences() []Audience { return []Audience{Internal, L3, Vendor} }

// Manifest counts what was removed. It never holds a value.
type Manifest map[Kind]int

// Redactor is immutable and safe for concurrent use.
type Redactor struct {
	key            []byte
	email, address bool
	find           func(string, *Redactor) []span
}

// New returns a redactor for an audience. key makes the pseudonyms; texts
// redacted under the same key agree in theirs.
func New(key []byte, a Audience) *Redactor {
	return &Redactor{key: slices.Clone(key), email: a != Internal, address: a == Vendor, find: find}
}

// span is a finding: the bytes [start, end) of a text.
type span struct {
	start, end int
	kind       Kind
}

// Lines redacts records that follow each other, so that what is split over
// several is found, and returns as many. When that fails each becomes empty and
// is counted as dropped.
func (r *Redactor) Lines(lines []string, m Manifest) (out []string) {
	defer func() {
		if recover() != nil { // hidden on purpose: the cause may quote the text
			out = make([]string, len(lines))
			m[Dropped] += len(lines)
		}
	}()
	if len(lines) == 0 {
		return lines
	}
	text := strings.Join(lines, "\n")
	found := r.find(text, r)
	if len(found) == 0 {
		return lines
	}
	for _, s := range found {
		m[s.kind]++
	}
	return strings.Split(r.replace(text, found), "\n")[:len(lines):len(lines)]
}

// Text redacts one text.
func (r *Redactor) Text(text string, m Manifest) string {
	if !strings.Contains(text, "\n") {
		return r.Lines([]string{text}, m)[0]
	}
	return strings.Join(r.Lines(strings.Split(text, "\n"), m), "\n")
}

// Fields redacts the fields of a record. A value that is a secret only where it
// stands in the record, such as one behind `password=`, is found there.
func (r *Redactor) Fields(fields map[string]string, record string, m Manifest) (out map[string]string) {
	if len(fields) == 0 {
		return fields
	}
	defer func() {
		if recover() != nil {
			out = map[string]string{}
			m[Dropped] += len(fields)
		}
	}()
	found := r.find(record, r)
	out, whole := fields, true
	for name, value := range fields {
		hidden := value
		for _, s := range found {
			hidden = r.hide(hidden, record[s.start:s.end], s.kind)
		}
		if hidden = r.Text(hidden, m); hidden != value {
			if whole {
				out, whole = maps.Clone(fields), false
			}
			out[name] = hidden
		}
	}
	return out
}

// hide replaces a secret in a field that holds it, or is a part of it.
func (r *Redactor) hide(field, secret string, k Kind) string {
	const part = 4 // bytes: shorter parts are everywhere
	switch {
	case len(secret) >= part && strings.Contains(field, secret) || field == secret:
		return strings.ReplaceAll(field, secret, r.mark(k, secret))
	case len(field) >= part && strings.Contains(secret, field):
		return r.mark(k, field)
	}
	return field
}

// Map redacts every value of a map whose keys are not from a log.
func (r *Redactor) Map(in map[string]string, m Manifest) map[string]string {
	out := in
	for name, value := range in {
		if hidden := r.Text(value, m); hidden != value {
			if len(out) == 0 || out[name] == value {
				out = maps.Clone(out)
			}
			out[name] = hidden
		}
	}
	return out
}

// replace puts marks in the place of findings. Line breaks stay where they are.
func (r *Redactor) replace(text string, found []span) string {
	var b strings.Builder
	b.Grow(len(text))
	at := 0
	for _, s := range found {
		b.WriteString(text[at:s.start])
		value := text[s.start:s.end]
		mark := r.mark(s.kind, value)
		b.WriteString(mark)
		for range strings.Count(value, "\n") {
			b.WriteByte('\n')
			b.WriteString(mark)
		}
		at = s.end
	}
	b.WriteString(text[at:])
	return b.String()
}

var base = base32.NewEncoding("abcdefghijkmnpqrstuvwxyz23456789").WithPadding(base32.NoPadding)

func (r *Redactor) mark(k Kind, value string) string {
	h := hmac.New(sha256.New, r.key)
	h.Write([]byte(k))
	h.Write([]byte{0})
	h.Write([]byte(value))
	return "[" + string(k) + "#" + base.EncodeToString(h.Sum(nil))[:10] + "]"
}

var marks = regexp.MustCompile(`\[(private-key|token|password|session|card|iban|email|ip)#[a-z2-9]{10}\]`)

// Count adds to m the marks in a text that has been redacted before.
func Count(text string, m Manifest) {
	if !strings.Contains(text, "#") {
		return
	}
	for _, found := range marks.FindAllStringSubmatch(text, -1) {
		m[Kind(found[1])]++
	}
}

// marked reports whether a mark stands at the beginning of text.
func marked(text string) bool {
	if len(text) < 2 || text[0] != '[' {
		return false
	}
	at := marks.FindStringIndex(text[:min(len(text), 32)])
	return at != nil && at[0] == 0
}
