package agent

// SetRoot lets an agent that does not run yet take facts from another root.
func (a *Agent) SetRoot(root string) { a.pipeline.gatherer.facts.Root = root }
