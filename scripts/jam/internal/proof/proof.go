// Package proof holds jam's commands that let nobody have to take a result on trust: export takes a ledger home, audit
// checks one, receipt verify checks what a team was given.
//
// They guarantee that a file is written whole or not at all, that what does not hold is told in words and by the exit
// code, and that nothing but export and receipt verify asks a server anything. They decide nothing: what is checked, and
// how, is shared/audit's.
package proof

// Proof is the commands, for the command line.
type Proof struct {
	Export Export `cmd:"" group:"organiser" help:"Write the whole ledger to a file, for an audit."`
	Audit  Audit  `cmd:"" group:"public" help:"Check an archive: that the result follows from the record, and the record from what was signed."`

	Receipt struct {
		Verify ReceiptVerify `cmd:"" help:"Check receipts: who signed them, and that the ledger holds what they prove."`
	} `cmd:"" group:"participant" help:"Your team's receipts: check them."`
}
