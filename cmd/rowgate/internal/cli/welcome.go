package cli

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/rowgate/rowgate/service"
)

// welcome is what rowgate dev prints once it serves.
type welcome struct {
	address, databaseURL, ownerURL, dir string
	adminAddress, adminKey              string
	tokens                              []userToken
}

type userToken struct {
	user
	token string
}

func (w welcome) print(out io.Writer, srv *service.Server) {
	fmt.Fprintf(out, `
rowgate serves %s.

  gRPC       %s (plain text, with reflection)
  admin      %s (the same services past all policies, and rowgate.admin.v1.AdminService)
  database   %s
  as owner   psql '%s'
`, count(len(srv.Methods()), "method", "methods"), w.address, w.adminAddress, w.databaseURL, w.ownerURL)
	for i, t := range w.tokens {
		fmt.Fprintf(out, "\nA token of %s, good for a day:\n\nexport TOKEN%d=%s\n", t.email, i+1, t.token)
	}
	if call := example(srv); call != "" {
		fmt.Fprintf(out, "\nPaste a call; another token, or none, answers with other rows:\n\n")
		if len(w.tokens) > 0 {
			fmt.Fprintf(out, "%s -plaintext -H \"authorization: Bearer %s\" \\\n  %s %s\n", grpcurl(), w.tokens[0].token, w.address, call)
		} else {
			fmt.Fprintf(out, "%s -plaintext %s %s\n", grpcurl(), w.address, call)
		}
		fmt.Fprintf(out, "\nThe same as an administrator, whom %s lets in; rowgate.audit keeps each call:\n\n", filepath.Join(w.dir, "admin.yaml"))
		fmt.Fprintf(out, "export ADMIN_KEY=%s\n%s -plaintext -H \"authorization: Bearer %s\" -H \"rowgate-reason: trying it out\" \\\n  %s %s\n",
			w.adminKey, grpcurl(), w.adminKey, w.adminAddress, call)
		if len(w.tokens) > 0 {
			fmt.Fprintf(out, "\nWith -H 'rowgate-act-as: {\"role\":\"authenticated\",\"sub\":\"%s\"}' it sees what %s sees.\n",
				w.tokens[0].id, w.tokens[0].email)
		}
	}
	fmt.Fprintf(out, "\nEvery method:  %s -plaintext %s list\n", grpcurl(), w.address)
	fmt.Fprintf(out, "What next:     README.md says how to declare a service and how to stand before your own database.\n")
	fmt.Fprintf(out, "\nCtrl-C stops everything; the data stays in %s.\n", w.dir)
}

// example picks a method that needs no argument.
func example(srv *service.Server) string {
	best := ""
	for _, m := range srv.Methods() {
		path := m.Path()[1:]
		if m.ReadOnly() && m.Descriptor.Input().Fields().ByName("page_size") != nil {
			if best == "" || path == "app.v1.ItemService/ListItems" {
				best = path
			}
		}
	}
	return best
}

// grpcurl is how to call grpcurl: by its name when it is installed, and as a
// tool of the module in rowgate's own repository.
func grpcurl() string {
	if _, err := exec.LookPath("grpcurl"); err != nil {
		if _, err := os.Stat("tools.mod"); err == nil {
			return "go tool -modfile=tools.mod grpcurl"
		}
	}
	return "grpcurl"
}
