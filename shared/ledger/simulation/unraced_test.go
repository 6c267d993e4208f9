//go:build !race

package simulation_test

// raced tells whether the race detector is on.
const raced = false
