package ledger

import "github.com/photofinish/photofinish/shared/config"

// Rights are the partitions of the table that a function may read, and those that it may put items into, as patterns in
// which * stands for anything. Nobody may update or delete.
type Rights struct{ Read, Put []string }

// Rights are what each function needs of a Jam's items and no more; a function that is not in it has none. On AWS they
// become the policies of its role, and everywhere its store is held to them (store/confined), so that a right which lacks
// shows in every test and not only where policies know a request's keys.
func (k Keys) Rights() map[string]Rights {
	entries, team, jamState := k.AllShards(), k.State("*").Partition, k.State("").Partition
	roster, organizers := k.Profile("").Partition, k.Organizer("").Partition
	note, report := k.NoteOf(), k.ReportOf()
	published, sealed := k.Definition("", 0).Partition, k.Sealed("", 0).Partition
	blocks, checkpoints := k.Block(0).Partition, k.Checkpoint(0).Partition
	return map[string]Rights{
		config.Play: {
			// Organisers' credentials too: whose token it is can only be told by looking.
			Read: []string{entries, team, jamState, roster, organizers, sealed},
			Put:  []string{entries, team, note, report},
		},
		config.Board: {Read: []string{entries, team, jamState, roster, organizers, published, blocks, checkpoints}},
		config.Organize: {
			Read: []string{entries, team, jamState, roster, organizers, note, report, published, blocks, checkpoints, sealed},
			Put:  []string{entries, team, jamState, roster, published, sealed},
		},
		config.Relay:    {Read: []string{team, jamState, published}},
		config.Judge:    {Read: []string{entries, team, jamState, published}, Put: []string{entries, team}},
		config.Sequence: {Read: []string{entries, team, jamState, roster, published, blocks, checkpoints}, Put: []string{blocks, checkpoints}},
		config.Setup:    {Read: []string{entries, jamState, published, sealed}, Put: []string{entries, jamState, published, sealed}},
	}
}
