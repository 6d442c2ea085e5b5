package redact

import (
	"strings"
	"testing"
)

// TestAFailureDropsTheText: nothing passes a redactor that does not work.
func TestAFailureDropsTheText(t *testing.T) {
	r := New(nil, L3)
	r.find = func(string, *Redactor) []span { panic("broken at password=hunter2") }
	m := Manifest{}
	lines := r.Lines([]string{"password=hunter2", "x"}, m)
	fields := r.Fields(map[string]string{"pw": "hunter2"}, "password=hunter2", m)
	if text := strings.Join(lines, " ") + r.Text("hunter2", m); strings.Contains(text, "hunter2") || len(lines) != 2 || len(fields) != 0 {
		t.Errorf("%q, fields %v", text, fields)
	}
	if m[Dropped] != 4 {
		t.Errorf("dropped %d", m[Dropped])
	}
}
