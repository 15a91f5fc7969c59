package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Set by the peer's own configuration: the folder that holds a connection file a package label.
const connections = "WEFTWORK_CHAINCODE_CONNECTIONS"

const indexes = "META-INF"

type metadata struct {
	Type  string `json:"type"`
	Label string `json:"label"`
}

// detect SOURCE METADATA: is this package chaincode that runs as a service?
func detect(arguments []string) error {
	if len(arguments) != 2 {
		return errors.New("use: detect SOURCE METADATA")
	}
	found, err := readMetadata(arguments[1])
	if err != nil {
		return err
	}
	if found.Type != "ccaas" {
		return fmt.Errorf("type %q is not ccaas", found.Type)
	}
	return nil
}

// build SOURCE METADATA OUTPUT: nothing to compile; keeps the label, which names the connection,
// and the database indexes that a package may bring.
func build(arguments []string) error {
	if len(arguments) != 3 {
		return errors.New("use: build SOURCE METADATA OUTPUT")
	}
	source, output := arguments[0], arguments[2]
	found, err := readMetadata(arguments[1])
	if err != nil {
		return err
	}
	if found.Label == "" || found.Label != filepath.Base(found.Label) {
		return fmt.Errorf("label %q in metadata.json cannot name a file", found.Label)
	}
	if err := os.WriteFile(filepath.Join(output, "label"), []byte(found.Label), 0o600); err != nil {
		return err
	}
	return copyFolder(filepath.Join(source, indexes), filepath.Join(output, indexes))
}

// release BUILD OUTPUT: how this department's peers reach the chaincode. Address and keys come from
// the department's own folder, never from the package, which is the same file for everybody.
func release(arguments []string) error {
	if len(arguments) != 2 {
		return errors.New("use: release BUILD OUTPUT")
	}
	built, output := arguments[0], arguments[1]
	label, err := os.ReadFile(filepath.Join(built, "label"))
	if err != nil {
		return err
	}
	connection, err := os.ReadFile(filepath.Join(os.Getenv(connections), string(label)+".json"))
	if err != nil {
		return fmt.Errorf("%w: does network.yaml name %s?", err, label)
	}
	folder := filepath.Join(output, "chaincode", "server")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, "connection.json"), connection, 0o600); err != nil {
		return err
	}
	return copyFolder(filepath.Join(built, indexes, "statedb"), filepath.Join(output, "statedb"))
}

func readMetadata(folder string) (metadata, error) {
	var found metadata
	content, err := os.ReadFile(filepath.Join(folder, "metadata.json"))
	if err == nil {
		err = json.Unmarshal(content, &found)
	}
	return found, err
}

// copyFolder copies a folder where there is one.
func copyFolder(from, to string) error {
	if _, err := os.Stat(from); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return os.CopyFS(to, os.DirFS(from))
}
