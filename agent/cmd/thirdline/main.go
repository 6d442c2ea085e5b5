// Command thirdline follows log files, matches them against rules, and ships
// incidents with their context to a ticketing endpoint.
package main

import (
	"context"
	"os"
)

func main() {
	p := program{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, lookup: os.LookupEnv}
	os.Exit(p.run(context.Background(), os.Args[1:]))
}
