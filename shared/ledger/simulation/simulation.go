// Package simulation plays whole Jams in a world that one seed decides, and holds everything that the core promises
// against what happened. It has tests only.
//
// In that world teams, judges, organisers (who also certify), the relay, sequencers and readers are coroutines over a store in memory, each
// call of which is two places where others may move: before it is carried out and after. Each has its own clock. Requests
// and replies get lost, commits arrive minutes late, processes stop for a while or crash at any call and begin again from
// the store alone. No goroutine runs beside it and no wall clock is read, so a seed does the same every time, on every
// machine; what a crash leaves is what the store holds and what somebody had been told.
//
// The promises are held at every commit, at every reply and at every board that is read, and once more when all is over
// (promises_test.go lists them). None of them knows of a particular mistake: that they find mistakes is shown by the
// mutation table of docs/correctness.md, for which some three dozen are made on purpose.
//
//	go test ./shared/ledger/simulation -seeds 1000             # that many seeds
//	go test ./shared/ledger/simulation -seed 17 -v             # one seed again, with its whole trace
//	go test ./shared/ledger/simulation -seed 17 -off 'reader,fault/crash'  # without some of it, as a failure prints it
//	go test ./shared/ledger/simulation -run Mistake -mutants 200 -update   # the table anew
//
// It does not test a store (store/storetest does), HTTP, or the board's rules by themselves (shared/board does).
package simulation
