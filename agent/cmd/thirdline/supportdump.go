package main

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"github.com/thirdline/thirdline/agent/config"
	"github.com/thirdline/thirdline/agent/doctor"
	"github.com/thirdline/thirdline/agent/redact"
)

const (
	dumpWithin = 20 * time.Second // for each part
	dumpLog    = "500"            // lines of the agent's own log
)

// dumped is one file of a support dump.
type dumped struct {
	name string
	make func(context.Context) ([]byte, error)
}

func (p *program) supportDumpCommand() *cobra.Command {
	var at reach
	var out string
	cmd := &cobra.Command{
		Use:   "support-dump [--config FILE] [--output FILE]",
		Short: "Collect what a bug report about thirdline needs",
		Long: `support-dump writes an archive with the version, the configuration, what status and
doctor say, and the end of the agent's own log. Secrets, addresses and people are
taken out as for a vendor; logs and events are not in it. Read it before you send it.

Exit codes: 0 written, 1 not, 2 wrong command line.`,
		Example: `  sudo thirdline support-dump --output /tmp/thirdline-dump.tar.gz`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return failed(p.supportDump(cmd.Context(), at, out))
		},
	}
	at.flags(cmd.Flags())
	cmd.Flags().StringVarP(&out, "output", "o", "thirdline-dump.tar.gz", "archive to make; it must not be there yet")
	return cmd
}

func (p *program) supportDump(ctx context.Context, at reach, out string) (err error) {
	f, err := os.OpenFile(out, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("make archive: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	z := gzip.NewWriter(f)
	archive := tar.NewWriter(z)
	hide, removed := redact.New(redact.NewKey(), redact.Vendor), redact.Manifest{}
	for _, part := range p.dumpParts(at) {
		limited, cancel := context.WithTimeout(ctx, dumpWithin)
		data, err := part.make(limited)
		cancel()
		if err != nil { // what cannot be had is said in its place
			data = append(data, "cannot be had: "+err.Error()+"\n"...)
		}
		if err := addFile(archive, part.name, hide.Text(string(data), removed)); err != nil {
			return err
		}
	}
	for _, c := range []io.Closer{archive, z} {
		if err := c.Close(); err != nil {
			return fmt.Errorf("write archive: %w", err)
		}
	}
	n := 0
	for _, of := range removed {
		n += of
	}
	fmt.Fprintf(p.stdout, "wrote %s; %s taken out; read it before you send it\n", out, count(n, "value"))
	return nil
}

func addFile(archive *tar.Writer, name, text string) error {
	if err := archive.WriteHeader(&tar.Header{Name: "thirdline-dump/" + name, Mode: 0o600, Size: int64(len(text)), ModTime: time.Now()}); err != nil {
		return fmt.Errorf("write archive: %w", err)
	}
	if _, err := io.WriteString(archive, text); err != nil {
		return fmt.Errorf("write archive: %w", err)
	}
	return nil
}

// dumpParts are the files of a dump.
func (p *program) dumpParts(at reach) []dumped {
	file := at.config
	if file == "" {
		file = config.DefaultFile
	}
	return []dumped{
		{"version.txt", func(context.Context) ([]byte, error) {
			info, _ := debug.ReadBuildInfo()
			return fmt.Append(nil, info), nil
		}},
		{"thirdline.yaml", func(context.Context) ([]byte, error) { return os.ReadFile(file) }},
		{"status.json", func(ctx context.Context) ([]byte, error) {
			client, err := p.dial(at)
			if err != nil {
				return nil, err
			}
			s, err := p.ask(ctx, client)
			if err != nil {
				return nil, err
			}
			return json.MarshalIndent(s, "", "  ")
		}},
		{"doctor.json", func(ctx context.Context) ([]byte, error) {
			c, problems := config.Load(file, p.lookup)
			if err := problems.Err(); err != nil {
				return nil, err
			}
			if err := p.complete(c, runFlags{state: at.state}); err != nil {
				return nil, err
			}
			o, err := p.toExamine(c)
			if err != nil {
				return nil, err
			}
			return json.MarshalIndent(doctor.Examine(ctx, o), "", "  ")
		}},
		{"log.txt", func(ctx context.Context) ([]byte, error) {
			return exec.CommandContext(ctx, "journalctl", "--unit=thirdline", "--lines="+dumpLog, "--no-pager", "--quiet").CombinedOutput()
		}},
		{"system.txt", func(context.Context) ([]byte, error) {
			var all []byte
			for _, f := range []string{"/etc/os-release", "/proc/version", "/proc/loadavg", "/proc/meminfo", "/proc/sys/fs/inotify/max_user_watches"} {
				data, err := os.ReadFile(f)
				all = append(all, f+"\n"...)
				if all = append(all, data...); err != nil {
					all = append(all, err.Error()+"\n"...)
				}
			}
			return all, nil
		}},
	}
}
