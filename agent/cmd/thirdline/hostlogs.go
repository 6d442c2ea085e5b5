package main

import (
	"fmt"
	"path/filepath"
	"strings"
)

// hostLog is a kind of log that hosts have, with the rule packs that suit it.
type hostLog struct {
	name  string
	globs []string // absolute
	packs []string
	found []string // globs with a file
}

// hostLogs are the kinds that a rule pack was written for.
func hostLogs() []hostLog {
	return []hostLog{
		{name: "system", globs: []string{"/var/log/syslog", "/var/log/messages", "/var/log/kern.log"}, packs: []string{"kernel", "storage", "systemd"}},
		{name: "postgres", globs: []string{"/var/log/postgresql/*.log", "/var/lib/pgsql/*/data/log/*.log"}, packs: []string{"postgres"}},
		{name: "mysql", globs: []string{"/var/log/mysql/error.log", "/var/log/mysqld.log", "/var/log/mariadb/*.log"}, packs: []string{"mysql"}},
		{name: "web", globs: []string{"/var/log/nginx/error.log", "/var/log/apache2/error.log", "/var/log/httpd/error_log", "/var/log/haproxy.log"}, packs: []string{"web"}},
		{name: "data", globs: []string{"/var/log/redis/*.log", "/var/log/mongodb/*.log", "/var/log/elasticsearch/*.log", "/var/log/rabbitmq/*.log"}, packs: []string{"data"}},
		{name: "pods", globs: []string{"/var/log/containers/*.log"}, packs: []string{"containers", "application"}},
	}
}

// suiting returns the kinds that there are below root. A host whose system log is
// the journal alone has that in its place.
func suiting(root string) (found []hostLog) {
	for _, l := range hostLogs() {
		for _, g := range l.globs {
			if files, err := filepath.Glob(filepath.Join(root, g)); err == nil && len(files) > 0 {
				l.found = append(l.found, g)
			}
		}
		if len(l.found) > 0 {
			found = append(found, l)
		}
	}
	if len(found) > 0 && found[0].name == "system" {
		return found
	}
	if journals, err := filepath.Glob(filepath.Join(root, "/var/log/journal/*/system.journal")); err == nil && len(journals) > 0 {
		found = append([]hostLog{{name: "journal", packs: hostLogs()[0].packs}}, found...)
	}
	return found
}

// shown is what a person is told that was found.
func (l *hostLog) shown() []string {
	if l.name == "journal" {
		return []string{"the systemd journal"}
	}
	return l.found
}

// configuration returns the text of a configuration file.
func configuration(f setupFlags, found []hostLog) string {
	var b strings.Builder
	b.WriteString("# Written by thirdline setup. After a change: thirdline check\nrules: [rules.d]\n\nsources:\n")
	for _, l := range found {
		switch l.name {
		case "journal":
			b.WriteString("  - {name: journal, journal: {}}\n")
			continue
		case "pods":
			fmt.Fprintf(&b, "  - {name: pods, format: cri, roots: [/var/log/pods], include: [%s]}\n", quoted(l.globs))
			continue
		}
		fmt.Fprintf(&b, "  - {name: %s, tags: [%s], include: [%s]}\n", l.name, l.name, quoted(l.found))
	}
	fmt.Fprintf(&b, "\ndestinations:\n  - name: desk\n    webhook:\n      url: %s\n", quoted([]string{f.to}))
	if f.tokenFile != "" {
		fmt.Fprintf(&b, "      token_file: %s\n", quoted([]string{f.tokenFile}))
	}
	return b.String()
}

// quoted lists texts as YAML does between single quotes.
func quoted(list []string) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = "'" + strings.ReplaceAll(s, "'", "''") + "'"
	}
	return strings.Join(out, ", ")
}
