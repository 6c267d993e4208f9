//go:build race

package simulation_test

// raced tells whether the race detector is on, under which everything takes ten times as long.
const raced = true
