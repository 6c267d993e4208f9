package config

import (
	"net/netip"
	"net/url"
)

// OnThisMachine tells whether a URL leads to this machine's loopback. An AWS endpoint that does is a cloud on this machine;
// any other, such as a VPC's, leads to AWS itself.
func OnThisMachine(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() == "localhost" || err == nil && ip.IsLoopback()
}
