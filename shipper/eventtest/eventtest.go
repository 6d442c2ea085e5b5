// Package eventtest checks in tests that events keep to the published schema.
package eventtest

import (
	"bytes"
	"fmt"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/thirdline/thirdline/shipper"
)

// Validate returns what is wrong with an event by [shipper.Schema], or nil.
func Validate(event []byte) error {
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(shipper.Schema))
	if err != nil {
		return fmt.Errorf("read schema: %w", err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("event.schema.json", document); err != nil {
		return fmt.Errorf("read schema: %w", err)
	}
	schema, err := c.Compile("event.schema.json")
	if err != nil {
		return fmt.Errorf("compile schema: %w", err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(event))
	if err != nil {
		return fmt.Errorf("read event: %w", err)
	}
	return schema.Validate(value)
}
