package tail

// minHead is how many bytes it takes to tell a copy from another file.
const minHead = 16

// kinship is what a file under a rotated name is to the live one.
type kinship int

const (
	stranger kinship = iota
	unclear          // too short yet to tell, or the live one was truncated just now
	copied
)

// isCopy reports whether c, new to us under a rotated name, is what copytruncate made
// of the live file, or may become it. It is read only when the truncation shows; the
// live file is looked at at once, as that is near.
func (f *Follower) isCopy(c *File, size int64) bool {
	for _, g := range f.files {
		if g.Live != c.Live || g.rotated || !is(g.path, g.id) {
			continue // only the live file is truncated after it was copied
		}
		kin := g.kin(c, size)
		if kin == stranger {
			continue
		}
		f.enqueue(g)
		if kin == copied {
			p := c.position()
			p.Done, p.Copy = true, true
			f.done[c.id] = p
		}
		return true
	}
	return false
}

// kin compares c, of this size, with what was read of f: a copy is younger than f, and
// the same as f up to its end.
func (f *File) kin(c *File, size int64) kinship {
	if f.off == 0 {
		if f.readHead(); len(f.head) == 0 && size > 0 {
			return stranger // of what f held before, and nobody has read
		}
	}
	n := min(len(c.head), len(f.head))
	if c.id.Birth != 0 && c.id.Birth < f.id.Birth || string(c.head[:n]) != string(f.head[:n]) {
		return stranger
	}
	was := f.position()
	if !f.carries(was) {
		return unclear
	}
	if size < f.off {
		guard, n, err := f.guardAt(size)
		if err != nil {
			return unclear
		}
		was.Offset, was.Guard, was.GuardLen = size, guard, n
	}
	switch {
	case !c.carries(was):
		return stranger
	case was.Offset < minHead:
		return unclear
	}
	return copied
}
