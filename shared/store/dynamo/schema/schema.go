// Package schema names what store/dynamo's table consists of, for the code that reads it and for the infrastructure
// that makes it. It imports nothing, so that both can afford it.
//
// It is not the ledger's layout: what lies under which key is for the store's users to know.
package schema

// The attributes of an item. Partition and Sort are the table's key, all of them strings but Version, a number.
const (
	Partition = "pk"
	Sort      = "sk"
	Version   = "v"
	Body      = "body"
)
