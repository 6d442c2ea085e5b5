package main

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/thirdline/thirdline/agent/config"
	"github.com/thirdline/thirdline/rules"
	"github.com/thirdline/thirdline/rules/diag"
)

// setupFlags are the flags of setup.
type setupFlags struct {
	dir, packs, to, tokenFile, root string
	yes                             bool
}

func (p *program) setupCommand() *cobra.Command {
	var f setupFlags
	cmd := &cobra.Command{
		Use:   "setup",
		Short: "Write a first configuration for this host",
		Long: `setup looks which logs this host has, asks where events go, and writes a checked
configuration with the rule packs that suit. What is there already it leaves alone.

Exit codes: 0 written, 1 not, 2 wrong command line.`,
		Example: `  sudo thirdline setup
  sudo thirdline setup --yes --to https://desk.example.com/events --token-file desk-token`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.yes && f.to == "" {
				return errors.New("no endpoint: with --yes, name one with --to URL")
			}
			if f.to != "" {
				if problem, hint := config.CheckURL(f.to); problem != "" {
					return fmt.Errorf("--to: %s; %s", problem, hint)
				}
			}
			return failed(p.setup(f))
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.to, "to", "", "URL of the webhook that takes the events")
	flags.StringVar(&f.tokenFile, "token-file", "", "file with the endpoint's token: a path, or the name of a systemd credential")
	flags.BoolVar(&f.yes, "yes", false, "ask nothing")
	flags.StringVar(&f.dir, "dir", filepath.Dir(config.DefaultFile), "folder of the configuration")
	flags.StringVar(&f.packs, "packs", "/usr/share/thirdline/rules", "folder of the rule packs")
	flags.StringVar(&f.root, "root", "/", "look for logs below this folder")
	_ = flags.MarkHidden("root")
	return cmd
}

func (p *program) setup(f setupFlags) error {
	file := filepath.Join(f.dir, filepath.Base(config.DefaultFile))
	if _, err := os.Lstat(file); err == nil {
		return fmt.Errorf("%s is there already and is left alone; edit it, or name another folder with --dir", file)
	}
	found := suiting(f.root)
	if len(found) == 0 {
		return fmt.Errorf("no log of a kind that a rule pack knows is below %s; write %s by hand, from the example in the documentation", f.root, file)
	}
	for _, l := range found {
		fmt.Fprintf(p.stdout, "found %-12s %s (packs: %s)\n", l.name, strings.Join(l.shown(), ", "), strings.Join(l.packs, ", "))
	}
	if !f.yes {
		if err := p.askSetup(&f, file); err != nil {
			return err
		}
	}
	packs, err := copyPacks(f, found)
	if err != nil {
		return err
	}
	if err := p.writeConfiguration(file, configuration(f, found)); err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "wrote %s and %s\nnext: thirdline doctor --config %s\n", file, count(packs, "rule file"), file)
	return nil
}

// askSetup asks what the flags have not said.
func (p *program) askSetup(f *setupFlags, file string) error {
	answers := bufio.NewScanner(p.stdin)
	ask := func(question string) (string, error) {
		fmt.Fprint(p.stderr, question+" ")
		if !answers.Scan() {
			return "", errors.Join(errors.New("no answer came; nothing was written (to be asked nothing: --yes --to URL)"), answers.Err())
		}
		return strings.TrimSpace(answers.Text()), nil
	}
	for f.to == "" {
		to, err := ask("Where shall events go? URL:")
		if err != nil {
			return err
		}
		if problem, hint := config.CheckURL(to); problem != "" {
			fmt.Fprintf(p.stderr, "%s; %s\n", problem, hint)
			continue
		}
		f.to = to
	}
	if f.tokenFile == "" {
		token, err := ask("File with the endpoint's token (empty: none):")
		if err != nil {
			return err
		}
		f.tokenFile = token
	}
	sure, err := ask("Write " + file + "? [Y/n]")
	if err != nil {
		return err
	}
	if !strings.HasPrefix("yes", strings.ToLower(sure)) {
		return errors.New("nothing was written")
	}
	return nil
}

// copyPacks puts the packs that suit beside the configuration. Files that are there
// stay as they are.
func copyPacks(f setupFlags, found []hostLog) (n int, err error) {
	dir := filepath.Join(f.dir, "rules.d")
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return 0, fmt.Errorf("make folder: %w", err)
	}
	done := map[string]bool{}
	for _, l := range found {
		for _, pack := range l.packs {
			if done[pack] {
				continue
			}
			done[pack] = true
			data, err := os.ReadFile(filepath.Join(f.packs, pack+".yaml"))
			if err != nil {
				return n, fmt.Errorf("read rule pack: %w; name their folder with --packs", err)
			}
			switch err := createFile(filepath.Join(dir, pack+".yaml"), data); {
			case err == nil:
				n++
			case !errors.Is(err, fs.ErrExist):
				return n, err
			}
		}
	}
	return n, nil
}

// writeConfiguration writes the file unless something is wrong with it.
func (p *program) writeConfiguration(file, text string) error {
	if err := createFile(file, []byte(text)); err != nil {
		return err
	}
	c, problems := config.Load(file, p.lookup)
	_, bad := rules.Load(texts(c.Rules), p.lookup)
	if problems = append(problems, bad...); len(problems) > 0 {
		return errors.Join(diag.Print(p.stderr, problems, p.colour(p.stderr)), os.Remove(file), errors.New("nothing was configured: what would have been written is wrong"))
	}
	return nil
}

// createFile writes a file that is not there yet.
func createFile(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o640)
	if err != nil {
		return err
	}
	if _, err := f.Write(data); err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), f.Close(), os.Remove(path))
	}
	return f.Close()
}
