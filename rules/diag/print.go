package diag

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode"
)

const (
	bold  = "\x1b[1m"
	red   = "\x1b[31m"
	cyan  = "\x1b[36m"
	reset = "\x1b[0m"
)

// Print writes every problem for a person: the headline, the source line with a
// caret, and the hint. colour turns ANSI sequences on. Control characters that
// come from the file are shown, never sent.
func Print(w io.Writer, list List, colour bool) error {
	b := bufio.NewWriter(w)
	for _, p := range list {
		printOne(b, p, colour)
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("print problems: %w", err)
	}
	return nil
}

func printOne(b *bufio.Writer, p Problem, colour bool) {
	paint := func(code, s string) string {
		if !colour {
			return s
		}
		return code + s + reset
	}
	fmt.Fprintln(b, paint(bold, Safe(p.Error())))
	if p.Line > 0 && p.Source != "" {
		number := fmt.Sprintf("%5d", p.Line)
		line, column := expandTabs(p.Source, p.Column)
		fmt.Fprintf(b, "%s | %s\n", number, Safe(line))
		fmt.Fprintf(b, "%s | %s%s\n", strings.Repeat(" ", len(number)), strings.Repeat(" ", column), paint(red, "^"))
	}
	if p.Hint != "" {
		fmt.Fprintf(b, "  %s %s\n", paint(cyan, "hint:"), Safe(p.Hint))
	}
}

// expandTabs makes the caret stand under its character whatever the tab width.
// column is a 1-based rune count; the result is a 0-based one.
func expandTabs(line string, column int) (string, int) {
	var out strings.Builder
	at, width := 0, 0
	for i, r := range []rune(line) {
		if i < column-1 {
			at = width + 1
		}
		if r == '\t' {
			out.WriteString("    ")
			width += 4
			if i < column-1 {
				at = width
			}
			continue
		}
		out.WriteRune(r)
		width++
	}
	return out.String(), at
}

// Safe replaces what could steer a terminal (control characters, direction
// overrides) by a visible escape, and leaves all other text alone.
func Safe(s string) string {
	if strings.IndexFunc(s, steers) < 0 {
		return s
	}
	var out strings.Builder
	for _, r := range s {
		if steers(r) {
			fmt.Fprintf(&out, `\u%04x`, r)
			continue
		}
		out.WriteRune(r)
	}
	return out.String()
}

func steers(r rune) bool {
	return r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r))
}
