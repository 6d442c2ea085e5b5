package importer

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// source captures the address that CrowdSec calls the source.
const source = `(?P<source_ip>[0-9a-fA-F:.]*[0-9a-fA-F])`

// linesOf returns what the lines of a kind look like that CrowdSec's parsers find;
// ok is false for a kind that nothing is known about here.
func linesOf(kind string) (c clause, ok bool) {
	lines := map[string][]string{
		"ssh_failed-auth": {
			`sshd(?:-session)?\[\d+\]: Invalid user (?P<target_user>\S*) from ` + source,
			`sshd(?:-session)?\[\d+\]: (?:error: )?Failed \S+ for (?:invalid user )?(?P<target_user>\S+) from ` + source,
			`sshd(?:-session)?\[\d+\]: banner exchange: Connection from ` + source,
			`sshd.* authentication failure;.* rhost=` + source + `(?: +user=(?P<target_user>\S+))?`,
		},
		"ftp_failed_auth": {
			`FAIL LOGIN: Client "(?:::ffff:)?` + source + `"`,
			`proftpd\[\d+\].*\[` + source + `\]\)\W+ USER (?P<target_user>[^\s:]+)(?:: no such user| \(Login failed\))`,
			`pure-ftpd: \(\?@` + source + `\) \[WARNING\] Authentication failed for user \[(?P<target_user>[^\]]*)`,
		},
		"mysql_failed_auth": {`Access denied for user '(?P<target_user>[^']*)'@'` + source + `'`},
		"smb_failed_auth":   {`Auth: .* user \[[^\]]*\]\\\[(?P<target_user>[^\]]*)\].* status \[NT_STATUS_(?:NO_SUCH_USER|WRONG_PASSWORD|ACCOUNT_LOCKED_OUT)\].* remote host \[ipv[46]:` + source + `:\d+\]`},
		"iptables_drop":     {`kernel: .*\bSRC=` + source + ` .*\bDPT=(?P<dst_port>\d+)`},
		"pf_drop":           {`filterlog(?:\[\d+\])?: (?:[^,]*,){6}block,in,4,(?:[^,]*,){7}(?:tcp|udp),\d+,` + source + `,[^,]*,\d+,(?P<dst_port>\d+),`},
		"bind9_denied":      {`client (?:@\S+ )?` + source + `#\d+ .*denied`},
		"spam-attempt":      {` H=.*\[` + source + `\](?::\d+)? .*(?:rejected|sender verify fail)`},
	}[kind]
	for _, expr := range lines {
		c.any = append(c.any, clause{regex: expr})
	}
	return c, len(lines) > 0
}

// kind makes a clause of the kinds of lines that a filter asks for.
func (s *scenario) kind(values []string, n *ast.BinaryNode) (*clause, error) {
	var parts []clause
	for _, v := range values {
		lines, known := linesOf(v)
		if !known {
			s.kinds = append(s.kinds, v)
			continue
		}
		for _, one := range lines.any {
			for _, name := range regexp.MustCompile(one.regex).SubexpNames() {
				s.gives[name] = true
			}
		}
		s.macros[identifier(v)] = lines
		parts = append(parts, clause{macro: identifier(v)})
	}
	if len(parts) < len(values) {
		s.out.note("%s asks %s: choose the source with `sources:`", s.part, n.String())
		return nil, nil //nolint:nilnil // nil is the clause that always holds
	}
	c := join(parts, false)
	return &c, nil
}

// unknown makes a clause of kinds of lines of which only the names are known; nil
// where there are none, or where any line of an access log would do.
func (s *scenario) unknown() *clause {
	var parts []clause
	for _, kind := range s.kinds {
		name := identifier(kind)
		if name == "" || strings.HasPrefix(kind, "http_") {
			return nil
		}
		s.macros[name] = clause{contains: "lines of " + kind}
		parts = append(parts, clause{macro: name})
		s.out.note("the macro %s stands for lines that only CrowdSec's parser knows: say under macros what they look like, with (?P<source_ip>...)", name)
	}
	if len(parts) == 0 {
		return nil
	}
	c := join(parts, false)
	return &c
}

// macroLines writes the macros.
func macroLines(macros map[string]clause) string {
	if len(macros) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("macros:\n")
	for _, name := range slices.Sorted(maps.Keys(macros)) {
		c := macros[name]
		for _, line := range c.block(single(name), "  ") {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}
