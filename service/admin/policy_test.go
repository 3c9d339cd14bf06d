package admin

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	appv1 "github.com/rowgate/rowgate/proto/gen/app/v1"
	adminv1 "github.com/rowgate/rowgate/proto/gen/rowgate/admin/v1"
)

const sum = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

func TestPolicyIsRead(t *testing.T) {
	file := filepath.Join(t.TempDir(), "policy.yaml")
	text := `
require_reason: writes
principals:
  - name: backend
    certificates: ["spiffe://example.org/backend", "dns:backend.internal", "email:ops@example.com"]
    tokens: [{issuer: "https://id.example.com", subject: "7"}, {issuer: "https://id.example.org"}]
    keys: ["` + sum + `"]
    allow: ["app.v1.ItemService/*", "app.v1.*/Get*"]
    act_as: [authenticated]
  - name: legacy
    tokens: [{}]
    allow: ["*/*"]
  - name: nothing
    certificates: ["dns:nothing.internal"]
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := LoadPolicy(file)
	if err != nil {
		t.Fatal(err)
	}
	backend, legacy, nothing := p.principals[0], p.principals[1], p.principals[2]
	for _, c := range []struct {
		got, want any
	}{
		{p.requireReason, reasonWrites},
		{p.certificates[san{"uri", "spiffe://example.org/backend"}], backend},
		{p.certificates[san{"dns", "backend.internal"}], backend},
		{p.certificates[san{"email", "ops@example.com"}], backend},
		{p.certificates[san{"dns", "ops@example.com"}], (*principal)(nil)},
		// The entry that says most of a token counts.
		{p.ofToken("https://id.example.com", "7"), backend},
		{p.ofToken("https://id.example.com", "8"), legacy},
		{p.ofToken("https://id.example.org", "8"), backend},
		{p.ofToken("supabase", ""), legacy},
		{p.ofToken("", ""), legacy},
		{backend.mayActAs("authenticated"), true},
		{backend.mayActAs("anon"), false},
		{legacy.mayActAs("authenticated"), false},
		{len(nothing.allow), 0},
	} {
		if c.got != c.want {
			t.Errorf("got %v, want %v", c.got, c.want)
		}
	}
	if _, err := LoadPolicy(file + ".not"); err == nil {
		t.Error("a file that is not there is a policy")
	}
}

func TestRulesAreHeldAgainstFullNames(t *testing.T) {
	items := appv1.File_app_v1_item_proto.Services().ByName("ItemService")
	posts := appv1.File_app_v1_post_proto.Services().ByName("PostService")
	admin := adminv1.File_rowgate_admin_v1_admin_proto.Services().ByName("AdminService")
	all := []protoreflect.MethodDescriptor{
		items.Methods().ByName("GetItem"), items.Methods().ByName("DeleteItem"),
		posts.Methods().ByName("GetPost"), admin.Methods().ByName("GetStatus"),
	}
	for pattern, want := range map[string]string{
		"*/*":                         "GetItem DeleteItem GetPost GetStatus",
		"app.v1.ItemService/*":        "GetItem DeleteItem",
		"app.v1.ItemService/GetItem":  "GetItem",
		"app.v1.ItemService/getitem":  "",
		"app.v1.ItemService/Get":      "",
		"app.v1.*/Get*":               "GetItem GetPost",
		"*.ItemService/*":             "GetItem DeleteItem",
		"ItemService/*":               "",
		"app.v1.*/[^G]*":              "DeleteItem",
		"app?v1.ItemService/GetItem":  "GetItem",
		"*/GetItem":                   "GetItem",
		"app.*/*":                     "GetItem DeleteItem GetPost",
		"rowgate.admin.v1.*/*":        "GetStatus",
		"app.v1.ItemService/Get?tem":  "GetItem",
		"*/Get\\*":                    "",
		"app.v1.ItemService/GetItem*": "GetItem",
	} {
		p, err := ParsePolicy("p", []byte("principals: [{name: a, tokens: [{}], allow: ['"+pattern+"']}]"))
		if err != nil {
			t.Errorf("%s: %v", pattern, err)
			continue
		}
		var got []string
		for _, md := range all {
			if p.principals[0].mayCall(md) {
				got = append(got, string(md.Name()))
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s allows %q, want %q", pattern, got, want)
		}
	}
}

func TestPolicyTellsAllThatIsWrong(t *testing.T) {
	_, err := ParsePolicy("policy.yaml", []byte(`require_reason: sometimes
principals:
  - name: a
    certificates: [backend.internal, "spiffe://example.org/a b", "dns:", "dns:a"]
    tokens: [x, {subject: "1"}, {isuer: "1"}, {issuer: ""}, {issuer: }, null, {issuer: i, issuer: j}]
    keys: [sb_secret_abc, "sha256:12", "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"]
    alow: ["*/*"]
    allow: ["*", /app.v1.ItemService/GetItem, "app.v1.[/x", "", "*/[!D]*"]
    act_as: [service_role, none, "*"]
  - name: a
    certificates: ["dns:a"]
  - name: b
    tokens: [{}]
    keys: ["`+sum+`"]
  - name: c
    tokens: [{}]
    keys: ["`+strings.ToUpper(sum[7:])+`", "sha256:`+strings.ToUpper(sum[7:])+`"]
  - name: d
  - tokens: [{}]
  - name:
  -
extra: 1
`))
	if err == nil {
		t.Fatal("it is a policy")
	}
	want := []string{
		`policy.yaml:7: there is no key "alow" here; there are name, certificates, tokens, keys, allow and act_as`,
		`policy.yaml:22: there is no key "extra" here; there are require_reason and principals`,
		`policy.yaml:1: require_reason is "sometimes"; write one of writes, always, never`,
		`policy.yaml:4: "backend.internal" is no name of a certificate; write a URI such as spiffe://example.org/backend, dns:NAME or email:ADDRESS`,
		`policy.yaml:4: the URI "spiffe://example.org/a b" has to be written "spiffe://example.org/a%20b"`,
		`policy.yaml:4: "dns:" is no name of a certificate; write a URI such as spiffe://example.org/backend, dns:NAME or email:ADDRESS`,
		`policy.yaml:5: an item of tokens is a mapping: {issuer: ISS, subject: SUB}, {issuer: ISS}, or {} for any service_role token`,
		`policy.yaml:5: the subject "1" needs its issuer: another issuer may have the same subject`,
		`policy.yaml:5: there is no key "isuer" here; there are issuer and subject`,
		`policy.yaml:5: issuer is missing or no text`,
		`policy.yaml:5: issuer is missing or no text`,
		`policy.yaml:5: an item of tokens is a mapping: {issuer: ISS, subject: SUB}, {issuer: ISS}, or {} for any service_role token`,
		`policy.yaml:5: issuer is there twice`,
		`policy.yaml:6: a key is written sha256: and 64 hexadecimal digits, which printf %s "$KEY" | sha256sum prints, and never as it is`,
		`policy.yaml:6: a key is written sha256: and 64 hexadecimal digits, which printf %s "$KEY" | sha256sum prints, and never as it is`,
		`policy.yaml:6: this is the SHA-256 of nothing; the variable that was to hold the key was empty`,
		`policy.yaml:8: "*" is no rule; write package.Service/Method, such as app.v1.ItemService/GetItem, app.v1.*/Get* or */*`,
		`policy.yaml:8: "/app.v1.ItemService/GetItem" is no rule; write package.Service/Method, such as app.v1.ItemService/GetItem, app.v1.*/Get* or */*`,
		`policy.yaml:8: "app.v1.[/x" is no pattern: a [ has no ], or a \ nothing behind it`,
		`policy.yaml:8: a rule is missing or no text`,
		`policy.yaml:8: "*/[!D]*" has [!, as shells write it; here it is [^`,
		`policy.yaml:9: a cannot act as service_role, which no user is; write a role of users, such as authenticated`,
		`policy.yaml:9: a cannot act as none, which no user is; write a role of users, such as authenticated`,
		`policy.yaml:9: "*" is no name of a role; roles are written out, such as authenticated`,
		`policy.yaml:10: the principal a is there already, on line 3; put the two together`,
		`policy.yaml:11: the certificate dns:a is there already, on line 4; a credential belongs to one principal`,
		`policy.yaml:16: any service_role token is there already, on line 13; a credential belongs to one principal`,
		`policy.yaml:17: a key is written sha256: and 64 hexadecimal digits, which printf %s "$KEY" | sha256sum prints, and never as it is`,
		`policy.yaml:17: the key ` + sum + ` is there already, on line 14; a credential belongs to one principal`,
		`policy.yaml:18: nobody can be d: give it certificates, tokens or keys`,
		`policy.yaml: a principal has no name; the audit needs one`,
		`policy.yaml:20: the principal's name is missing or no text`,
		`policy.yaml: item 8 of principals is empty; a principal has a name, a credential and what it is allowed`,
	}
	got := strings.Split(err.Error(), "\n")
	for i := range max(len(got), len(want)) {
		switch {
		case i >= len(got):
			t.Errorf("missing: %s", want[i])
		case i >= len(want):
			t.Errorf("more: %s", got[i])
		case got[i] != want[i]:
			t.Errorf("line %d:\n got %s\nwant %s", i, got[i], want[i])
		}
	}
}

func TestWhatIsNoPolicy(t *testing.T) {
	for text, want := range map[string]string{
		"":                               "p: no documents in stream",
		"a: [":                           "p:2: did not find expected",
		"principals: x":                  "p:1: !!str `x` stands where a list belongs",
		"- a":                            "p:1: !!seq stands where a mapping of require_reason and principals belongs",
		"principals: [a]":                "p:1: !!str `a` stands where a mapping of name, certificates, tokens, keys, allow and act_as belongs",
		"principals: []\n---\na: b\n":    "p: expected single document, found multiple",
		"principals: []\nprincipals: []": `p:2: mapping key "principals" already defined at line 1`,
		"require_reason: ":               "p:1: require_reason is missing or no text",
		"require_reason: [a]":            "p:1: require_reason is missing or no text",
	} {
		_, err := ParsePolicy("p", []byte(text))
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestRulesWithoutEffectAreTold(t *testing.T) {
	p, err := ParsePolicy("p.yaml", []byte("principals:\n- name: a\n  tokens: [{}]\n  allow:\n  - app.v1.ItemService/*\n  - app.v2.*/*\n"))
	if err != nil {
		t.Fatal(err)
	}
	got := p.warnings([]string{"app.v1.ItemService/GetItem"})
	if len(got) != 1 || got[0] != `p.yaml:6: a is allowed "app.v2.*/*", which no method's name meets` {
		t.Errorf("got %q", got)
	}
	empty, err := ParsePolicy("p.yaml", []byte("principals: []"))
	if err != nil {
		t.Fatal(err)
	}
	if got := empty.warnings(nil); len(got) != 1 || !strings.Contains(got[0], "every call is denied") {
		t.Errorf("got %q", got)
	}
}
