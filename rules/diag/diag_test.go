package diag_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/thirdline/thirdline/rules/diag"
)

func TestPrintPutsTheCaretUnderTheColumn(t *testing.T) {
	list := diag.List{
		{File: "b.yaml", Line: 2, Column: 3, Code: "unknown-key", Message: `unknown key "titel"`, Hint: `did you mean "title"?`, Source: "\t titel: x"},
		{File: "a.yaml", Code: "unreadable", Message: "no such file"},
	}
	list.Sort()
	var out bytes.Buffer
	if err := diag.Print(&out, list, false); err != nil {
		t.Fatal(err)
	}
	want := "a.yaml: no such file [unreadable]\n" +
		"b.yaml:2:3: unknown key \"titel\" [unknown-key]\n" +
		"    2 |      titel: x\n" +
		"      |      ^\n" +
		"  hint: did you mean \"title\"?\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("printed (-want +got):\n%s", diff)
	}
}

func TestSafeNeutralisesTerminalControl(t *testing.T) {
	got := diag.Safe("a\x1b[31mred\u202e\tb\n")
	if want := `a\u001b[31mred\u202e` + "\tb" + `\u000a`; got != want {
		t.Errorf("Safe = %q, want %q", got, want)
	}
}

func TestNearest(t *testing.T) {
	keys := []string{"title", "tier", "severity", "match", "key"}
	for word, want := range map[string]string{"titel": "title", "sevrity": "severity", "mach": "match", "zzz": "", "teir": "tier", "kez": "key"} {
		if got := diag.Nearest(word, keys); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", word, got, want)
		}
	}
}
