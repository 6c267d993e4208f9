package kms_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"golang.org/x/mod/sumdb/note"

	checkpoints "github.com/photofinish/photofinish/shared/keys/kms"
)

const (
	keyID = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	name  = "photofinish/finals"
)

// fake stands for AWS KMS: it really signs, with a key of its own, and fails as it is told.
type fake struct {
	public  crypto.PublicKey
	private ed25519.PrivateKey
	spki    []byte // instead of the public key, if set
	asked   int    // for the public key
	unread  error  // of GetPublicKey
	refused error  // of Sign
	hangs   bool   // Sign answers only when it is given up
}

func newFake(t *testing.T) *fake {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &fake{public: public, private: private}
}

func (f *fake) GetPublicKey(_ context.Context, in *kms.GetPublicKeyInput, _ ...func(*kms.Options)) (*kms.GetPublicKeyOutput, error) {
	f.asked++
	if f.unread != nil || *in.KeyId != keyID {
		return nil, errors.Join(f.unread, wrong("the key is "+*in.KeyId, *in.KeyId != keyID))
	}
	spki := f.spki
	if spki == nil {
		var err error
		if spki, err = x509.MarshalPKIXPublicKey(f.public); err != nil {
			return nil, err
		}
	}
	return &kms.GetPublicKeyOutput{PublicKey: spki}, nil
}

// Sign signs what it is given if it is asked as KMS wants to be asked for this kind of key.
func (f *fake) Sign(ctx context.Context, in *kms.SignInput, _ ...func(*kms.Options)) (*kms.SignOutput, error) {
	switch {
	case f.hangs:
		<-ctx.Done()
		return nil, ctx.Err()
	case f.refused != nil:
		return nil, f.refused
	}
	err := errors.Join(
		wrong("the key is "+*in.KeyId, *in.KeyId != keyID),
		wrong("the algorithm is "+string(in.SigningAlgorithm), in.SigningAlgorithm != types.SigningAlgorithmSpecEd25519Sha512),
		wrong("the message is a "+string(in.MessageType), in.MessageType != types.MessageTypeRaw),
		wrong("the message is longer than KMS takes", len(in.Message) > 4096),
	)
	if err != nil {
		return nil, err
	}
	return &kms.SignOutput{Signature: ed25519.Sign(f.private, in.Message)}, nil
}

func wrong(what string, is bool) error {
	if !is {
		return nil
	}
	return errors.New(what)
}

const text = "photofinish/finals\n7\nqUvzZ1J2bV0tMf4bmHuBm0cVd2X0mBv9x0S4S1H0k5A=\nblock 1\nthrough 1764000000123.000\n"

func TestANoteThatKMSSignedOpensUnderTheVerifierKey(t *testing.T) {
	f := newFake(t)
	s, key, err := checkpoints.New(t.Context(), f, keyID, name)
	if err != nil {
		t.Fatal(err)
	}
	v, err := note.NewVerifier(key)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		signed, err := note.Sign(&note.Note{Text: text}, s)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := note.Open(signed, note.VerifierList(v)); err != nil || got.Text != text || got.Sigs[0].Name != name {
			t.Errorf("opened %v, %v", got, err)
		}
	}
	if f.asked != 1 {
		t.Errorf("the public key was asked for %d times, want once", f.asked)
	}
}

func TestAKeyThatCannotSignCheckpointsIsRefusedAtTheStart(t *testing.T) {
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	denied := &types.NotFoundException{Message: new(string)}
	for what, c := range map[string]struct {
		change func(*fake)
		says   string
	}{
		"of another kind": {func(f *fake) { f.public = &other.PublicKey }, "want Ed25519"},
		"no key at all":   {func(f *fake) { f.spki = []byte{} }, "read the public key of " + name},
		"damaged":         {func(f *fake) { f.spki = []byte("MCowBQYDK2VwAyEA") }, "read the public key of " + name},
		"not to be found": {func(f *fake) { f.unread = denied }, "read the public key of " + name},
	} {
		t.Run(what, func(t *testing.T) {
			f := newFake(t)
			c.change(f)
			_, _, err := checkpoints.New(t.Context(), f, keyID, name)
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %q in it", err, c.says)
			}
			if f.unread != nil && !errors.Is(err, f.unread) {
				t.Errorf("%v hides what KMS said", err)
			}
		})
	}
}

func TestWhatKMSDeniesIsNotSigned(t *testing.T) {
	f := newFake(t)
	s, _, err := checkpoints.New(t.Context(), f, keyID, name)
	if err != nil {
		t.Fatal(err)
	}
	f.refused = &types.DisabledException{}
	_, err = note.Sign(&note.Note{Text: text}, s)
	if disabled := (*types.DisabledException)(nil); !errors.As(err, &disabled) || !strings.Contains(err.Error(), name) {
		t.Errorf("got %v", err)
	}
	f.refused = nil
	if _, err := note.Sign(&note.Note{Text: text}, s); err != nil {
		t.Errorf("and once it is allowed again: %v", err)
	}
}

func TestASignatureThatDoesNotComeIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		s, _, err := checkpoints.New(t.Context(), f, keyID, name)
		if err != nil {
			t.Fatal(err)
		}
		f.hangs = true
		began := time.Now()
		_, err = note.Sign(&note.Note{Text: text}, s)
		if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || took != 5*time.Second {
			t.Errorf("got %v after %s", err, took)
		}
	})
}

func TestASignatureThatTheVerifierKeyWouldNotAcceptIsNotGivenOut(t *testing.T) {
	f := newFake(t)
	s, _, err := checkpoints.New(t.Context(), f, keyID, name)
	if err != nil {
		t.Fatal(err)
	}
	f.private = newFake(t).private // an alias that was pointed to another key
	if signed, err := note.Sign(&note.Note{Text: text}, s); err == nil || !strings.Contains(err.Error(), "replaced") {
		t.Errorf("signed %q, %v", signed, err)
	}
}
