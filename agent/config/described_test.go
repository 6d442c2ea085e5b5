package config

import (
	"reflect"
	"strings"
	"testing"
)

// TestADescribedSourceReadsAsItWas: what a capsule says of a source is enough to read
// its records again.
func TestADescribedSourceReadsAsItWas(t *testing.T) {
	none := func(string) (string, bool) { return "", false }
	for _, text := range []string{
		`{"name":"plain"}`,
		`{"name":"pods","tags":["a","b"],"encoding":"utf-16le","format":"cri","multiline":{"preset":"java"}}`,
		`{"name":"unit","journal":{},"fields":"logfmt"}`,
		`{"name":"table","fields":{"csv":["time","-","text"],"separator":"\t"},"time":{"layouts":["15h04m05"],"zone":"Europe/Berlin"}}`,
		`{"name":"own","multiline":{"condition":"^ ","mode":"continue_through","start":"^\\S"}}`,
	} {
		s, err := Described([]byte(text), none)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := string(s.Describe()); got != text {
			t.Errorf("%s became %s", text, got)
		}
		again, err := Described(s.Describe(), none)
		if err != nil || !reflect.DeepEqual(s, again) {
			t.Errorf("%+v became %+v, %v", s, again, err)
		}
	}
	for text, want := range map[string]string{
		`{"name":"x","format":"dcoker"}`:       "format",
		`{"name":"x","time":{"zone":"Mars"}}`:  "unknown zone",
		`{"name":"x","multiline":{"start":1}}`: "multiline",
		`{`:                                    "read the description of the source",
	} {
		if _, err := Described([]byte(text), none); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
