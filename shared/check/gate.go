package check

import (
	"errors"
	"net/netip"
	"syscall"
)

// gate decides about an address when it has been resolved and is about to be dialled: whatever a name pointed to a moment
// ago, and whoever resolved it, this is where the connection would go.
type gate struct{ loopback bool }

var (
	errNotPublic = errors.New("it does not lead to a public address")
	errPort      = errors.New("only the ports 80 and 443 are looked at")
)

// closed are the ranges that are not public, or that lead back into somebody's network: RFC 6890's registries of special
// addresses, and NAT64, behind which any of them may be.
var closed = func() []netip.Prefix {
	var all []netip.Prefix
	for _, p := range []string{
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
		"192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
		"224.0.0.0/4", "240.0.0.0/4",
		"::/128", "::1/128", "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16",
		"fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
	} {
		all = append(all, netip.MustParsePrefix(p))
	}
	return all
}()

// control is a net.Dialer's.
func (g gate) control(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return errNotPublic
	}
	return g.admits(at)
}

func (g gate) admits(at netip.AddrPort) error {
	ip := at.Addr().Unmap().WithZone("") // ::ffff:127.0.0.1 is 127.0.0.1
	if g.loopback && ip.IsLoopback() {
		return nil
	}
	for _, p := range closed {
		if p.Contains(ip) {
			return errNotPublic
		}
	}
	if port := at.Port(); port != 80 && port != 443 {
		return errPort
	}
	return nil
}
