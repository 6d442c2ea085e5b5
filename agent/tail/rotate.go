package tail

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/thirdline/thirdline/agent/unpack"
)

// flushAfter is how long a last line without an end must be left alone, in a
// file that nobody has open for writing, before it counts as a line.
const flushAfter = 5 * time.Second

// housekeeping does what no notification tells.
func (f *Follower) housekeeping(now time.Time) {
	if now.Sub(f.swept) >= f.sweepEvery() {
		f.sweep(now)
	}
	if now.Sub(f.rested) < restEvery {
		return
	}
	f.rested = now
	for file := range f.restless {
		switch {
		case file.f == nil || !file.rotated && file.pending == 0:
			delete(f.restless, file)
		case !file.queued:
			f.finish(file, now)
		}
	}
}

// untilHousekeeping bounds the sleep; without rotated or unterminated files only
// the sweep is left.
func (f *Follower) untilHousekeeping() time.Duration {
	if len(f.restless) > 0 {
		return restEvery
	}
	return max(f.sweepEvery()-time.Since(f.swept), time.Millisecond)
}

// sweepEvery is the time between two sweeps: the more names there are, the longer,
// so that a sweep costs a bounded share of a core.
func (f *Follower) sweepEvery() time.Duration {
	if f.deaf {
		return max(sweepUnwatched, 10*f.cost)
	}
	return min(max(sweepEvery, 300*f.cost), sweepAtLeast)
}

// writerless reports whether nobody has the file open for writing: only then
// does the kernel grant a read lease. known is false where it does not say.
func writerless(file *File) (free, known bool) {
	fd := file.f.Fd()
	if _, err := unix.FcntlInt(fd, unix.F_SETLEASE, unix.F_RDLCK); err != nil {
		return false, err == unix.EAGAIN //nolint:errorlint // FcntlInt returns the bare number
	}
	if _, err := unix.FcntlInt(fd, unix.F_SETLEASE, unix.F_UNLCK); err != nil {
		return false, false
	}
	return true, true
}

// finish closes a rotated file that has been read to its end and that nobody
// writes to, and hands on last lines that will get no line end.
func (f *Follower) finish(file *File, now time.Time) {
	if file.held && now.Sub(file.quiet) >= file.source.Wait {
		f.enqueue(file)
		return
	}
	free, known := writerless(file) // the proof first, then the last read
	wait := f.o.Linger
	switch {
	case !known && !file.rotated:
		return // its line may yet get an end
	case !known:
		wait = f.o.RotateWait
	case !file.rotated:
		wait = flushAfter
	}
	size, ok := f.size(file)
	read := ok && size == file.off+int64(file.pending)
	if known && !free || !read || now.Sub(file.quiet) < wait {
		if file.rotated || !read {
			f.enqueue(file)
		}
		return
	}
	if file.pending > 0 {
		file.flushing = true
		f.enqueue(file)
		return
	}
	f.retire(file)
}

func (f *Follower) size(file *File) (int64, bool) {
	if packed, ok := file.text.(*unpack.ReaderAt); ok {
		return packed.Size()
	}
	_, st, err := identify(int(file.f.Fd()), "")
	return int64(st.Size), err == nil
}

// retire closes a finished file. While it has a name it is remembered as done.
func (f *Follower) retire(file *File) {
	if packed, ok := file.text.(*unpack.ReaderAt); ok && packed.Damage() != nil {
		f.missed(file.Source, "a compressed file is damaged; what it holds after the offset is missed", file.Path(), file.off, packed.Damage())
	}
	_, st, err := identify(int(file.f.Fd()), "")
	if err != nil || st.Nlink > 0 {
		p := file.position()
		p.Done, p.taken = true, file.copy
		f.done[file.id] = p
	} else {
		f.gone = append(f.gone, file.id)
	}
	f.closeQuietly(file)
	delete(f.files, file.id)
	if f.byName[file.path] == file {
		delete(f.byName, file.path)
	}
}

// truncated starts a file anew whose guarded bytes are no longer there. The rest
// that was not read yet is taken from the copy, if one was made; it reports false
// when none is found.
func (f *Follower) truncated(file *File, was Position) (copied bool) {
	f.count(file.Source).Truncations++
	f.log.Warn("file was truncated; reading it from its beginning", "path", file.Path(), "offset", was.Offset)
	file.off, file.guard, file.guardLen, file.pending, file.head, file.skipping = 0, hash(nil), 0, 0, nil, false
	file.moved = true
	for _, path := range f.copies(file.Live) {
		taken, found := f.takeCopy(path, was, file.source)
		if copied = copied || found; taken {
			break
		}
	}
	return copied
}

// takeCopy follows path as the copy of a truncated file from where that one had
// been read, if path carries the guard of that place. found tells of any copy, also
// of one that holds no more than what was read.
func (f *Follower) takeCopy(path string, was Position, source *Source) (taken, found bool) {
	id, _, err := identify(unix.AT_FDCWD, path)
	if err != nil || f.files[id] != nil {
		return false, false
	}
	if p, ok := f.done[id]; ok && !p.Copy {
		return false, false
	}
	file, _, err := f.openIn(path, source)
	if err != nil || file == nil {
		return false, false
	}
	file.belongs(source, was.Live, true)
	if !file.carries(was) {
		if file.begins(was) {
			p := file.position() // a copy shorter than what was read: nothing to take
			p.Done = true
			f.done[file.id] = p
			found = true
		}
		f.closeQuietly(file)
		return false, found
	}
	file.off, file.guard, file.guardLen, file.skipping = was.Offset, was.Guard, was.GuardLen, was.Skipping
	file.caught, file.copy = was.Read, true
	delete(f.done, id)
	f.files[file.id] = file
	f.byName[path] = file
	f.enqueue(file)
	return true, true
}
