package doctor

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/thirdline/thirdline/agent/tail"
)

// examined is a source's Finding with how many files it has.
type examined struct {
	Finding
	files int
}

// examineSource opens each file of a source, and notes the folders they are in.
func examineSource(s Source, folders map[string]bool) examined {
	found := examined{Finding: Finding{About: "source " + s.Name, Verdict: Fine}}
	var refused []string
	var cause error
	for _, path := range s.paths() {
		found.files++
		folders[filepath.Dir(path)] = true
		if err := readable(path); err != nil {
			refused, cause = append(refused, path), err
		}
	}
	switch {
	case len(refused) > 0:
		found.Verdict = Bad
		found.Said = fmt.Sprintf("%d of %d files cannot be read, such as %s: %v", len(refused), found.files, refused[0], cause)
		found.Remedy = tail.Remedy(cause)
	case found.files == 0:
		found.Verdict, found.Said = Warning, "no file is there yet"
		found.Remedy = "compare `include` with the folder; the agent waits for the files"
	default:
		found.Said = fmt.Sprintf("%d files, all readable", found.files)
	}
	return found
}

// paths lists the files of a source, each once.
func (s Source) paths() []string {
	var out []string
	for _, pattern := range s.Include {
		base, rest := doublestar.SplitPattern(pattern)
		names, err := doublestar.Glob(os.DirFS(base), rest, doublestar.WithFilesOnly())
		if err != nil {
			continue // a bad pattern was said by the check of the configuration
		}
		for _, name := range names {
			if path := filepath.Join(base, name); !s.excluded(path) {
				out = append(out, path)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (s Source) excluded(path string) bool {
	return slices.ContainsFunc(s.Exclude, func(pattern string) bool {
		ok, err := doublestar.Match(pattern, path)
		return ok && err == nil
	})
}

// readable opens without waiting for a FIFO's writer.
func readable(path string) error {
	f, err := os.OpenFile(path, os.O_RDONLY|nonblock, 0)
	if err != nil {
		return err
	}
	return f.Close()
}
