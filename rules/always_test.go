package rules

import (
	"regexp"
	"testing"
)

func TestAlwaysMatches(t *testing.T) {
	for pattern, want := range map[string]bool{
		`.*`: true, `^.*$`: true, `(.*)`: true, `a*`: true, `(?:foo)?`: true, `^`: true, `$`: true, `^a*`: true, `a*$`: true, `a|b*`: true, `(?s).*`: true, `.*.*`: true, ``: true, `\d*\s*`: true,
		`.`: false, `.+`: false, `a`: false, `^$`: false, `^a*$`: false, `a*b`: false, `\b`: false, `.*a.*`: false, `a?\b`: false, `^.*x*$`: false, `(?:^a)?$b`: false,
	} {
		if got := alwaysMatches(pattern); got != want {
			t.Errorf("%q: %v, want %v", pattern, got, want)
		}
	}
}

// FuzzAlwaysMatches: a pattern that is said to match everything does.
func FuzzAlwaysMatches(f *testing.F) {
	for _, s := range []string{`.*`, `^a*$`, `(?:^a)?$`, `a|b*`, `\b*`, `(^)*$`, `(?i)^(x|)$`} {
		f.Add(s, "some text")
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		re, err := regexp.Compile(pattern)
		if err == nil && alwaysMatches(pattern) && !re.MatchString(regexp.MustCompile(`\n`).ReplaceAllString(text, "")) {
			t.Errorf("%q does not match %q", pattern, text)
		}
	})
}
