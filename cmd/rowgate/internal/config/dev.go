package config

import "time"

// Dev says how `rowgate dev` runs.
type Dev struct {
	PGBin      string `name:"pg-bin" env:"ROWGATE_PG_BIN" placeholder:"FOLDER" help:"The folder of the programs postgres and initdb. Without it, PATH and the usual places are searched, and then a Postgres is downloaded."`
	Dir        string `name:"dir" env:"ROWGATE_DEV_DIR" default:".rowgate" placeholder:"FOLDER" help:"Where the database and the development secret are kept. Remove it to start over."`
	PGPort     int    `name:"pg-port" env:"ROWGATE_PG_PORT" default:"0" placeholder:"PORT" help:"The database's port on loopback; 0 for one that is free."`
	Proto      string `name:"proto" env:"ROWGATE_PROTO" placeholder:"PATH" help:"The folder of the .proto files, or a buf image. Without it the folder proto, and where there is none, the example's."`
	Migrations string `name:"migrations" env:"ROWGATE_MIGRATIONS" placeholder:"FOLDER" help:"The folder of the .sql files to apply, each once, in the order of their names. Without it the folder migrations, and where that has none, the example's."`
	Seed       string `name:"seed" env:"ROWGATE_SEED" placeholder:"FILE" help:"A .sql file to run after them, at every start. Without it seed.sql where there is one, and with the example's migrations the example's."`
}

// Token says what `rowgate token` signs.
type Token struct {
	Subject  string        `name:"sub" placeholder:"ID" help:"The user's id."`
	Email    string        `name:"email" placeholder:"ADDRESS" help:"The user's address."`
	Role     string        `name:"role" default:"authenticated" help:"The role claim."`
	Audience string        `name:"aud" default:"authenticated" help:"The aud claim."`
	Issuer   string        `name:"iss" placeholder:"ISS" help:"The iss claim."`
	TTL      time.Duration `name:"ttl" default:"1h" help:"How long the token is good."`
	Secret   string        `name:"jwt-secret" env:"SUPABASE_JWT_SECRET" secret:"" placeholder:"SECRET" help:"The shared secret to sign with. Without it, the one of rowgate dev in this folder."`
	Dir      string        `name:"dir" env:"ROWGATE_DEV_DIR" default:".rowgate" placeholder:"FOLDER" help:"Where rowgate dev keeps its secret."`
}
