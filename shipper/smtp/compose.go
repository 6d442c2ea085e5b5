package smtp

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"maps"
	"mime"
	"mime/quotedprintable"
	"slices"
	"strings"
	"time"

	"github.com/thirdline/thirdline/shipper"
	"github.com/thirdline/thirdline/shipper/profile"
)

const (
	maxSubject = 200 // runes
	lineLength = 76  // of base64
)

// compose writes the mail of an event, with its log attached if that is asked for.
func (s *SMTP) compose(e *shipper.Event, withLog bool) []byte {
	i := &e.Data
	var b bytes.Buffer
	header := func(name, value string) { fmt.Fprintf(&b, "%s: %s\r\n", name, value) }
	domain := token(i.Host.Name) + ".thirdline.invalid"
	header("From", s.from.String())
	to := make([]string, len(s.to))
	for n, a := range s.to {
		to[n] = a.String()
	}
	header("To", strings.Join(to, ", "))
	header("Date", e.Time.UTC().Format(time.RFC1123Z))
	header("Message-ID", fmt.Sprintf("<%s.%d.%d@%s>", i.Fingerprint, i.Generation, i.Sequence, domain))
	thread := fmt.Sprintf("<%s@%s>", i.Fingerprint, domain)
	header("In-Reply-To", thread)
	header("References", thread)
	header("Subject", mime.QEncoding.Encode("utf-8", subject(e)))
	header("Auto-Submitted", "auto-generated")
	header("X-Thirdline-Event", e.ID)
	header("MIME-Version", "1.0")
	boundary := "thirdline-" + i.Fingerprint
	header("Content-Type", fmt.Sprintf("multipart/mixed; boundary=%q", boundary))
	fmt.Fprintf(&b, "\r\n--%s\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n", boundary)
	w := quotedprintable.NewWriter(&b)
	fmt.Fprint(w, strings.ReplaceAll(account(e), "\n", "\r\n"))
	_ = w.Close() // a buffer takes everything
	if log := records(i.Snapshot); log != "" && withLog {
		fmt.Fprintf(&b, "\r\n--%s\r\nContent-Type: text/plain; charset=utf-8; name=\"log.txt\"\r\nContent-Disposition: attachment; filename=\"log.txt\"\r\nContent-Transfer-Encoding: base64\r\n\r\n", boundary)
		encoded := base64.StdEncoding.EncodeToString([]byte(log))
		for len(encoded) > lineLength {
			b.WriteString(encoded[:lineLength] + "\r\n")
			encoded = encoded[lineLength:]
		}
		b.WriteString(encoded + "\r\n")
	}
	fmt.Fprintf(&b, "\r\n--%s--\r\n", boundary)
	return b.Bytes()
}

// subject is the same for all mails of an incident but for the status, which many
// programs thread by. Line ends in it would be headers, and what looks as if it were
// encoded would be decoded by who reads it.
func subject(e *shipper.Event) string {
	i := &e.Data
	title := profile.Cut(maxSubject, profile.Visible(oneLine(i.Title)))
	status := strings.ToUpper(i.Severity)
	if e.Type == shipper.Resolved {
		status = "resolved"
	}
	return strings.ReplaceAll(fmt.Sprintf("[%s] %s: %s", status, profile.Visible(oneLine(i.Host.Name)), title), "=?", "=\u200b?")
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// account tells the step. Only the runbook, which is the rule's own, stays a link.
func account(e *shipper.Event) string {
	i := &e.Data
	var b strings.Builder
	say := func(label, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%-10s %s\n", profile.Plain(label)+":", strings.ReplaceAll(value, "\n", " "))
		}
	}
	fmt.Fprintf(&b, "%s\n\n", profile.Plain(oneLine(i.Title)))
	say("Step", e.Type[strings.LastIndexByte(e.Type, '.')+1:])
	say("Reason", i.Reason)
	say("Host", i.Host.Name)
	say("Severity", strings.TrimSpace(i.Severity+" "+i.Tier))
	say("Rule", i.Rule)
	say("Owner", i.Owner)
	say("Runbook", profile.Visible(i.Runbook))
	say("Known", profile.Plain(i.Known))
	say("Before", profile.Plain(i.History.Known()))
	if n := i.Note; n != nil {
		say("Note", profile.Plain(strings.TrimPrefix(n.By+": "+n.Text, ": ")))
	}
	say("Seen", fmt.Sprintf("%d times, last at %s", i.Count, i.LastSeen.UTC().Format(time.RFC3339)))
	if i.Coalesced > 0 {
		say("Summed up", fmt.Sprintf("%d earlier updates", i.Coalesced))
	}
	for _, k := range slices.Sorted(maps.Keys(i.Fields)) {
		say(k, profile.Plain(i.Fields[k]))
	}
	say("Event", e.ID)
	return b.String()
}

// records are those around the match; empty where there are none.
func records(s *shipper.Snapshot) string {
	if s == nil || s.Match == "" && len(s.Before)+len(s.After) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", s.File)
	for _, part := range []struct {
		name  string
		lines []string
	}{{"before", s.Before}, {"match", strings.Split(s.Match, "\n")}, {"after", s.After}, {"notes", s.Notes}} {
		if strings.Join(part.lines, "") != "" {
			fmt.Fprintf(&b, "--- %s\n%s\n", part.name, strings.Join(part.lines, "\n"))
		}
	}
	return b.String()
}

// token makes a part of a domain.
func token(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '.' {
			return r
		}
		return '-'
	}, s)
}
