// Package kms signs checkpoints with a key that never leaves AWS KMS.
//
// It guarantees that whoever may call kms:Sign can sign and nobody else, and that every signature it gives out is one that
// the verifier key accepts: each is checked here, since a checkpoint is stored once and for ever. Each signature is one
// request; the public key is asked for once.
package kms

import (
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"golang.org/x/mod/sumdb/note"

	"github.com/photofinish/photofinish/shared/keys"
)

// Client is what is needed of *kms.Client.
type Client interface {
	GetPublicKey(context.Context, *kms.GetPublicKeyInput, ...func(*kms.Options)) (*kms.GetPublicKeyOutput, error)
	Sign(context.Context, *kms.SignInput, ...func(*kms.Options)) (*kms.SignOutput, error)
}

// signWithin bounds one signature, retries included: the signer's interface knows no context.
const signWithin = 5 * time.Second

// New returns the signer of a key (id or ARN, of the spec ECC_NIST_EDWARDS25519) under a name, and its verifier key.
func New(ctx context.Context, client Client, keyID, name string) (s note.Signer, verifier string, err error) {
	out, err := client.GetPublicKey(ctx, &kms.GetPublicKeyInput{KeyId: &keyID})
	if err != nil {
		return nil, "", fmt.Errorf("read the public key of %s: %w", name, err)
	}
	parsed, err := x509.ParsePKIXPublicKey(out.PublicKey)
	if err != nil {
		return nil, "", fmt.Errorf("read the public key of %s: %w", name, err)
	}
	public, ok := parsed.(ed25519.PublicKey)
	if !ok {
		return nil, "", fmt.Errorf("the key of %s is a %T; want Ed25519", name, parsed)
	}
	return keys.Signer(name, public, func(message []byte) ([]byte, error) {
		ctx, cancel := context.WithTimeout(context.Background(), signWithin)
		defer cancel()
		out, err := client.Sign(ctx, &kms.SignInput{
			KeyId: &keyID, Message: message, MessageType: types.MessageTypeRaw,
			SigningAlgorithm: types.SigningAlgorithmSpecEd25519Sha512,
		})
		if err != nil {
			return nil, fmt.Errorf("sign as %s: %w", name, err)
		}
		if !ed25519.Verify(public, message, out.Signature) {
			return nil, fmt.Errorf("sign as %s: the signature is not of the key that was read at the start; was the key replaced?", name)
		}
		return out.Signature, nil
	})
}
