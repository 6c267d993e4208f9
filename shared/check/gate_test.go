package check

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// special are addresses of every range that is not public, its edges among them, in every form that leads there.
var special = []string{
	"0.0.0.0", "0.255.255.255", "10.0.0.0", "10.1.2.3", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.1",
	"127.255.255.255", "169.254.0.0", "169.254.169.254", "169.254.170.2", "172.16.0.0", "172.31.255.255", "192.0.0.0",
	"192.0.0.192", "192.0.0.255", "192.0.2.1", "192.88.99.1", "192.168.0.0", "192.168.255.255", "198.18.0.0",
	"198.19.255.255", "198.51.100.7", "203.0.113.7", "224.0.0.1", "239.255.255.255", "240.0.0.0", "255.255.255.255",
	"::", "::1", "::7f00:1", "::a00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:0:127.0.0.1",
	"64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::",
	"2002:a9fe:a9fe::1", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fdff::1", "fe80::1", "fe80::1%eth0",
	"febf::1", "fec0::1", "ff02::1", "ff0e::1", "4000::1", "8000::1",
}

// public are addresses just outside of those ranges, and some that everybody knows.
var public = []string{
	"1.0.0.0", "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
	"128.0.0.1", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.167.255.255",
	"192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255", "::ffff:1.1.1.1", "2606:4700:4700::1111",
	"2a00:1450:4001:800::200e", "2400:cb00::1",
}

func TestOnlyPublicAddressesAreDialledAndOnlyOnWebPorts(t *testing.T) {
	for _, loopback := range []bool{false, true} {
		g := gate{loopback: loopback}
		for _, a := range special {
			ip := netip.MustParseAddr(a)
			open := loopback && ip.Unmap().IsLoopback()
			for _, port := range []uint16{0, 22, 80, 443, 8080, 9001} {
				err := g.control("tcp", netip.AddrPortFrom(ip, port).String(), nil)
				if open && err != nil || !open && !errors.Is(err, errNotPublic) {
					t.Errorf("loopback %v: %s port %d: %v", loopback, a, port, err)
				}
			}
		}
		for _, a := range public {
			for port, want := range map[uint16]error{
				80: nil, 443: nil, 0: errPort, 22: errPort, 25: errPort, 81: errPort, 8080: errPort, 8443: errPort, 65535: errPort,
			} {
				if err := g.control("tcp", netip.AddrPortFrom(netip.MustParseAddr(a), port).String(), nil); !errors.Is(err, want) {
					t.Errorf("loopback %v: %s port %d: %v, want %v", loopback, a, port, err, want)
				}
			}
		}
	}
}

func TestWhatIsNoAddressIsNotDialled(t *testing.T) {
	for _, a := range []string{"", "localhost:80", "127.0.0.1", "1.1.1.1:http", "[::1]", "example.com:443", "/run/docker.sock"} {
		if err := (gate{loopback: true}).control("tcp", a, nil); err == nil {
			t.Errorf("%q is dialled", a)
		}
	}
}

// served is a page on loopback that must not be reached; reached counts who did.
func served(t *testing.T) (*httptest.Server, *atomic.Int32) {
	t.Helper()
	reached := new(atomic.Int32)
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	t.Cleanup(s.Close)
	return s, reached
}

func TestLoopbackIsRefusedHoweverItIsWritten(t *testing.T) {
	s, reached := served(t)
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	w := newWeb(false, time.Second)
	for _, host := range []string{
		"127.0.0.1", "localhost", "LOCALHOST", "127.0.0.2", "127.1.2.3", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
		"0.0.0.0", "[::]",
	} {
		for _, at := range []string{"http://" + host + ":" + port + "/", "http://" + host + "/", "https://" + host + "/"} {
			page, err := w.fetch(t.Context(), at)
			if must, ok := errors.AsType[*repair](err); !ok || !strings.Contains(must.what, "public address") {
				t.Errorf("%s: %+v, %v", at, page, err)
			}
		}
	}
	// Other ways of writing it are left to the machine's resolver: whatever it makes of them, nothing is dialled.
	for _, host := range []string{"0x7f000001", "2130706433", "127.1", "0177.0.0.1", "127.0.0.1."} {
		if page, err := w.fetch(t.Context(), "http://"+host+":"+port+"/"); err == nil && page.Status != 0 {
			t.Errorf("%s was fetched: %+v", host, page)
		}
	}
	if reached.Load() != 0 {
		t.Errorf("loopback was reached %d times", reached.Load())
	}
}

// resolving answers every question for a name's addresses with these.
func resolving(t *testing.T, addresses ...string) *net.Resolver {
	t.Helper()
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go func() {
			defer theirs.Close()
			buffer := make([]byte, 2048)
			for {
				n, err := theirs.Read(buffer)
				if err != nil {
					return
				}
				// Over a stream a length of two bytes goes before each message, which may come apart from it.
				for n < 2 || n < 2+int(buffer[0])<<8+int(buffer[1]) {
					more, err := theirs.Read(buffer[n:])
					if err != nil {
						return
					}
					n += more
				}
				reply := answered(buffer[2:n], addresses)
				if _, err := theirs.Write(append([]byte{byte(len(reply) >> 8), byte(len(reply))}, reply...)); err != nil {
					return
				}
			}
		}()
		return ours, nil
	}}
}

// answered is the reply to a question of the DNS, which asks for the addresses of one name in one family.
func answered(question []byte, addresses []string) []byte {
	const header = 12
	end := header
	for question[end] != 0 {
		end += 1 + int(question[end])
	}
	end += 5 // the name's end, the type and the class
	family := question[end-3]
	reply := append([]byte{question[0], question[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, question[header:end]...)
	for _, a := range addresses {
		ip := netip.MustParseAddr(a)
		if ip.Is4() != (family == 1) || ip.Is6() != (family == 28) {
			continue
		}
		reply[7]++
		reply = append(reply, 0xc0, header, 0, family, 0, 1, 0, 0, 0, 1, 0, byte(len(ip.AsSlice())))
		reply = append(reply, ip.AsSlice()...)
	}
	return reply
}

func TestANameThatLeadsToAPrivateAddressIsRefusedWhateverItIsCalled(t *testing.T) {
	for name, addresses := range map[string][]string{
		"metadata": {"169.254.169.254"}, "private": {"10.0.0.7"}, "six": {"fd00:ec2::254"}, "mapped": {"::ffff:127.0.0.1"},
		"several": {"192.168.1.1", "127.0.0.1", "fe80::1"},
	} {
		w := newWeb(false, 2*time.Second)
		w.dialer.Resolver = resolving(t, addresses...)
		page, err := w.fetch(t.Context(), "http://"+name+".example.com/")
		must, ok := errors.AsType[*repair](err)
		if !ok || !strings.Contains(must.what, "public address") {
			t.Errorf("%s: %+v, %v", name, page, err)
			continue
		}
		for _, a := range addresses {
			if strings.Contains(must.what, a) {
				t.Errorf("%s: the team is told which address it is: %s", name, must.what)
			}
		}
	}
}

func TestWithLoopbackANameThatLeadsThereIsFetchedAndOneThatLeadsElsewhereIsNot(t *testing.T) {
	s, reached := served(t)
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	w := newWeb(true, 2*time.Second)
	w.dialer.Resolver = resolving(t, "127.0.0.1")
	if page, err := w.fetch(t.Context(), "http://mine.example.com:"+port+"/"); err != nil || page.Status != 200 || reached.Load() != 1 {
		t.Errorf("%+v, %v, reached %d times", page, err, reached.Load())
	}
	w.dialer.Resolver = resolving(t, "10.0.0.7")
	if page, err := w.fetch(t.Context(), "http://theirs.example.com/"); err == nil {
		t.Errorf("%+v", page)
	}
}

func TestTheProxyOfTheEnvironmentIsNotAsked(t *testing.T) {
	s, reached := served(t)
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"} {
		t.Setenv(name, s.URL)
	}
	w := newWeb(false, 2*time.Second)
	w.dialer.Resolver = resolving(t, "10.0.0.7")
	for _, at := range []string{"http://example.com/", "https://example.com/"} {
		if page, err := w.fetch(t.Context(), at); err == nil {
			t.Errorf("%s: %+v", at, page)
		}
	}
	if reached.Load() != 0 {
		t.Error("the proxy was asked")
	}
}
