package organize

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
)

// part is one of the commands of a request that holds many. Each has a key of its own, made from the request's, so that a
// repeat finds what was carried out and carries out the rest. Each is stamped when its turn comes, for the last of many
// may come later than the ledger would still stamp with the request's own time; and none of them is a race.
func (s *service) part(req *api.Request, i int) (received rules.Received, key string) {
	return s.Ledger.ReceivedNow(req.ID), fmt.Sprintf("%s/%d", req.Key, i)
}

// fingerprint is that of the whole request.
func (s *service) fingerprint(req *api.Request) string {
	return s.Ledger.Fingerprint(req.Method, req.Path, req.Body)
}

// outcome tells one command's failure beside the others' outcomes. What is a fault of ours is no outcome but fails the
// request, which may be repeated with its key.
func outcome(err error) (kind api.Kind, detail string, failed error) {
	p := api.ProblemOf(err)
	if p.Kind() == api.Internal {
		return "", "", err
	}
	return p.Kind(), p.Detail, nil
}

// single is the error that answers a request for one thing only: its refusal, rather than a list that holds it.
func single(n int, err error) error {
	if _, reused := errors.AsType[*ledger.KeyReused](err); n == 1 || reused {
		return err
	}
	return nil
}

// withBody sets the body of a reply that is put together after the commits.
func withBody(done ledger.Done, reply any) (ledger.Done, error) {
	body, err := json.Marshal(reply)
	if err != nil {
		return ledger.Done{}, fmt.Errorf("encode a reply: %w", err)
	}
	done.Body = body
	return done, nil
}
