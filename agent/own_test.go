package agent_test

import (
	"fmt"
	"os"
	"testing"
)

// TestOurOwnLogIsNoNews: by way of syslog or the journal, what we say of a match
// comes back, and would match again.
func TestOurOwnLogIsNoNews(t *testing.T) {
	h := newHost(t, disk)
	h.start()
	h.awaitFirstCommit()
	h.write(fmt.Sprintf("Nov 25 10:00:00 db1 thirdline[%d]: msg=\"incident opened\" title=\"bad sda\"\n", os.Getpid()))
	h.write("Nov 25 10:00:00 db1 other[1]: bad sdb\n")
	h.await(1)
	if told := h.desk.told(); told[0].Data.Fields["dev"] != "sdb" {
		t.Errorf("the first incident is of %v", told[0].Data.Fields)
	}
}
