// What a container without a shell needs: its health check, and the external builder for chaincode
// that runs as a service. One program; the name it is called by says which of them.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	commands := map[string]func([]string) error{
		"health":  health,
		"detect":  detect,
		"build":   build,
		"release": release,
	}
	name := filepath.Base(os.Args[0])
	command, known := commands[name]
	if !known {
		fmt.Fprintf(os.Stderr, "%s: call this program as health, detect, build or release\n", name)
		os.Exit(2)
	}
	if err := command(os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		os.Exit(1)
	}
}
