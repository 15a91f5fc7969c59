package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

const patience = 4 * time.Second

// gRPC's status for a service that a server does not have.
const unimplemented = "12"

// health asks the server in this container: `health grpc|https|tls ADDRESS FOLDER`, where the folder
// holds the server's own server.crt and server.key and its authority's ca.crt. Of several such triples
// all must answer.
//
// An open port proves little: the kernel accepts for a program that hangs. So the server must show
// the certificate that it should have and, where it is a node of Fabric, answer a call.
func health(arguments []string) error {
	if len(arguments) == 0 || len(arguments)%3 != 0 {
		return errors.New("use: health grpc|https|tls ADDRESS FOLDER …")
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for ; len(arguments) > 0; arguments = arguments[3:] {
		if err := ask(ctx, arguments[0], arguments[1], arguments[2]); err != nil {
			return err
		}
	}
	return nil
}

func ask(ctx context.Context, kind, address, folder string) error {
	pem, err := os.ReadFile(filepath.Join(folder, "ca.crt"))
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return fmt.Errorf("%s/ca.crt holds no certificate", folder)
	}
	own, err := tls.LoadX509KeyPair(filepath.Join(folder, "server.crt"), filepath.Join(folder, "server.key"))
	if err != nil {
		return err
	}
	settings := &tls.Config{
		RootCAs:      roots,
		Certificates: []tls.Certificate{own},
		NextProtos:   []string{"h2"},
		MinVersion:   tls.VersionTLS12,
	}
	switch kind {
	case "grpc":
		return serves(ctx, address, settings)
	case "https":
		return answers(ctx, address, settings)
	case "tls":
		return shakesHands(ctx, address, settings)
	}
	return fmt.Errorf("%q is none of grpc, https, tls", kind)
}

// answers asks for a page, e.g. 127.0.0.1:7002/healthz, which must be there.
func answers(ctx context.Context, page string, settings *tls.Config) error {
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: settings, ForceAttemptHTTP2: true}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+page, nil)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", page, response.Status)
	}
	return nil
}

func shakesHands(ctx context.Context, address string, settings *tls.Config) error {
	connection, err := (&tls.Dialer{NetDialer: &net.Dialer{}, Config: settings}).DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	return connection.Close()
}

// serves makes the one call of gRPC's health protocol: an empty request, answered by {status: 1}.
// Fabric's nodes do not all offer it; one that says so over gRPC has answered too.
func serves(ctx context.Context, address string, settings *tls.Config) error {
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: settings, ForceAttemptHTTP2: true}}
	empty := bytes.NewReader(make([]byte, 5)) // one flag and a length of four bytes: nothing follows
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://"+address+"/grpc.health.v1.Health/Check", empty)
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/grpc")
	request.Header.Set("TE", "trailers")
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, 1024))
	if err != nil {
		return err
	}
	status := response.Header.Get("Grpc-Status") + response.Trailer.Get("Grpc-Status")
	if status == unimplemented || bytes.HasSuffix(answer, []byte{0x08, 0x01}) {
		return nil
	}
	return fmt.Errorf("not serving: answer %x, status %q", answer, status)
}
