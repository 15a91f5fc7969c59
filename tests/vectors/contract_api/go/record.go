package main

// Calls every function without a peer and prints what went in and what came out.

import (
	"encoding/json"
	"os"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"
)

// stub answers the one question that the contract API asks of a stub before it calls a function.
type stub struct {
	shim.ChaincodeStubInterface
	args []string
}

func (s *stub) GetFunctionAndParameters() (string, []string) { return s.args[0], s.args[1:] }
func (s *stub) GetCreator() ([]byte, error)                  { return nil, nil }

type call struct {
	Args    []string `json:"args"`
	Status  int32    `json:"status"`
	Payload string   `json:"payload"`
	Message string   `json:"message,omitempty"`
}

func record(chaincode *contractapi.ContractChaincode) {
	var calls [][]string
	if err := json.NewDecoder(os.Stdin).Decode(&calls); err != nil {
		panic(err)
	}
	made := []call{}
	for _, args := range calls {
		response := chaincode.Invoke(&stub{args: args})
		made = append(made, call{args, response.Status, string(response.Payload), response.Message})
	}
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	if err := out.Encode(made); err != nil {
		panic(err)
	}
}
