package check

import (
	"errors"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
)

// gate decides about an address when it has been resolved and is about to be dialled: whatever a name pointed to a moment
// ago, and whoever resolved it, this is where the connection would go.
type gate struct{ loopback bool }

var (
	errNotPublic = errors.New("it does not lead to a public address")
	errPort      = errors.New("only the ports 80 and 443 are looked at")
)

// global is where IPv6 addresses that are anybody's come from. Whatever lies outside is special or not given out.
var global = netip.MustParsePrefix("2000::/3")

// closed are the ranges that are not public, or that lead back into somebody's network: IANA's registries of special
// addresses, and the ways through which IPv4 ones may be reached. Some lie outside of global and stand here to be read.
var closed = func() []netip.Prefix {
	var all []netip.Prefix
	for _, p := range []string{
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
		"192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
		"224.0.0.0/4", "240.0.0.0/4",
		"::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
		"5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
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
	if !ip.Is4() && !global.Contains(ip) {
		return errNotPublic
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

// admitsHost tells an author what can be known of an address before it is resolved.
func (g gate) admitsHost(u *url.URL) error {
	host := strings.ToLower(u.Hostname())
	port := map[string]uint64{"http": 80, "https": 443}[u.Scheme]
	if p := u.Port(); p != "" {
		var err error
		if port, err = strconv.ParseUint(p, 10, 16); err != nil {
			return errPort
		}
	}
	ip, err := netip.ParseAddr(host)
	switch {
	case err == nil:
		return g.admits(netip.AddrPortFrom(ip, uint16(port)))
	case host == "localhost" || strings.HasSuffix(host, ".localhost"):
		return g.admits(netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(port)))
	case port != 80 && port != 443:
		return errPort
	}
	return nil
}
