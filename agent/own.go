package agent

import (
	"bytes"
	"fmt"
	"os"
)

// ownMark is what lines of our own log begin with, behind time and host, when they
// come back by syslog or the journal.
func ownMark() []byte { return fmt.Appendf(nil, "thirdline[%d]: ", os.Getpid()) }

// isOwn reports, and says once, that a record is of our own log: what it tells of a
// match could match again, for ever.
func (p *pipeline) isOwn(record []byte, source string) bool {
	if p.own == nil || !bytes.Contains(record, p.own) {
		return false
	}
	if !p.saidOwn {
		p.saidOwn = true
		p.log.Warn("a source holds this agent's own log; its lines are passed over", "source", source)
	}
	return true
}
