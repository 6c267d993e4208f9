// Package api is the HTTP edge that operations share: what travels (wire.go), how a request is read and stamped, who
// makes it, and how refusals and failures become problem+json, in one place.
//
// It guarantees that a body is read whole, within 64 KB, before the request is stamped; that an error nobody foresaw is
// a 500 with a request id and no detail; and that no answer and no token is ever logged. It declares no operation: those
// are the functions'.
package api
