package snapshot_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/thirdline/thirdline/agent/snapshot"
)

func TestBefore(t *testing.T) {
	long := strings.Repeat("x", 100)
	var many strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&many, "%04d %s\n", i, long)
	}
	for _, tc := range []struct {
		name, text string
		n          int
		want       []string
		note       string
	}{
		{"all there are", "a\nb\r\nc\n", 5, []string{"a", "b", "c"}, ""},
		{"the last ones", "a\nb\nc\n", 2, []string{"b", "c"}, ""},
		{"none wanted", "a\n", 0, nil, ""},
		{"at the beginning", "", 3, nil, ""},
		{"from the middle of a large file", many.String(), 2, []string{"1998 " + long, "1999 " + long}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := snapshot.Before(strings.NewReader(tc.text), nil, int64(len(tc.text)), tc.n)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got.Lines); diff != "" || got.Note != tc.note {
				t.Errorf("note %q, lines (-want +got):\n%s", got.Note, diff)
			}
			for i, at := range got.Offsets {
				if line := got.Lines[i]; !strings.HasPrefix(tc.text[at:], line) || at > 0 && tc.text[at-1] != '\n' {
					t.Errorf("line %q is not at %d", line, at)
				}
			}
		})
	}
	side, err := snapshot.Before(strings.NewReader(many.String()), nil, int64(many.Len()), 1000)
	if n := len(side.Lines); err != nil || side.Note == "" || side.Begins || n == 0 || side.Lines[n-1] != "1999 "+long {
		t.Errorf("%d lines, note %q, err %v", n, side.Note, err)
	}
}

func TestAfter(t *testing.T) {
	got, whole, err := snapshot.After(strings.NewReader("a\nb\nc\nhal"), nil, 2, 2)
	if err != nil || !whole || !cmp.Equal(got.Lines, []string{"b", "c"}) || !cmp.Equal(got.Offsets, []int64{2, 4}) {
		t.Errorf("%v %v %v", got, whole, err)
	}
	got, whole, err = snapshot.After(strings.NewReader("a\nb\nc\nhal"), nil, 2, 3)
	if err != nil || whole || !cmp.Equal(got.Lines, []string{"b", "c"}) {
		t.Errorf("%v %v %v", got, whole, err)
	}
}

func TestTextIsCutAndValid(t *testing.T) {
	got := snapshot.Cut(snapshot.Valid([]byte("a\xff" + strings.Repeat("é", 5000) + "end")))
	if !utf8.ValidString(got) || len(got) > 2200 || !strings.HasSuffix(got, "end") || !strings.Contains(got, "bytes cut") {
		t.Errorf("text of %d bytes: %.40q", len(got), got)
	}
}
