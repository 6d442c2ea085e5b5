package profile

import (
	"embed"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
)

//go:embed builtin/*.yaml
var builtin embed.FS

// Names returns the names of the profiles that come with the program, sorted.
func Names() []string {
	entries, err := builtin.ReadDir("builtin")
	if err != nil {
		panic("profile: " + err.Error()) // it is in the program
	}
	out := make([]string, len(entries))
	for i, e := range entries {
		out[i] = strings.TrimSuffix(e.Name(), ".yaml")
	}
	slices.Sort(out)
	return out
}

// Source returns the text of a profile that comes with the program.
func Source(name string) ([]byte, error) {
	data, err := builtin.ReadFile(path.Join("builtin", name+".yaml"))
	if err != nil {
		return nil, fmt.Errorf("there is no profile %q", name)
	}
	return data, nil
}

// Builtin returns a profile that comes with the program.
func Builtin(name string) (*Profile, error) {
	data, err := Source(name)
	if err != nil {
		return nil, err
	}
	p, problems := Parse(name+".yaml", data)
	if len(problems) > 0 {
		return nil, problems[0]
	}
	return p, nil
}

// Read reads a profile from a file.
func Read(file string) (*Profile, []Problem) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, []Problem{{File: file, Code: "unreadable", Message: err.Error(), Hint: "name a profile's file"}}
	}
	return Parse(file, data)
}
