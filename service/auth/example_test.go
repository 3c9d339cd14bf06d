package auth_test

import (
	"context"
	"fmt"
	"log"

	"github.com/rowgate/rowgate/service/auth"
)

// A token of development, and the caller that it stands for.
func Example() {
	const secret = "a development secret of more than 32 bytes"
	ctx := context.Background()

	verifier, err := auth.New(ctx, auth.Config{Secret: secret, Audience: "authenticated"})
	if err != nil {
		log.Fatal(err)
	}
	token, err := auth.SignHS256(secret, auth.Claims{
		Subject:  "6c8d1e7a-52a5-4f0e-9d0b-2f6f2a0d9a11",
		Role:     "authenticated",
		Audience: "authenticated",
	})
	if err != nil {
		log.Fatal(err)
	}

	caller, err := verifier.Verify(ctx, token)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(caller.Role, caller.Subject)

	_, err = verifier.Verify(ctx, token+"x")
	fmt.Println(err)

	caller, err = verifier.Anonymous()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(caller.Role, caller.Claims)
	// Output:
	// authenticated 6c8d1e7a-52a5-4f0e-9d0b-2f6f2a0d9a11
	// the token's signature does not fit
	// anon {"role":"anon"}
}
