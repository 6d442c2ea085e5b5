package config

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/thirdline/thirdline/rules/yamldoc"
	"github.com/thirdline/thirdline/shipper/profile"
)

// Digest returns a text that differs when a part of a configuration means something
// else: by its values wherever they stand, and by the content of the files that its
// `*_file` keys name. It shows no secret.
func Digest(part any) string {
	d := digest{sha256.New()}
	d.add(reflect.ValueOf(part), "")
	return hex.EncodeToString(d.Sum(nil)[:16])
}

// Digests returns those of the parts that take effect only at a restart, by their keys.
func (c *Config) Digests() map[string]string {
	out := map[string]string{
		"host": Digest(c.Host), "state": Digest(c.State), "sources": Digest(c.Sources), "listen": Digest(c.Listen),
		"reload": Digest(c.Reload), "redaction": Digest(c.Redaction), "changed": Digest(c.Changed),
		"diagnostics": Digest(c.Diagnostics), "limits.line": Digest(c.Limits.Line),
	}
	if c.Reload.Watch {
		out["reload.watch"] = Digest(c.Rules)
	}
	return out
}

// digest walks through values.
type digest struct{ hash.Hash }

// add adds a value, which a field of a struct holds where name is not empty.
func (d digest) add(v reflect.Value, name string) {
	switch {
	case !v.IsValid():
		return
	case v.Type() == reflect.TypeFor[yamldoc.Pos](), v.Type() == reflect.TypeFor[*profile.Profile]():
		return // a place; what was read from a file or is built in
	case v.Type() == reflect.TypeFor[yamldoc.Text]() && strings.HasSuffix(name, "File"):
		d.content(v.FieldByName("Value").String())
	}
	fmt.Fprintf(d, "%s %v{", name, v.Kind())
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		d.add(v.Elem(), "")
	case reflect.Struct:
		for i := range v.NumField() {
			d.add(v.Field(i), v.Type().Field(i).Name)
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			d.add(v.Index(i), "")
		}
	case reflect.Map:
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		for _, k := range keys {
			d.add(v.MapIndex(k), k.String())
		}
	case reflect.String:
		fmt.Fprintf(d, "%q", v.String())
	default:
		fmt.Fprintf(d, "%v", v) // a number or a truth
	}
	fmt.Fprint(d, "}")
}

// content adds that of a file; who needs it says that it cannot be read.
func (d digest) content(file string) {
	if file == "" {
		return
	}
	if data, err := os.ReadFile(file); err == nil {
		fmt.Fprintf(d, "%q", data)
	}
}
