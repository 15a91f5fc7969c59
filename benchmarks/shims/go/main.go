// The same chaincode as ours/bench_contract.py, on Go's bare shim.
package main

import (
	"fmt"
	"os"
	"strconv"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
)

type bench struct{}

func (bench) Init(shim.ChaincodeStubInterface) *peer.Response { return shim.Success(nil) }

func (bench) Invoke(stub shim.ChaincodeStubInterface) *peer.Response {
	function, args := stub.GetFunctionAndParameters()
	result, err := call(stub, function, args)
	if err != nil {
		return shim.Error(err.Error())
	}
	return shim.Success(result)
}

func call(stub shim.ChaincodeStubInterface, function string, args []string) ([]byte, error) {
	switch function {
	case "read":
		return stub.GetState(args[0])
	case "put":
		return nil, stub.PutState(args[0], []byte(args[1]))
	case "change":
		value, err := stub.GetState(args[0])
		if err != nil {
			return nil, err
		}
		return value, stub.PutState(args[0], []byte(args[1]))
	case "fill":
		return fill(stub, args)
	case "scan":
		return scan(stub, args)
	case "relay":
		response := stub.InvokeChaincode(args[0], [][]byte{[]byte("read"), []byte(args[1])}, "")
		if response.Status >= shim.ERRORTHRESHOLD {
			return nil, fmt.Errorf("%s", response.Message)
		}
		return response.Payload, nil
	}
	return nil, fmt.Errorf("no function %s", function)
}

func fill(stub shim.ChaincodeStubInterface, args []string) ([]byte, error) {
	count, err := strconv.Atoi(args[1])
	if err != nil {
		return nil, err
	}
	stub.StartWriteBatch()
	for number := range count {
		if err := stub.PutState(fmt.Sprintf("%s%06d", args[0], number), []byte(args[2])); err != nil {
			return nil, err
		}
	}
	return nil, stub.FinishWriteBatch()
}

func scan(stub shim.ChaincodeStubInterface, args []string) ([]byte, error) {
	rows, err := stub.GetStateByRange(args[0], args[1])
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	size := 0
	for rows.HasNext() {
		row, err := rows.Next()
		if err != nil {
			return nil, err
		}
		size += len(row.Value)
	}
	return []byte(strconv.Itoa(size)), nil
}

func main() {
	server := &shim.ChaincodeServer{
		CCID:     os.Getenv("CHAINCODE_ID"),
		Address:  os.Getenv("CHAINCODE_SERVER_ADDRESS"),
		CC:       bench{},
		TLSProps: shim.TLSProperties{Disabled: true},
	}
	if err := server.Start(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
