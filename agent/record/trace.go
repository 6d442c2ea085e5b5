package record

import (
	"bytes"
	"regexp"
)

var (
	errorHead = oneOf(`\b[\w.$]*(?:Exception|Error|Throwable|Failure)\b`, `^\w+(?:\.\w+)+: `)
	frame     = compile(`^\s+at \S`)
	// frameTail is what stands among and after the frames of Java, .NET and Node.
	frameTail = oneOf(`^\s+at \S`, `^\s*\.\.\. \d+ `, `^\s*--- End of `, `^\s+- (?:locked|waiting|parking)`)
	cause     = oneOf(`^\s*(?:Caused by|Suppressed|Wrapped by): `, `^\s*---> `)

	frameOrCause = oneOf(frameTail.String(), cause.String())
)

// framed reads a trace of `at` frames, with causes: Java, .NET, and what others
// print like them.
func framed(lines [][]byte, i int) int {
	if frame.Match(lines[i]) || cause.Match(lines[i]) {
		return i
	}
	k := i + 1
	if !matches(lines, k, frame) {
		if !errorHead.Match(lines[i]) {
			return i
		}
		if k = untilFrame(lines, k); k < 0 {
			return i
		}
	}
	return frames(lines, k)
}

// untilFrame skips the lines of a message; the head of another trace ends it.
func untilFrame(lines [][]byte, i int) int {
	k := until(lines, i, frameOrCause)
	for n := i; n < k; n++ {
		if errorHead.Match(lines[n]) || otherHead.Match(lines[n]) {
			return -1
		}
	}
	return k
}

// frames reads on from the first frame.
func frames(lines [][]byte, k int) int {
	for k < len(lines) {
		switch {
		case frameTail.Match(lines[k]):
			opens := bytes.HasSuffix(bytes.TrimSpace(lines[k]), []byte("{"))
			k++
			if opens {
				k = block(lines, k)
			}
		case cause.Match(lines[k]):
			next := untilFrame(lines, k+1)
			if next < 0 {
				return k + 1
			}
			k = next
		default:
			return k
		}
	}
	return k
}

// block reads a printed object to the brace that closes it at the margin.
func block(lines [][]byte, i int) int {
	for k := i; k < len(lines) && !logLine(lines[k]); k++ {
		if bytes.HasPrefix(lines[k], []byte("}")) {
			return k + 1
		}
	}
	return i
}

var (
	nodeHead    = compile(`^(?:/|node:|file://|[A-Z]:\\).*:\d+$`)
	nodeCaret   = compile(`^\s*\^+\s*$`)
	nodeVersion = compile(`^Node\.js v\d`)
	nodeError   = oneOf(`^\s+at \S`, `\{$`)
	nodeEnd     = oneOf(nodeError.String(), nodeVersion.String())
)

// nodeTrace reads what Node prints of an error that nobody caught: the place, the
// source, a caret, the error, and its version.
func nodeTrace(lines [][]byte, i int) int {
	if !nodeHead.Match(lines[i]) || !matches(lines, i+2, nodeCaret) || i+4 >= len(lines) || !blank(lines[i+3]) {
		return framed(lines, i)
	}
	k := until(lines, i+4, nodeEnd)
	switch {
	case k < 0:
		return i + 3
	case frame.Match(lines[k]):
		k = frames(lines, k)
	case !nodeVersion.Match(lines[k]):
		k = block(lines, k+1)
	}
	if k+1 < len(lines) && blank(lines[k]) && nodeVersion.Match(lines[k+1]) {
		k++
	}
	return past(lines, k, nodeVersion)
}

var (
	goHead = oneOf(`^(?:panic|fatal error): `, `http: panic serving`, `^runtime: goroutine stack exceeds`)
	// goStack is the first line after the message.
	goStack = oneOf(`^goroutine \d+ `, `^runtime stack:`, `^\[signal `)
	goPart  = oneOf(`^goroutine \d+ `, `^runtime stack:`, `^\[signal `, `^\t`, `^created by `, `^\.\.\.`, `^runtime: `, `^exit status \d`)
)

// goTrace reads a panic with the goroutines that are printed after it.
func goTrace(lines [][]byte, i int) int {
	if !goHead.Match(lines[i]) {
		return i
	}
	k := until(lines, i+1, goStack)
	if k < 0 || anotherPanic(lines[i+1:k], lines[i]) {
		return i + 1
	}
	for k < len(lines) {
		switch {
		case goPart.Match(lines[k]), k+1 < len(lines) && bytes.HasPrefix(lines[k+1], []byte("\t")) && !goHead.Match(lines[k]):
			k++
		case blank(lines[k]) && matches(lines, k+1, goStack):
			k++
		default:
			return k
		}
	}
	return k
}

// anotherPanic reports whether one begins among the lines before a stack. The
// runtime's own talk of a full stack is followed by a fatal error.
func anotherPanic(lines [][]byte, head []byte) bool {
	for _, l := range lines {
		if goHead.Match(l) && !bytes.HasPrefix(head, []byte("runtime: ")) {
			return true
		}
	}
	return false
}

var (
	pythonHead  = oneOf(`^Traceback \(most recent call last\):`, `^  \+ Exception Group Traceback`)
	pythonPlace = compile(`^  File ".*", line \d+`)
	pythonChain = oneOf(`^During handling of the above exception`, `^The above exception was the direct cause`)
	indented    = compile(`^\s+\S`)
)

// pythonTrace reads a traceback, the exceptions that it is chained to included.
func pythonTrace(lines [][]byte, i int) int {
	if !pythonHead.Match(lines[i]) && !pythonPlace.Match(lines[i]) {
		return i
	}
	k := i + 1
	for k < len(lines) && indented.Match(lines[k]) && !pythonHead.Match(lines[k]) {
		k++
	}
	if bytes.HasPrefix(lines[i], []byte("  + ")) {
		return k
	}
	if k < len(lines) && !blank(lines[k]) && !logLine(lines[k]) {
		k++ // the exception itself
	}
	if k+3 < len(lines) && blank(lines[k]) && pythonChain.Match(lines[k+1]) && blank(lines[k+2]) && pythonHead.Match(lines[k+3]) {
		return pythonTrace(lines, k+3)
	}
	return k
}

var (
	rubyHead  = compile(`^\S+\.rb:\d+:in .*: `)
	rubySpot  = compile(`^\s*\^+\s*$`) // under the source
	rubyFrom  = compile(`^\t(?: *\d+: )?from `)
	rubyUnder = oneOf(rubyFrom.String(), rubySpot.String())
	railsHead = compile(`^\s*[A-Z]\w+(?:::\w+)* \(`)
	railsLine = compile(`^\s+\S+\.rb:\d+:in `)
)

// rubyTrace reads a trace of Ruby, the causes under it included, or of Rails.
func rubyTrace(lines [][]byte, i int) int {
	if railsHead.Match(lines[i]) && matches(lines, i+1, railsLine) {
		return past(lines, i+1, railsLine)
	}
	if !rubyHead.Match(lines[i]) {
		return i
	}
	k := until(lines, i+1, rubyUnder)
	if k < 0 {
		return i
	}
	k = past(lines, k, rubyUnder)
	for matches(lines, k, rubyHead) && matches(lines, k+1, rubyFrom) && !bytes.Equal(lines[k], lines[i]) {
		k = past(lines, k+1, rubyFrom)
	}
	return k
}

var (
	rustHead = compile(`^thread '.*'(?: \(\d+\))? panicked at `)
	rustEnd  = oneOf(`^stack backtrace:`, `^note: `)
	rustPart = oneOf(`^stack backtrace:`, `^note: `, `^\s+\d+: `, `^\s+at \S`, `^\s+\[\.\.\. omitted`)
)

// rustTrace reads a panic with its note and backtrace.
func rustTrace(lines [][]byte, i int) int {
	if !rustHead.Match(lines[i]) {
		return i
	}
	end := i + 1
	for end < len(lines) && !rustHead.Match(lines[end]) {
		end++
	}
	if k := until(lines[:end], i+1, rustEnd); k >= 0 {
		return past(lines[:end], k, rustPart)
	}
	return min(i+2, end) // the message; a panic in a row has no note
}

var (
	phpHead = compile(`^(?:\[[^\]]+\] )?(?:PHP )?(?:Fatal|Parse|Catchable fatal) error: `)
	phpTop  = compile(`^(?:PHP )?Stack trace:`)
	phpPart = oneOf(`^(?:PHP )?Stack trace:`, `^(?:PHP +)?#?\d+[. ] ?\S`, `^  thrown in `, `^Next \S+`, `^$`)
)

// phpTrace reads an uncaught exception with its numbered trace.
func phpTrace(lines [][]byte, i int) int {
	if !phpHead.Match(lines[i]) || !matches(lines, i+1, phpTop) {
		return i
	}
	k := past(lines, i+1, phpPart)
	for k > i && blank(lines[k-1]) {
		k--
	}
	return k
}

var (
	dartHead = compile(`^Unhandled exception:`)
	dartPart = oneOf(`^#\d+ +\S`, `^<asynchronous suspension>`)
)

// dartTrace reads an unhandled exception of Dart or Flutter.
func dartTrace(lines [][]byte, i int) int {
	if !dartHead.Match(lines[i]) {
		return i
	}
	k := until(lines, i+1, dartPart)
	if k < 0 {
		return i
	}
	return past(lines, k, dartPart)
}

// otherHead begins a trace of another language, and so is in no message.
var otherHead = regexp.MustCompile(oneOf(goHead.String(), pythonHead.String(), rustHead.String(), dartHead.String()).String())
