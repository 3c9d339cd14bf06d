package transport

import (
	"context"
	"log/slog"
	"net"
)

// Options say how a listener is protected.
type Options struct {
	// TLS is what the server encrypts with; nil means plain text. The listener
	// itself hands out bare connections: it is for the server to use
	// [Certificates.Config].
	TLS *Certificates
	// AllowPlaintext allows plain text off loopback, for a proxy in front that
	// ends TLS. It is logged as a warning every time.
	AllowPlaintext bool
	// Logger gets the warning. nil discards it.
	Logger *slog.Logger
}

// PlaintextError says that a listener would have taken plain text from other
// machines. Nothing was opened.
type PlaintextError struct{ Address string }

// Error implements error.
func (e *PlaintextError) Error() string {
	return "transport: " + e.Address + " can be reached from other machines, and plain text is for loopback alone"
}

// Listen opens a TCP listener. Without TLS, an address that is not loopback, an
// empty host among them, is a [*PlaintextError] unless the options allow it.
func Listen(ctx context.Context, address string, o Options) (net.Listener, error) {
	// The address that was judged is the one that is opened: a name could stand
	// for another one a moment later.
	addr, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		return nil, err
	}
	exposed := o.TLS == nil && !addr.IP.IsLoopback()
	if exposed && !o.AllowPlaintext {
		return nil, &PlaintextError{Address: address}
	}
	var lc net.ListenConfig
	lis, err := lc.Listen(ctx, "tcp", addr.String())
	if err == nil && exposed && o.Logger != nil {
		o.Logger.Warn("tokens and rows travel in plain text on an address that other machines can reach; "+
			"is the proxy that ends TLS the only one that does?", "address", lis.Addr().String())
	}
	return lis, err
}
