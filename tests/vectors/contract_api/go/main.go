// A chaincode on fabric-contract-api-go whose metadata and payloads are test data: every kind of
// argument and result that the contract API has.
package main

import (
	"fmt"
	"os"
	"time"

	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"
)

// Place is where something lies.
type Place struct {
	Street string  `json:"street"`
	Lat    float64 `json:"lat"`
}

// Asset has a field of every kind.
type Asset struct {
	ID       string            `json:"id"`
	Count    int               `json:"count"`
	Small    uint8             `json:"small"`
	Big      uint64            `json:"big"`
	Worth    float64           `json:"worth"`
	Sold     bool              `json:"sold"`
	Made     time.Time         `json:"made"`
	Picture  []byte            `json:"picture"`
	Tags     []string          `json:"tags"`
	Labels   map[string]string `json:"labels"`
	Place    Place             `json:"place"`
	Note     string            `json:"note,omitempty" metadata:",optional"`
	Class    string            `json:"class"`
	Any      interface{}       `json:"any,omitempty" metadata:",optional"`
	Parents  []Asset           `json:"parents,omitempty" metadata:",optional"`
}

// Assets is the contract.
type Assets struct {
	contractapi.Contract
}

// Put writes nothing and returns what came.
func (a *Assets) Put(ctx contractapi.TransactionContextInterface, asset *Asset) (*Asset, error) {
	return asset, nil
}

// Missing returns no asset.
func (a *Assets) Missing(ctx contractapi.TransactionContextInterface) (*Asset, error) {
	return nil, nil
}

// Delete returns nothing at all.
func (a *Assets) Delete(ctx contractapi.TransactionContextInterface, id string) error {
	return nil
}

// Text, and the rest: one basic type each.
func (a *Assets) Text(ctx contractapi.TransactionContextInterface, v string) string { return v }
func (a *Assets) Whole(ctx contractapi.TransactionContextInterface, v int) int      { return v }
func (a *Assets) Byte(ctx contractapi.TransactionContextInterface, v uint8) uint8   { return v }
func (a *Assets) Long(ctx contractapi.TransactionContextInterface, v uint64) uint64 { return v }
func (a *Assets) Real(ctx contractapi.TransactionContextInterface, v float64) float64 {
	return v
}
func (a *Assets) Single(ctx contractapi.TransactionContextInterface, v float32) float32 {
	return v
}
func (a *Assets) Truth(ctx contractapi.TransactionContextInterface, v bool) bool { return v }
func (a *Assets) When(ctx contractapi.TransactionContextInterface, v time.Time) time.Time {
	return v
}
func (a *Assets) Raw(ctx contractapi.TransactionContextInterface, v []byte) []byte { return v }
func (a *Assets) List(ctx contractapi.TransactionContextInterface, v []string) []string {
	return v
}
func (a *Assets) NoList(ctx contractapi.TransactionContextInterface) []string { return nil }
func (a *Assets) All(ctx contractapi.TransactionContextInterface, v []Asset) ([]*Asset, error) {
	out := []*Asset{}
	for i := range v {
		out = append(out, &v[i])
	}
	return out, nil
}
func (a *Assets) Map(ctx contractapi.TransactionContextInterface, v map[string]int) map[string]int {
	return v
}
func (a *Assets) Pair(ctx contractapi.TransactionContextInterface, v [2]int, s string, b bool) string {
	return fmt.Sprint(v, s, b)
}

// GetEvaluateTransactions names what only reads.
func (a *Assets) GetEvaluateTransactions() []string {
	return []string{"Text", "Whole", "Byte", "Long", "Real", "Single", "Truth", "When", "Raw", "List", "NoList", "All", "Map", "Pair", "Missing"}
}

// Notes is a second contract.
type Notes struct {
	contractapi.Contract
}

// Say returns what came.
func (n *Notes) Say(ctx contractapi.TransactionContextInterface, text string) string { return text }

func main() {
	assets := new(Assets)
	assets.Name = "assets"
	assets.Info.Description = "Assets with a field of every kind."
	notes := new(Notes)
	notes.Name = "org.example.notes"
	chaincode, err := contractapi.NewChaincode(assets, notes)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	chaincode.Info.Title = "assets"
	chaincode.Info.Version = "1.0.0"
	if len(os.Args) > 1 && os.Args[1] == "record" {
		record(chaincode)
		return
	}
	if err := chaincode.Start(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
