package profile

import (
	"strings"
	"testing"
)

// TestTheRunbookIsALinkInEveryFormat and nothing beside it is.
func TestTheRunbookIsALinkInEveryFormat(t *testing.T) {
	const url = "https://wiki.test:8443/~ops/a_b.html?c=%20d&e=f#g"
	want := map[string]string{
		"plain": url, "html": `<a href="https://wiki.test:8443/~ops/a_b.html?c=%20d&amp;e=f#g">https://wiki.test:8443/~ops/a_b.html?c=%20d&amp;e=f#g</a>`,
		"pre": "\n</pre>\n" + url, "markdown": "<" + url + ">", "fence": "```\n\n<" + url + ">", "jira": "[" + url + "]", "noformat": "{noformat}\n[" + url + "]",
		"slack": "<https://wiki.test:8443/~ops/a_b.html?c=%20d&amp;e=f#g>", "slackcode": "```\n<https://wiki.test:8443/~ops/a_b.html?c=%20d&amp;e=f#g>\n",
		"adf": `{"marks":[{"attrs":{"href":"https://wiki.test:8443/~ops/a_b.html?c=%20d\u0026e=f#g"},"type":"link"}],"text":"https://wiki.test:8443/~ops/a_b.html?c=%20d\u0026e=f#g","type":"text"}`,
	}
	for _, v := range viewers() {
		live := want[v.name]
		if live == "" { // it has no links, or shows text as it is
			continue
		}
		delete(want, v.name)
		for _, text := range hostile {
			got := v.escape("Known: " + Visible(text) + "\nRunbook: " + Link(url) + "\nKey: " + Visible(text))
			if strings.Count(got, live) != 1 {
				t.Errorf("%s has no %q in %q", v.name, live, got)
			}
			rest := strings.Replace(got, live, blockEnd(v.name), 1)
			if found := v.alive.FindString(v.body(rest)); found != "" {
				t.Errorf("%s: %q is alive in %q", v.name, found, rest)
			}
		}
	}
	if len(want) > 0 {
		t.Errorf("no viewers of %v", want)
	}
}

// blockEnd is the end of the block under which a link stands, or in the case of ADF
// another node in the place of the link.
func blockEnd(format string) string {
	return map[string]string{"pre": "\n</pre>", "fence": "```", "noformat": "{noformat}", "slackcode": "```", "adf": `{"type":"text","text":"x"}`}[format]
}

// TestWhatIsNoAddressStaysText also in the place of the runbook.
func TestWhatIsNoAddressStaysText(t *testing.T) {
	for _, s := range []string{
		"", "see the wiki", "wiki.test/a", "//wiki.test", "javascript:alert(1)", "ftp://wiki.test", "https://", "https://wiki.test/a b",
		"https://wiki.test/|http://evil.test", "https://wiki.test/>x", "https://wiki.test/](http://evil.test)", `https://wiki.test/"onclick="x`,
		"https://wiki.test/'x", "https://user@wiki.test/", "https://wiki.test/\nx", "https://wiki.test/\ufdd1x", "https://wiki.test/`x`", "https://wiki.test/{x}",
	} {
		if got := Link(s); got != s {
			t.Errorf("%q became %q", s, got)
		}
	}
	for _, s := range []string{"https://wiki.test", "http://10.0.0.1:8080/x", "https://wiki.test?page=1", "https://wiki.test/x#y"} {
		tmpl, err := parse("{{ .Text }} {{ json .Text }}")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := tmpl.Render(&Data{Text: Link(s)}); err != nil || got != s+` "`+s+`"` || Link(s) == s {
			t.Errorf("%q is rendered as %q, %v", s, got, err)
		}
	}
}
