// Package server runs a whole Jam on one machine: the functions' handlers over store/sqlite in a data folder, the
// sequencer beside them, and the fold fed by what this process commits.
//
// It guarantees that a data folder is used by one process at a time, that starting again after a crash at any line goes
// on where it stopped, and that tokens and keys are readable by their owner only. It is wiring: it decides nothing.
package server
