package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// documentsCommand writes what packages carry and no user runs.
func (p *program) documentsCommand() *cobra.Command {
	return &cobra.Command{
		Use: "documents DIR", Short: "Write manual pages and shell completions", Hidden: true, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return failed(writeDocuments(cmd.Root(), args[0]))
		},
	}
}

func writeDocuments(root *cobra.Command, dir string) error {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	root.DisableAutoGenTag = true
	epoch := time.Unix(0, 0).UTC() // a date would make two builds differ
	if err := doc.GenManTree(root, &doc.GenManHeader{Section: "8", Source: "thirdline", Date: &epoch}, dir); err != nil {
		return fmt.Errorf("write manual pages: %w", err)
	}
	for name, write := range map[string]func(string) error{
		"thirdline.bash": func(f string) error { return root.GenBashCompletionFileV2(f, true) },
		"_thirdline":     root.GenZshCompletionFile,
		"thirdline.fish": func(f string) error { return root.GenFishCompletionFile(f, true) },
	} {
		if err := write(filepath.Join(dir, name)); err != nil {
			return fmt.Errorf("write completion: %w", err)
		}
	}
	return nil
}
