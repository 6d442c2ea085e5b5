package tail

import "time"

// Counts is what was read of a source since it was first followed.
type Counts struct {
	// Bytes and Lines are those handed on, or skipped behind a cut.
	Bytes, Lines int64
	// Rotations are files that lost their followed name.
	Rotations   int64
	Truncations int64
	// Cuts are lines longer than MaxLine.
	Cuts int64
	// Gaps are the times at which something may have been missed: a file that was
	// deleted while we were down, truncated without a copy of its unread rest, or
	// compressed into what cannot be read.
	Gaps int64
	// Last is when something was read last.
	Last time.Time `json:",omitzero"`
}

// Lag is how far a source is behind its files.
type Lag struct {
	Files int
	// Bytes are those that were not read yet. The half of a line, and a record that
	// is held until its rest came, count as read.
	Bytes int64
	// Age is how long the first of them may have waited.
	Age time.Duration
}

// count returns the counts of a source, to be added to.
func (f *Follower) count(source string) *Counts {
	c := f.counts[source]
	if c == nil {
		c = &Counts{}
		f.counts[source] = c
	}
	return c
}

// countRead counts what was read of a file.
func (f *Follower) countRead(file *File, lines []byte) {
	c := f.count(file.Source)
	c.Bytes += int64(len(lines))
	c.Lines += int64(file.Encoding.Count(lines))
	c.Last = time.Now()
}

// Counts returns the counts of a source. They include the chunk returned last.
func (f *Follower) Counts(source string) Counts { return *f.count(source) }

// Lags returns how far each source is behind. It asks for the size of every file.
func (f *Follower) Lags(now time.Time) map[string]Lag {
	lags := map[string]Lag{}
	for _, file := range f.files {
		lag := lags[file.Source]
		lag.Files++
		if size, ok := f.size(file); ok && size > file.off+int64(file.pending) {
			lag.Bytes += size - file.off - int64(file.pending)
			lag.Age = max(lag.Age, now.Sub(file.caught))
		}
		lags[file.Source] = lag
	}
	return lags
}

// Named returns how many files of each source stand under a name that it includes
// now. A file that was rotated or deleted may still be read and is not among them.
func (f *Follower) Named() map[string]int {
	named := map[string]int{}
	for path, file := range f.byName {
		if path == file.Live {
			named[file.Source]++
		}
	}
	return named
}
