package record

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// entry returns an entry of the journal as a line of RFC 5424's kind of text: time,
// host, program[process]: message. What is no entry is returned as it is.
func entry(line []byte) []byte {
	var e struct {
		Realtime   string          `json:"__REALTIME_TIMESTAMP"`
		Host       string          `json:"_HOSTNAME"`
		Identifier string          `json:"SYSLOG_IDENTIFIER"`
		Command    string          `json:"_COMM"`
		Process    string          `json:"_PID"`
		Message    json.RawMessage `json:"MESSAGE"`
	}
	if json.Unmarshal(line, &e) != nil || e.Message == nil {
		return line
	}
	var out strings.Builder
	if micros, err := strconv.ParseInt(e.Realtime, 10, 64); err == nil {
		out.WriteString(time.UnixMicro(micros).UTC().Format("2006-01-02T15:04:05.000000Z "))
	}
	if e.Host != "" {
		out.WriteString(e.Host + " ")
	}
	if name := cmp.Or(e.Identifier, e.Command); name != "" {
		out.WriteString(name)
		if e.Process != "" {
			fmt.Fprintf(&out, "[%s]", e.Process)
		}
		out.WriteString(": ")
	}
	return append([]byte(out.String()), message(e.Message)...)
}

// message is text, or an array of its bytes where it is not valid text.
func message(raw json.RawMessage) []byte {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return []byte(text)
	}
	var numbers []int
	if json.Unmarshal(raw, &numbers) != nil {
		return raw
	}
	b := make([]byte, len(numbers))
	for i, n := range numbers {
		b[i] = byte(n)
	}
	return b
}
