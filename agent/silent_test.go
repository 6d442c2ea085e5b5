package agent_test

import (
	"testing"
	"time"
)

// TestASourceThatGoesSilentIsAnIncident: it opens once, lives over a restart, and is
// resolved by the next bytes, or when nobody asks any more.
func TestASourceThatGoesSilentIsAnIncident(t *testing.T) {
	h := newHost(t, disk)
	h.silent = time.Second
	h.start()
	h.awaitFirstCommit()
	h.write("something\n")
	h.await(1)
	h.stop()
	h.start()
	time.Sleep(1200 * time.Millisecond)
	h.want("opened 1/1 count=1 app is silent: nothing was written for 1s [][][]")
	h.write("something else\n")
	h.await(2)
	h.await(3)
	h.stop()
	h.silent = 0
	h.start()
	h.await(4)
	h.stop()
	h.want(
		"opened 1/1 count=1 app is silent: nothing was written for 1s [][][]",
		"resolved 1/2 count=1 app is silent: nothing was written for 1s",
		"reopened 2/1 count=1 app is silent: nothing was written for 1s [][][]",
		"resolved 2/2 count=1 app is silent: nothing was written for 1s",
	)
	told := h.desk.told()
	if w := told[0].Data.Watching; w == nil || w.Lines != 1 || w.Source != "app" {
		t.Errorf("proof %+v", w)
	}
	if e := told[0].Data; e.Severity != "error" || e.Key["source"] != "app" || e.Rule != "source_silent" {
		t.Errorf("%+v", e)
	}
}
