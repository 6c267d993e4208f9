package proof

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/scripts/jam/internal/client"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/audit"
	"github.com/photofinish/photofinish/shared/ledger"
)

// atServer looks the receipts up at the Jam at --url, which must prove each entry's inclusion in a tree that it has signed.
// Keys that were given win over those that it names.
func (r *ReceiptVerify) atServer(ctx context.Context, app *cli.App, kept []audit.Kept, k keyring) (all []verified, err error) {
	from := app.AnyToken()
	if k.receipts == nil || k.checkpoints == nil {
		view, err := from.Jam(ctx)
		if err != nil {
			return nil, err
		}
		for _, text := range []string{view.ReceiptKey, view.CheckpointKey} {
			if err := k.add(text); err != nil {
				return nil, fmt.Errorf("the Jam's key %.80q: %w", text, err)
			}
		}
		if k.receipts == nil || k.checkpoints == nil {
			return nil, errors.New("the Jam does not name its keys; give them with --key")
		}
		app.Notef("The Jam at %s names its own keys. Whoever must not trust it gives the published ones with --key.\n", app.Globals.URL)
	}
	p := begin(app, "look up")
	defer p.end()
	for i, one := range kept {
		v, receipt := k.open(one)
		if receipt != nil {
			if err := lookUp(ctx, from, *receipt, k, &v); err != nil {
				return nil, err
			}
		}
		all = append(all, v)
		p.at(int64(i+1), int64(len(kept)), "receipts")
	}
	return all, nil
}

// lookUp asks for the proof of one receipt's entry, and checks it. The error is one of asking.
func lookUp(ctx context.Context, from *client.Client, r ledger.Receipt, k keyring, v *verified) error {
	view, err := from.Proof(ctx, r.Stamp)
	problem, refused := errors.AsType[*client.Problem](err)
	switch {
	case refused && problem.Kind() == string(api.Frozen):
		v.State = hidden
	case refused && problem.Kind() == string(api.NotSealed):
		v.State, v.Says, err = notSealed(ctx, from, r, k)
		return err
	case err != nil:
		return err
	case tlog.RecordHash([]byte(view.Leaf)) != r.Leaf || view.Stamp != r.Stamp:
		v.State = audit.Changed
	default:
		if wrong := included(view, r, k); wrong != "" {
			v.State, v.Says = audit.Missing, wrong
			return nil
		}
		v.State, v.Seq = audit.Sealed, &view.Seq
	}
	v.Says = saying(v.State)
	return nil
}

// included checks an inclusion proof and the checkpoint that it goes by; what is wrong with it, or nothing.
func included(view api.ProofView, r ledger.Receipt, k keyring) string {
	c, err := ledger.OpenCheckpoint(view.Checkpoint, k.checkpoints)
	if err != nil {
		return k.unsigned(err)
	}
	if c.Origin != ledger.CheckpointKeyName(r.Jam) || c.Tree.N != view.TreeSize {
		return unproven("its checkpoint is of another tree than the proof")
	}
	proof := make(tlog.RecordProof, len(view.Hashes))
	for i, text := range view.Hashes {
		b, err := base64.StdEncoding.DecodeString(text)
		if err != nil || len(b) != tlog.HashSize {
			return unproven("the proof is malformed")
		}
		copy(proof[i][:], b)
	}
	if err := tlog.CheckRecord(proof, c.Tree.N, c.Tree.Hash, view.Seq, r.Leaf); err != nil {
		return unproven("the proof does not lead to the tree that was signed")
	}
	return ""
}

// unproven says what is wrong with what the Jam gave for a proof.
func unproven(why string) string {
	return "The Jam does not prove it: " + why + ". Show it to the organisers."
}

// unsigned says what it means that a checkpoint could not be opened.
func (k keyring) unsigned(err error) string {
	if ledger.ByAnotherKey(err) && slices.Contains(k.given, k.checkpoints) {
		return ledger.OtherKey("The Jam's proof of it", k.checkpoints)
	}
	return unproven("its checkpoint is not signed by the Jam's key")
}

// notSealed tells what it means that an entry is not sealed: nothing, unless everything up to its stamp is. A receipt is
// given when its entry is durable, which mostly is long before its place is sealed; what was committed late is found within
// ledger.LookBack.
func notSealed(ctx context.Context, from *client.Client, r ledger.Receipt, k keyring) (audit.State, string, error) {
	text, err := from.Checkpoint(ctx)
	if problem, ok := errors.AsType[*client.Problem](err); ok && problem.Kind() == string(api.NotSealed) {
		return audit.NotSealed, saying(audit.NotSealed), nil
	}
	if err != nil {
		return "", "", err
	}
	c, err := ledger.OpenCheckpoint(text, k.checkpoints)
	switch {
	case err != nil:
		return audit.Missing, k.unsigned(err), nil
	case c.Through.Before(r.Stamp):
		return audit.NotSealed, saying(audit.NotSealed), nil
	case c.Through.Milli-r.Stamp.Milli < ledger.LookBack.Milliseconds():
		return audit.NotSealed, "It is signed by the Jam's key. The ledger is sealed beyond its place and does not hold it yet: check again in a quarter of an hour.", nil
	}
	return audit.Missing, saying(audit.Missing), nil
}
