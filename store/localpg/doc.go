// Package localpg finds, starts and stops a private Postgres, for rowgate dev
// and for tests.
//
// [Find] looks for an installation that is new enough: in the folder that it
// is told, on the PATH, where packages put it, and at last in a download.
// [Start] makes a cluster in a data folder the first time, uses it again every
// time after, and returns a [Server] once it accepts connections:
//
//	server, err := localpg.Start(ctx, localpg.Config{DataDir: ".rowgate/postgres"})
//	if err != nil {
//		return err
//	}
//	defer server.Stop(context.Background())
//	conn, err := pgx.Connect(ctx, server.URL("postgres"))
//
// # The data folder
//
// It belongs to this package alone and has mode 0700:
//
//	data/             the cluster, what Postgres calls PGDATA
//	password          the superuser's password
//	port              the loopback port of the last start
//	postgres.log      what Postgres printed since the last start
//	postgres.log.old  what it printed before that
//	rowgate.lock      held for as long as the process that started it lives
//	.s.PGSQL.<port>   the Unix socket, when the path is short enough for one
//
// # Who gets in
//
// Postgres listens on 127.0.0.1 and on a Unix socket, and asks for a SCRAM
// password on both, so that other accounts of the machine do not get in
// through the port. The superuser postgres has a random password that never
// leaves the data folder.
//
// # How it ends
//
// Postgres runs in its own session, so a terminal's Ctrl-C reaches the program
// alone, which then calls [Server.Stop]. A program that is killed cannot call
// it. A small shell process therefore stands between the two and reads from a
// pipe that only the program holds open: when the pipe closes, for whatever
// reason, the shell stops Postgres.
//
// # Root
//
// Postgres refuses to run as root. A program that runs as root gets a Postgres
// that runs as the owner of the data folder or, for a new folder, as the
// account postgres or nobody.
//
// Linux and macOS are supported; elsewhere every function returns
// [ErrUnsupported].
package localpg
