package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/thirdline/thirdline/agent/config"
	"github.com/thirdline/thirdline/rules"
)

// manifest is what this test asks of an object of Kubernetes.
type manifest struct {
	Kind string
	Spec struct {
		Template struct{ Spec pod }
	}
	Resources          []string
	ConfigMapGenerator []struct {
		Name  string
		Files []string
	} `yaml:"configMapGenerator"`
}

type pod struct {
	AutomountServiceAccountToken *bool `yaml:"automountServiceAccountToken"`
	HostNetwork                  bool  `yaml:"hostNetwork"`
	HostPID                      bool  `yaml:"hostPID"`
	HostIPC                      bool  `yaml:"hostIPC"`
	Containers                   []struct {
		Args            []string
		SecurityContext struct {
			Privileged               bool
			AllowPrivilegeEscalation *bool `yaml:"allowPrivilegeEscalation"`
			ReadOnlyRootFilesystem   bool  `yaml:"readOnlyRootFilesystem"`
			Capabilities             struct{ Add, Drop []string }
			SeccompProfile           struct{ Type string } `yaml:"seccompProfile"`
		} `yaml:"securityContext"`
		Resources    struct{ Requests, Limits map[string]string }
		VolumeMounts []mount `yaml:"volumeMounts"`
	}
	Volumes []struct {
		Name      string
		HostPath  struct{ Path string } `yaml:"hostPath"`
		ConfigMap struct{ Name string } `yaml:"configMap"`
	}
}

type mount struct {
	Name      string
	MountPath string `yaml:"mountPath"`
	ReadOnly  bool   `yaml:"readOnly"`
}

const kubernetes = "../../../packaging/container"

// objects reads the documents of a file of Kubernetes.
func objects(t *testing.T, file string) (all []manifest) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(kubernetes, file))
	if err != nil {
		t.Fatal(err)
	}
	for d := yaml.NewDecoder(bytes.NewReader(data)); ; {
		var m manifest
		if err := d.Decode(&m); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
	}
}

func daemonSet(t *testing.T) pod {
	t.Helper()
	all := objects(t, "daemonset.yaml")
	at := slices.IndexFunc(all, func(m manifest) bool { return m.Kind == "DaemonSet" })
	if at < 0 || len(all[at].Spec.Template.Spec.Containers) != 1 {
		t.Fatalf("no DaemonSet of one container in %+v", all)
	}
	return all[at].Spec.Template.Spec
}

// TestTheDaemonSetMayOnlyReadLogs: no privilege, and nothing to write but its state.
func TestTheDaemonSetMayOnlyReadLogs(t *testing.T) {
	p := daemonSet(t)
	c := p.Containers[0]
	s := c.SecurityContext
	for name, ok := range map[string]bool{
		"no token of the API":     p.AutomountServiceAccountToken != nil && !*p.AutomountServiceAccountToken,
		"namespaces of its own":   !p.HostNetwork && !p.HostPID && !p.HostIPC,
		"read-only root":          s.ReadOnlyRootFilesystem,
		"not privileged":          !s.Privileged,
		"no privilege escalation": s.AllowPrivilegeEscalation != nil && !*s.AllowPrivilegeEscalation,
		"no capability":           slices.Equal(s.Capabilities.Drop, []string{"ALL"}) && len(s.Capabilities.Add) == 0,
		"seccomp":                 s.SeccompProfile.Type == "RuntimeDefault",
		"a limit of memory":       c.Resources.Limits["memory"] != "",
		"requests":                c.Resources.Requests["memory"] != "" && c.Resources.Requests["cpu"] != "",
	} {
		if !ok {
			t.Errorf("it lacks: %s", name)
		}
	}
	var logs bool
	for _, m := range c.VolumeMounts {
		if m.MountPath == "/var/log" {
			logs = true
		}
		if !m.ReadOnly && m.MountPath != "/var/lib/thirdline" {
			t.Errorf("%s can be written", m.MountPath)
		}
	}
	if !logs {
		t.Error("it sees no logs")
	}
	for _, v := range p.Volumes {
		if h := v.HostPath.Path; h != "" && h != "/var/log" && h != "/var/lib/thirdline" {
			t.Errorf("it sees %s of the host", h)
		}
	}
}

// TestTheDaemonSetRunsAConfigurationThatIsRight: the files of its config map pass the
// check, and ask for nothing that is not mounted.
func TestTheDaemonSetRunsAConfigurationThatIsRight(t *testing.T) {
	p := daemonSet(t)
	generated := objects(t, "kustomization.yaml")[0].ConfigMapGenerator[0]
	at := slices.IndexFunc(p.Containers[0].VolumeMounts, func(m mount) bool { return m.MountPath == "/etc/thirdline" })
	if at < 0 || !slices.Contains(p.Containers[0].Args, "/etc/thirdline/thirdline.yaml") {
		t.Fatalf("it is not run with its configuration: %q", p.Containers[0].Args)
	}
	volume := p.Containers[0].VolumeMounts[at].Name
	for _, v := range p.Volumes {
		if v.Name == volume && v.ConfigMap.Name != generated.Name {
			t.Errorf("its configuration is the config map %q, and %q is made", v.ConfigMap.Name, generated.Name)
		}
	}
	dir := t.TempDir()
	for _, name := range append(generated.Files, "token") {
		data, err := os.ReadFile(filepath.Join(kubernetes, name))
		if name == "token" {
			data, err = []byte("secret"), nil
		}
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(string(data), "/etc/thirdline-secret/", dir+"/")
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	node := func(name string) (string, bool) { return "node-1", name == "NODE_NAME" }
	c, problems := config.Load(filepath.Join(dir, "thirdline.yaml"), node)
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	if _, problems := rules.Load(texts(c.Rules), node); problems.Err() != nil {
		t.Error(problems.Err())
	}
	mounted := func(path string) bool {
		return slices.ContainsFunc(p.Containers[0].VolumeMounts, func(m mount) bool { return strings.HasPrefix(path+"/", m.MountPath+"/") })
	}
	paths := []string{c.State.Value}
	for _, s := range c.Sources {
		paths = slices.Concat(paths, texts(s.Include), texts(s.Roots))
	}
	for _, path := range paths {
		if !mounted(path) {
			t.Errorf("%s is not mounted", path)
		}
	}
}
