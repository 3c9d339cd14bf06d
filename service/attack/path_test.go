package attack_test

import (
	"strings"
	"testing"

	"github.com/rowgate/rowgate/service/servicetest"
)

// A :path that is nearly a method's: without its slash, as grpc-go once routed
// past the interceptors that go by paths (CVE-2026-33186), with two, escaped, in
// other cases, of a service that needs no token. None is served.
func TestPathWithoutItsSlash(t *testing.T) {
	a := attacked(t)
	const method = "/attack.v1.ItemService/ListItems"
	md := a.methods["ListItems"]
	if path(md) != method {
		t.Fatalf("the method is %s", path(md))
	}
	token := "Bearer " + servicetest.Token(t, bob)
	bad := "Bearer " + servicetest.Token(t, bob) + "x"
	for _, p := range []string{
		strings.TrimPrefix(method, "/"), "/" + method, method + "/", method + "//", strings.Replace(method, "e/L", "e//L", 1), "///" + method,
		strings.ToLower(method), strings.ToUpper(method), "/attack.v1.itemService/ListItems", "/attack.v1.ItemService/listItems",
		"/attack.v1.ItemService%2FListItems", "%2Fattack.v1.ItemService/ListItems", "/attack.v1.ItemService/List%49tems", "/attack.v1.ItemService/ListItems%00", "/attack.v1.ItemService/ListItems%20",
		method + "?x=y", method + "#x", method + ";x=y", method + " ", " " + method, method + "\t", "/./attack.v1.ItemService/ListItems", "/x/../attack.v1.ItemService/ListItems", "/attack.v1.ItemService/./ListItems",
		"/grpc.health.v1.Health/../attack.v1.ItemService/ListItems", "/grpc.health.v1.Health/ListItems", "/grpc.health.v1.Health/attack.v1.ItemService/ListItems", "/grpc.health.v1.Health//attack.v1.ItemService/ListItems",
		"grpc.health.v1.Health/attack.v1.ItemService/ListItems", "/attack.v1.ItemService/Check", "http://rowgate" + method, "*", "/", "//", "", "/attack.v1.ItemService", "/attack.v1.ItemService/", "/ListItems", "attack.v1.ItemService.ListItems", "/attack.v1.ItemService.ListItems", "\\attack.v1.ItemService\\ListItems",
		"/attack.v1.ItemService/ListItems\x00", "/attack.v1.ItemService/ListItems\r\nauthorization: x", "/" + strings.Repeat("a", 8000) + method,
		"/app.v1.ItemService/ListItems", "/rowgate.admin.v1.AdminService/Status", "/rowgate.admin.v1.AdminService/ReloadSchema", "/rowgate.v1.ItemService/ListItems",
	} {
		for name, authorization := range map[string][]string{"nobody": nil, "a good token": {"authorization", token}, "a bad token": {"authorization", bad}} {
			w := a.dial(t)
			id := w.ask(call(p, authorization...)...)
			got := w.answer(t, id)
			if status := got["grpc-status"]; len(w.body[id]) > 0 || status == "0" || got != nil && status != "12" && status != "16" && got[":status"] == "200" {
				t.Errorf("%q by %s: %v, %q", p, name, got, w.body[id])
			}
			_ = w.Close()
		}
	}
	// As it should be, it is refused with a bad token and served with a good one.
	for authorization, want := range map[string]string{bad: "16", token: "0", "": "0"} {
		w := a.dial(t)
		fields := call(method)
		if authorization != "" {
			fields = call(method, "authorization", authorization)
		}
		id := w.ask(fields...)
		if got := w.answer(t, id); got["grpc-status"] != want || (len(w.body[id]) > 100) != (authorization == token) {
			t.Errorf("%s is answered %v, %q, want %s", method, got, w.body[id], want)
		}
	}
	a.nextIsThemselves(t)
}

// Headers that HTTP/2 forbids, or that stand twice: no second :path is taken,
// and no second authorization.
func TestHeadersThatAreForbidden(t *testing.T) {
	a := attacked(t)
	token, other := "Bearer "+servicetest.Token(t, alice), "Bearer "+servicetest.Token(t, bob)
	who := path(a.methods["Whoami"])
	for name, fields := range map[string][]string{
		"two paths":                  append([]string{":path", path(a.methods["ListItems"])}, call(who, "authorization", token)...),
		"a path behind the headers":  call(who, "authorization", token, ":path", who),
		"GET":                        append([]string{":method", "GET"}, call(who)[2:]...),
		"two methods":                append([]string{":method", "GET"}, call(who, "authorization", token)...),
		"connection":                 call(who, "authorization", token, "connection", "authorization"),
		"upper case":                 call(who, "Authorization", other),
		"another content type":       append(call(who, "authorization", token)[:8], "content-type", "application/json", "te", "trailers"),
		"a reserved header":          call(who, "authorization", token, "grpc-status", "0", ":authority", "x"),
		"a pseudo header of its own": call(who, "authorization", token, ":authorization", other),
		"two authorizations":         call(who, "authorization", token, "authorization", other),
		"a tab in authorization":     call(who, "authorization", strings.Replace(token, " ", "\t", 1)),
		"a line in authorization":    call(who, "authorization", token+"\r\nauthorization: "+other),
		"a NUL in authorization":     call(who, "authorization", token+"\x00"),
		"an encoded one":             call(who, "authorization-bin", b64([]byte(token))),
	} {
		w := a.dial(t)
		id := w.ask(fields...)
		got := w.answer(t, id)
		body := string(w.body[id])
		if strings.Contains(body, bob) || got["grpc-status"] == "0" && !strings.Contains(body, "authenticated rowgate "+alice) && !strings.Contains(body, "anon rowgate anon") {
			t.Errorf("%s: %v, %q", name, got, body)
		}
		if strings.Contains(name, "authorization") && strings.Contains(body, "rowgate") {
			t.Errorf("%s is served: %q", name, body)
		}
	}
	a.nextIsThemselves(t)
}
