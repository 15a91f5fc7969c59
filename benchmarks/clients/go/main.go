// The benchmark's client with fabric-gateway's Go client: tasks as JSON lines in, figures out.
package main

import (
	"bufio"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/hyperledger/fabric-gateway/pkg/client"
	"github.com/hyperledger/fabric-gateway/pkg/hash"
	"github.com/hyperledger/fabric-gateway/pkg/identity"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
)

type task struct {
	Kind     string `json:"kind"`
	Mark     string `json:"mark"`
	Count    int64  `json:"count"`
	InFlight int    `json:"in_flight"`
}

type answer struct {
	Milliseconds []float64 `json:"ms"`
	Lost         int       `json:"lost"`
	First        []string  `json:"first"`
	Seconds      float64   `json:"seconds"`
	CPU          float64   `json:"cpu"`
}

var value = strings.Repeat("v", 100)

func main() {
	given := map[string]string{}
	check(json.Unmarshal(read(os.Args[1]), &given))
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(read(given["roots"]))
	connection, err := grpc.NewClient(
		given["host"]+":"+given["port"],
		grpc.WithTransportCredentials(credentials.NewClientTLSFromCert(roots, "")),
	)
	check(err)
	defer connection.Close()
	certificate, err := identity.CertificateFromPEM(read(given["certificate"]))
	check(err)
	id, err := identity.NewX509Identity(given["mspid"], certificate)
	check(err)
	key, err := identity.PrivateKeyFromPEM(read(given["key"]))
	check(err)
	sign, err := identity.NewPrivateKeySign(key)
	check(err)
	gateway, err := client.Connect(
		id, client.WithSign(sign), client.WithHash(hash.SHA256),
		client.WithClientConnection(connection),
		client.WithEvaluateTimeout(time.Minute), client.WithEndorseTimeout(time.Minute),
		client.WithSubmitTimeout(time.Minute), client.WithCommitStatusTimeout(time.Minute),
	)
	check(err)
	defer gateway.Close()
	contract := gateway.GetNetwork(given["channel"]).GetContract(given["chaincode"])
	fmt.Println(`{"ready": true}`)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var wanted task
		check(json.Unmarshal(lines.Bytes(), &wanted))
		told, err := json.Marshal(run(contract, wanted))
		check(err)
		fmt.Println(string(told))
	}
}

func run(contract *client.Contract, wanted task) answer {
	found := answer{Milliseconds: []float64{}, First: []string{}}
	var next atomic.Int64
	var guard sync.Mutex
	var all sync.WaitGroup
	before, began := cpu(), time.Now()
	for range wanted.InFlight {
		all.Go(func() {
			for number := next.Add(1) - 1; number < wanted.Count; number = next.Add(1) - 1 {
				start := time.Now()
				err := call(contract, wanted, number)
				taken := time.Since(start)
				guard.Lock()
				if err != nil {
					found.Lost++
					found.First = []string{err.Error()}
				} else {
					found.Milliseconds = append(found.Milliseconds, taken.Seconds()*1000)
				}
				guard.Unlock()
			}
		})
	}
	all.Wait()
	found.Seconds = time.Since(began).Seconds()
	found.CPU = cpu() - before
	return found
}

func call(contract *client.Contract, wanted task, number int64) error {
	if wanted.Kind == "evaluate" {
		_, err := contract.EvaluateTransaction("read", fmt.Sprintf("row%06d", number%100))
		return err
	}
	_, err := contract.SubmitTransaction("put", fmt.Sprintf("%s%d", wanted.Mark, number), value)
	return err
}

func cpu() float64 {
	var used syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	return time.Duration(used.Utime.Nano() + used.Stime.Nano()).Seconds()
}

func read(path string) []byte {
	content, err := os.ReadFile(path)
	check(err)
	return content
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
