package wire

import (
	"bytes"
	"errors"
	"net/netip"
	"strconv"
)

// The address families of inet_send; 3 is Postgres' own.
const (
	inetIPv4 = 2
	inetIPv6 = 3
)

// readInet reads an inet or cidr into the text of its output function. (The
// cast to text differs: it writes the length of the netmask always.) The form
// is family, bits of the netmask, whether it is a cidr, bytes, address.
func readInet(dst, src []byte) ([]byte, error) {
	if len(src) != 8 && len(src) != 20 {
		return dst, errForm
	}
	if int(src[3]) != len(src)-4 || src[2] > 1 {
		return dst, errForm
	}
	addr, _ := netip.AddrFromSlice(src[4:])
	bits, full := int(src[1]), addr.BitLen()
	family := byte(inetIPv4)
	if full == 128 {
		family = inetIPv6
	}
	if src[0] != family || bits > full {
		return dst, errForm
	}
	at := len(dst)
	dst = append(dst, 0)
	dst = appendAddr(dst, addr, src[4:])
	if bits != full || src[2] == 1 {
		dst = append(dst, '/')
		dst = strconv.AppendInt(dst, int64(bits), 10)
	}
	return closeLength(dst, at), nil
}

// appendAddr writes an address as inet_out does. It differs from netip in one
// form: ::1.2.3.4, the IPv4-compatible addresses.
func appendAddr(dst []byte, addr netip.Addr, raw []byte) []byte {
	if len(raw) == 16 && isZero(raw[:12]) && !isZero(raw[12:14]) {
		v4, _ := netip.AddrFromSlice(raw[12:])
		return v4.AppendTo(append(dst, "::"...))
	}
	return addr.AppendTo(dst)
}

func writeInet(dst []byte, _ uint64, b []byte) ([]byte, error) {
	prefix, err := parsePrefix(b)
	if err != nil {
		return dst, invalid("%s is not an IP address, with or without the length of a netmask", shown(b))
	}
	return appendPrefix(dst, prefix, 0), nil
}

func writeCidr(dst []byte, _ uint64, b []byte) ([]byte, error) {
	prefix, err := parsePrefix(b)
	if err != nil {
		return dst, invalid("%s is not a network: an IP address and the length of its netmask", shown(b))
	}
	if prefix.Masked() != prefix {
		return dst, invalid("%s has bits to the right of its netmask, which no cidr has; the network is %q", shown(b), prefix.Masked())
	}
	return appendPrefix(dst, prefix, 1), nil
}

// parsePrefix parses an address, which stands for itself alone, or a prefix.
func parsePrefix(b []byte) (netip.Prefix, error) {
	if bytes.IndexByte(b, '/') >= 0 {
		return netip.ParsePrefix(string(b))
	}
	addr, err := netip.ParseAddr(string(b))
	if err != nil {
		return netip.Prefix{}, err
	}
	if addr.Zone() != "" {
		return netip.Prefix{}, errors.New("an inet has no zone")
	}
	return netip.PrefixFrom(addr, addr.BitLen()), nil
}

func appendPrefix(dst []byte, prefix netip.Prefix, cidr byte) []byte {
	addr := prefix.Addr()
	if addr.Is4() {
		raw := addr.As4()
		return append(append(dst, inetIPv4, byte(prefix.Bits()), cidr, 4), raw[:]...)
	}
	raw := addr.As16()
	return append(append(dst, inetIPv6, byte(prefix.Bits()), cidr, 16), raw[:]...)
}
