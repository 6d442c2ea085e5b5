package tail

import "time"

// WithoutSweeps puts off the sweeps of the clock, so that only what asks for one has
// one.
func (f *Follower) WithoutSweeps() { f.swept = time.Now().Add(time.Hour) }

// Open counts the open files.
func (f *Follower) Open() int { return len(f.files) }

// Standing returns the file that a name stands for.
func (f *Follower) Standing(path string) *File { return f.byName[path] }
