package match

import (
	"regexp/syntax"
	"slices"
	"strings"
	"unicode/utf8"
)

// text is a run of bytes to look for, with a class of bytes at each place: an
// element below 256 is that byte, another a set of the alphabet.
type text []uint16

// alphabet holds the sets of bytes that texts name, and the texts, each once.
type alphabet struct {
	sets   []byteSet
	folded [][]byte // of each set, as a filter sees its bytes
	index  map[byteSet]uint16
	texts  []text
	ids    map[string]int32
}

type byteSet [4]uint64

func (b *byteSet) add(c byte)      { b[c>>6] |= 1 << (c & 63) }
func (b *byteSet) has(c byte) bool { return b[c>>6]>>(c&63)&1 != 0 }

// members returns the bytes of a set, ascending.
func (b *byteSet) members() (out []byte) {
	for c := range 256 {
		if b.has(byte(c)) {
			out = append(out, byte(c))
		}
	}
	return out
}

// class returns the element that stands for a set of at least one byte.
func (a *alphabet) class(b byteSet) uint16 {
	if m := b.members(); len(m) == 1 {
		return uint16(m[0])
	}
	if c, ok := a.index[b]; ok {
		return c
	}
	if a.index == nil {
		a.index = map[byteSet]uint16{}
	}
	c := uint16(256 + len(a.sets))
	var folded byteSet
	for _, m := range b.members() {
		folded.add(m | fold&0xff)
	}
	a.sets, a.folded = append(a.sets, b), append(a.folded, folded.members())
	a.index[b] = c
	return c
}

// size returns about how many bytes the alphabet holds.
func (a *alphabet) size() int {
	n := 128 * len(a.sets)
	for _, t := range a.texts {
		n += 4*len(t) + 80
	}
	return n
}

// bytes returns the bytes that element c stands for.
func (a *alphabet) bytes(c uint16) []byte {
	if c < 256 {
		return []byte{byte(c)}
	}
	return a.sets[c-256].members()
}

// id returns the number of a text.
func (a *alphabet) id(t text) int32 {
	key := make([]byte, 0, 2*maxText)
	for _, c := range t {
		key = append(key, byte(c), byte(c>>8))
	}
	id, ok := a.ids[string(key)]
	if !ok {
		if a.ids == nil {
			a.ids = map[string]int32{}
		}
		id = int32(len(a.texts))
		a.texts = append(a.texts, t)
		a.ids[string(key)] = id
	}
	return id
}

// at reports whether t stands at the beginning of b.
func (a *alphabet) at(t text, b []byte) bool {
	if len(b) < len(t) {
		return false
	}
	for i, c := range t {
		if c < 256 && b[i] != byte(c) || c >= 256 && !a.sets[c-256].has(b[i]) {
			return false
		}
	}
	return true
}

// show writes t for a reader: a letter in both cases as the small one, another
// class in brackets.
func (a *alphabet) show(t text) string {
	var out strings.Builder
	for _, c := range t {
		switch m := a.bytes(c); {
		case len(m) == 1:
			out.WriteByte(m[0])
		case len(m) == 2 && m[1] == m[0]+'a'-'A' && 'A' <= m[0] && m[0] <= 'Z':
			out.WriteByte(m[1])
		default:
			out.WriteString(showClass(m))
		}
	}
	return out.String()
}

// plain returns the longest part of t without classes, ASCII in small letters.
func (a *alphabet) plain(t text) (longest string) {
	var part []byte
	for _, c := range t {
		m := a.bytes(c)
		capital := 'A' <= m[0] && m[0] <= 'Z'
		switch {
		case capital && (len(m) == 1 || len(m) == 2 && m[1] == m[0]+'a'-'A'):
			part = append(part, m[0]+'a'-'A')
		case len(m) == 1:
			part = append(part, m[0])
		default:
			part = nil
		}
		if len(part) > len(longest) {
			longest = string(part)
		}
	}
	return longest
}

func showClass(members []byte) string {
	var re syntax.Regexp
	re.Op = syntax.OpCharClass
	for _, m := range members {
		if n := len(re.Rune); n > 0 && re.Rune[n-1] == rune(m)-1 {
			re.Rune[n-1]++
			continue
		}
		re.Rune = append(re.Rune, rune(m), rune(m))
	}
	return re.String()
}

const (
	maxTexts   = 32 // texts in one list
	maxProduct = 8  // in one that is made of two
	maxFolds   = 4  // in one that is made of letters with forms beyond ASCII
	maxText    = 64 // bytes of a text
)

// textOf returns the text that is s and nothing else.
func textOf(s string) text {
	t := make(text, 0, min(len(s), maxText))
	for i := range min(len(s), maxText) {
		t = append(t, uint16(s[i]))
	}
	return t
}

// usable tells whether a rune stands for its own bytes only: U+FFFD also matches
// any invalid byte, and a line has no '\n'.
func usable(r rune) bool { return r != utf8.RuneError && r != '\n' && utf8.ValidRune(r) }

// oneOf returns the texts of which a rune among runes is one; nil when there are
// too many.
func (a *alphabet) oneOf(runes []rune) []text {
	var ascii byteSet
	var out []text
	for _, r := range runes {
		switch {
		case !usable(r):
			return nil
		case r < utf8.RuneSelf:
			ascii.add(byte(r))
		default:
			out = append(out, textOf(string(r)))
		}
	}
	if ascii != (byteSet{}) {
		out = append(out, text{a.class(ascii)})
	}
	if len(out) > maxTexts {
		return nil
	}
	return out
}

// cross joins every text of x with every one of y; nil when that is too much.
func cross(x, y []text) []text {
	if len(x)*len(y) > max(maxProduct, len(x), len(y)) {
		return nil
	}
	out := make([]text, 0, len(x)*len(y))
	for _, a := range x {
		for _, b := range y {
			if len(a)+len(b) > maxText {
				return nil
			}
			out = append(out, slices.Concat(a, b))
		}
	}
	return out
}

// grams appends the folded grams that t stands for; none when they are too many.
func (a *alphabet) grams(t text, grams []uint32) []uint32 {
	gram := uint32(0)
	plain := true
	for i, c := range t {
		plain = plain && c < 256
		gram |= uint32(c) << (8 * i)
	}
	if plain {
		return append(grams, (gram|fold)&gramMask(len(t)))
	}
	grams = append(grams, 0)
	for i, c := range t {
		one := [1]byte{byte(c) | fold&0xff}
		members := one[:]
		if c >= 256 {
			members = a.folded[c-256]
		}
		n := len(grams)
		if n*len(members) > maxGrams {
			return grams[:0]
		}
		for _, m := range members[1:] {
			for _, g := range grams[:n] {
				grams = append(grams, g|uint32(m)<<(8*i))
			}
		}
		for k := range grams[:n] {
			grams[k] |= uint32(members[0]) << (8 * i)
		}
	}
	return grams
}
