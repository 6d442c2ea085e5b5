package rules

import "regexp"

var placeholder = regexp.MustCompile(`\{\{ *\.([A-Za-z_][A-Za-z0-9_.@-]*) *\}\}`)

// RenderTitle fills the rule's title with fields. A field that the record did
// not give is shown as "?". Field values are data: they are never expanded again.
func (r *Rule) RenderTitle(fields map[string]string) string {
	return placeholder.ReplaceAllStringFunc(r.Title.Value, func(m string) string {
		if v, ok := fields[placeholder.FindStringSubmatch(m)[1]]; ok {
			return v
		}
		return "?"
	})
}
