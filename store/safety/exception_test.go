package safety_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rowgate/rowgate/store/safety"
)

func TestSplit(t *testing.T) {
	table := func(name string) safety.Finding {
		return safety.Finding{Rule: safety.TableWithoutRLS, Object: name, Text: "has none", Mend: "alter table " + name + ";"}
	}
	view := safety.Finding{Rule: safety.ViewWithoutSecurityInvoker, Object: "public.a"}
	one := safety.Exception{Rule: safety.TableWithoutRLS, Object: "public.a", Reason: "public by intent"}
	all := safety.Exception{Rule: safety.TableWithoutRLS, Object: "*", Reason: "not yet"}
	other := safety.Exception{Rule: safety.LoginSuperuser, Object: "postgres", Reason: "a scratch database"}

	for _, tt := range []struct {
		name    string
		allow   []safety.Exception
		refused []safety.Finding
		allowed []safety.Allowed
		unused  []safety.Exception
	}{
		{"none", nil, []safety.Finding{table("public.a"), table("public.b"), view}, nil, nil},
		{
			"one",
			[]safety.Exception{one, other},
			[]safety.Finding{table("public.b"), view},
			[]safety.Allowed{{Finding: table("public.a"), Reason: "public by intent"}},
			[]safety.Exception{other},
		},
		{
			"the rule, and its own reason first",
			[]safety.Exception{all, one},
			[]safety.Finding{view},
			[]safety.Allowed{{Finding: table("public.a"), Reason: "public by intent"}, {Finding: table("public.b"), Reason: "not yet"}},
			nil,
		},
		{
			"another object",
			[]safety.Exception{{Rule: safety.TableWithoutRLS, Object: "public", Reason: "r"}},
			[]safety.Finding{table("public.a"), table("public.b"), view},
			nil,
			[]safety.Exception{{Rule: safety.TableWithoutRLS, Object: "public", Reason: "r"}},
		},
		{
			"a rule without findings",
			[]safety.Exception{{Rule: safety.ServerVersion, Object: "*", Reason: "r"}},
			[]safety.Finding{table("public.a"), table("public.b"), view},
			nil, nil,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			refused, allowed, unused, err := safety.Split([]safety.Finding{table("public.a"), table("public.b"), view}, tt.allow)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.refused, refused); diff != "" {
				t.Errorf("refused (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.allowed, allowed); diff != "" {
				t.Errorf("allowed (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.unused, unused); diff != "" {
				t.Errorf("unused (-want +got):\n%s", diff)
			}
		})
	}
}

// An exception that says nothing is a mistake, also when there is no finding.
func TestSplitRefusesExceptions(t *testing.T) {
	for _, tt := range []struct {
		e    safety.Exception
		want string
	}{
		{safety.Exception{Rule: "table-with-rls", Object: "*", Reason: "r"}, "the rules are login-superuser, "},
		{safety.Exception{Rule: "*", Object: "*", Reason: "r"}, `the rule "*", which there is not`},
		{safety.Exception{Rule: safety.ServerVersion, Object: "*"}, "has no reason"},
		{safety.Exception{Rule: safety.ServerVersion, Object: "*", Reason: " \n"}, "has no reason"},
		{safety.Exception{Rule: safety.ServerVersion, Reason: "r"}, "names no object"},
	} {
		if _, _, _, err := safety.Split(nil, []safety.Exception{tt.e}); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: %v, want one that says %q", tt.e, err, tt.want)
		}
	}
}
