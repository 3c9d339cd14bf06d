package main_test

import (
	"strings"
	"testing"

	"google.golang.org/grpc/codes"

	"github.com/rowgate/rowgate/migrations"
	"github.com/rowgate/rowgate/service/servicetest"
	"github.com/rowgate/rowgate/store/storetest"
)

func TestServePreRequest(t *testing.T) {
	db := storetest.New(t, append(exampleApp(), storetest.Migration{Name: "bans.sql", SQL: `
		create function public.bans() returns void language plpgsql as $$
		begin
			if auth.jwt()->>'sub' = '` + migrations.Bob + `' then
				raise insufficient_privilege using message = 'you are banned';
			end if;
		end $$;`})...)
	env := userEnv(t, db)
	got := rowgate(t, env, "serve", "--pre-request", "public.missing")
	if got.code != 1 || !strings.Contains(got.errOut, `"public.missing"`) {
		t.Errorf("a function that is not there: exit code %d\n%s", got.code, got.errOut)
	}
	p := startServe(t, t.TempDir(), append(env, "ROWGATE_PRE_REQUEST=public.bans"), nil, "msg=serving")
	conn := connect(t, p.address(t, "user"), nil)
	wantOwners(servicetest.As(t.Context(), servicetest.Token(t, migrations.Alice)), t, conn, migrations.Alice)
	wantCode(servicetest.As(t.Context(), servicetest.Token(t, migrations.Bob)), t, conn, codes.PermissionDenied, "")
}
