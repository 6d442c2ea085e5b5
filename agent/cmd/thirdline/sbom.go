package main

import (
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// component is a part of a CycloneDX bill of materials
// (https://cyclonedx.org/docs/1.6/json/).
type component struct {
	Type       string     `json:"type"`
	Name       string     `json:"name"`
	Version    string     `json:"version"`
	PURL       string     `json:"purl"`
	Properties []property `json:"properties,omitempty"`
}

type property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// sbomCommand writes what packages carry and no user runs.
func (p *program) sbomCommand() *cobra.Command {
	return &cobra.Command{
		Use: "sbom BINARY", Short: "Print the bill of materials of a thirdline binary (CycloneDX)", Hidden: true, Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			info, err := buildinfo.ReadFile(args[0])
			if err != nil {
				return failed(fmt.Errorf("read binary: %w", err))
			}
			e := json.NewEncoder(p.stdout)
			e.SetIndent("", "  ")
			return failed(e.Encode(billOf(info)))
		},
	}
}

// billOf lists what the Go tool linked. It carries neither time nor serial number:
// two builds of one commit have the same.
func billOf(info *debug.BuildInfo) any {
	parts := []component{{Type: "library", Name: "std", Version: info.GoVersion, PURL: "pkg:golang/std@" + info.GoVersion}}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		parts = append(parts, moduleOf("library", m))
	}
	return map[string]any{
		"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
		"metadata":   map[string]any{"component": moduleOf("application", &info.Main)},
		"components": parts,
	}
}

func moduleOf(kind string, m *debug.Module) component {
	c := component{Type: kind, Name: m.Path, Version: m.Version, PURL: "pkg:golang/" + m.Path + "@" + m.Version}
	if m.Sum != "" {
		c.Properties = []property{{"go.sum", m.Sum}}
	}
	return c
}
