package protogen_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rowgate/rowgate/proto/protogen"
)

// editsSchema is what the hand-edited files are of.
const editsSchema = `
create type state as enum ('open', 'closed');
create table owners (id bigint generated always as identity primary key, name text not null);
create table settings (name text primary key, value text);
create table items (
	id uuid primary key default gen_random_uuid(),
	owner_id bigint not null references owners,
	title varchar(20) not null,
	quantity int4 not null check (quantity >= 0 and quantity <= 100),
	big int8,
	price numeric(10,2),
	state state not null default 'open',
	ref uuid,
	note text,
	secret text,
	a text,
	b int4,
	c timestamptz,
	score int4 check (score > 1),
	code varchar(8)
);
alter table items enable row level security;
create policy reading on items for select using (true);
create function total(item uuid, factor int default 1) returns bigint language sql stable as 'select 1::bigint';
`

// handEdited pulls the schema and edits the files, in every way that a pull has
// to leave alone.
func handEdited(t *testing.T) *project {
	t.Helper()
	p := newProject(t, editsSchema)
	p.pull(t)
	edit := func(name, old, with string) { t.Helper(); p.edit(t, name, old, with) }

	// A field under a name of its own, other legal types, a column that is
	// hidden, one that is deprecated, a column's option as a whole.
	edit("resources.proto", `  optional string note = 9;`, `  optional string remark = 9 [(rowgate.v1.column).name = "note"];`)
	edit("resources.proto", `  optional int64 big = 5;`, `  optional string big = 5;`)
	edit("resources.proto", `  optional string price = 6;`, `  google.type.Decimal price = 6;`)
	edit("resources.proto", `  optional State state = 7;`, `  optional string state = 7;`)
	edit("resources.proto", `  optional string ref = 8 [(buf.validate.field).string.uuid = true];`, `  optional bytes ref = 8;`)
	edit("resources.proto", "  // The column \"secret\", text.\n  optional string secret = 10;", "  reserved 10;\n  reserved \"secret\";")
	edit("resources.proto", `  // The column "code", character varying(8).
  optional string code = 15 [(buf.validate.field).string.max_len = 8];`, `  // What is printed on it.
  optional string label = 15 [(rowgate.v1.column) = {name: "code"}, (buf.validate.field).string = {max_len: 8, pattern: "^[A-Z]+$"}, deprecated = true];  // not for long`)
	// Stricter rules and one more.
	edit("resources.proto", `    (buf.validate.field).int32.gte = 0,
    (buf.validate.field).int32.lte = 100`, `    (buf.validate.field).int32.gte = 1, // none is no item
    (buf.validate.field).int32.lte = 50,
    (buf.validate.field).cel = {id: "even", expression: "this % 2 == 0"}`)
	edit("resources.proto", `(buf.validate.field).int32.gt = 1`, `(buf.validate.field).int32.gte = 5`)
	// A oneof, and spaces as someone likes them.
	edit("resources.proto", `  // The column "a", text.
  optional string a = 11;
  // The column "b", integer.
  optional int32 b = 12;
  // The column "c", timestamp with time zone.
  google.protobuf.Timestamp c = 13;`, `  // One of the two.
  oneof either {
    // The first.
    string a = 11;
    int32 b = 12; // The second.
  }
	/* In UTC. */ google.protobuf.Timestamp  c=13 ;`)
	// Comments: of one's own, behind, in a block, apart from all.
	edit("resources.proto", "// Item is a row of public.items.\nmessage Item {\n", "// A comment apart.\n\n/*\n * Item is what there is to have.\n */\nmessage Item { // really\n  option deprecated = false;\n")
	edit("resources.proto", `// Owner is a row of public.owners.`, `// Owner is a row of public.owners. Owners are people.`)
	// Messages of one's own, of imported and of nested types.
	edit("resources.proto", `import "rowgate/v1/options.proto";`, "import \"google/type/decimal.proto\";\nimport \"rowgate/v1/options.proto\";\nimport \"app/v1/common/money.proto\";\nimport \"google/protobuf/struct.proto\"; // for Basket")
	text := p.text(t, "resources.proto")
	p.put(t, "proto/app/v1/resources.proto", []byte(text+`
// Basket is of nobody but us.
message Basket {
  // What is in it.
  repeated Item items = 1;
  // What it costs.
  app.v1.common.Money costs = 2;
  // More.
  google.protobuf.Struct more = 3;

  // Kind is nested.
  enum Kind {
    KIND_UNSPECIFIED = 0;
  }
}

// ItemSummary is less of an item.
message ItemSummary {
  option (rowgate.v1.relation) = {name: "items"};

  // The item.
  optional string id = 1;
}
`))
	p.put(t, "proto/app/v1/common/money.proto", []byte(`syntax = "proto3";

package app.v1.common;

// Money is an amount.
message Money {
  // How much.
  string amount = 1;
}
`))
	// A service without Delete and with a method of one's own; a path, a body
	// and a request of one's own.
	edit("item.proto", between(t, p.text(t, "item.proto"), "  // Deletes an item.", "}\n\n// GetItemRequest"), `  // Returns what someone wrote by hand.
  rpc Weigh(WeighRequest) returns (Basket);
`)
	remove, _, _ := strings.Cut(p.text(t, "item.proto"), "// DeleteItemRequest names")
	edit("item.proto", strings.TrimPrefix(p.text(t, "item.proto"), remove), `// WeighRequest has a kind.
message WeighRequest {
  // The kind.
  Basket.Kind kind = 1;
}
`)
	edit("item.proto", `import "google/protobuf/empty.proto";`+"\n", "")
	members := p.text(t, "transactions.proto")
	for _, of := range []string{"DeleteItem", "DeleteManyItems"} {
		members = regexp.MustCompile(` +// The (request|response) of `+of+`\.\n.*\n`).ReplaceAllString(members, "")
	}
	p.put(t, "proto/app/v1/transactions.proto", []byte(members))
	edit("item.proto", `get: "/v1/items/{id}"`, `get: "/v2/things/{id}"`)
	edit("item.proto", "  Item item = 1 [\n    (google.api.field_behavior) = REQUIRED,\n    (buf.validate.field).required = true\n  ];\n  // The fields to change.", "  Item thing = 1 [\n    (google.api.field_behavior) = REQUIRED,\n    (buf.validate.field).required = true\n  ];\n  // The fields to change.")
	edit("item.proto", "patch: \"/v1/items/{item.id}\"\n      body: \"item\"", "patch: \"/v1/items/{thing.id}\"\n      body: \"thing\"")
	edit("item.proto", "// ItemService reads and writes the rows of public.items that the policies grant\n// the caller.\n", "// ItemService is for items.\n//\n// It has a method of ours.\n")
	// A message, a method and a value under other names.
	for name, text := range p.files(t) {
		for _, r := range [][2]string{{`\bOwner\b`, "Person"}, {`\bListItems`, "FindItems"}, {`\bSTATE_OPEN\b`, "STATE_OPENED"}} {
			text = regexp.MustCompile(r[0]).ReplaceAllString(text, r[1])
		}
		p.put(t, "proto/"+name, []byte(text))
	}
	// A message in another file of the package.
	get := between(t, p.text(t, "item.proto"), "// GetItemRequest names", "// FindItemsRequest asks")
	edit("item.proto", get, "")
	edit("item.proto", "import \"app/v1/resources.proto\";\n", "import \"app/v1/requests.proto\";\nimport \"app/v1/resources.proto\";\n")
	p.put(t, "proto/app/v1/requests.proto", []byte("syntax = \"proto3\";\npackage app.v1;\nimport \"google/api/field_behavior.proto\";\nimport \"buf/validate/validate.proto\";\nimport \"google/protobuf/field_mask.proto\";\nimport \"rowgate/v1/query.proto\";\noption go_package = \"example.com/gen/app/v1;appv1\";\n\n"+get))
	// A message on a line, in a file with the line ends of Windows.
	edit("setting.proto", "message CreateSettingRequest {\n  // The row. A field left out takes the column's default.\n", "message CreateSettingRequest { /* The row. */\n")
	edit("setting.proto", between(t, p.text(t, "setting.proto"), "message GetSettingRequest {", "\n// ListSettingsRequest"), "message GetSettingRequest { string name = 1 [(google.api.field_behavior) = REQUIRED]; /* Its name. */ }\n")
	edit("setting.proto", "// SettingService reads and writes the rows of public.settings that the policies\n// grant the caller.\n//\n// Policies:\n//\n// Row level security is off: a caller reads and writes every row that the\n// grants allow.\n", "/* SettingService is for settings.\n\n   Policies:\n\n   Row level security is off: a caller reads and writes every row that the\n   grants allow. */\n")
	p.put(t, "proto/app/v1/setting.proto", []byte(strings.ReplaceAll(p.text(t, "setting.proto"), "\n", "\r\n")))
	return p
}

// TestEditsSurvive pulls after edits by hand: without a change of the schema
// nothing changes, and with one no more than has to (testdata/edits.txt).
func TestEditsSurvive(t *testing.T) {
	t.Parallel()
	p := handEdited(t)
	before := p.files(t)
	r := p.pull(t)
	for _, f := range r.Files {
		t.Errorf("%s changes:\n%s", f.Path, difference(string(f.Old), string(f.New)))
	}
	if diff := cmp.Diff(before, p.files(t)); diff != "" {
		t.Errorf("the files differ (-before +after):\n%s", diff)
	}
	p.checked(t)
	if t.Failed() {
		return
	}
	notes := said(r)

	p.exec(t, `
		alter table items add column color text not null;
		alter table items drop column a, drop column secret;
		alter table items rename column code to article;
		alter table items alter column note set not null, alter column owner_id drop not null;
		alter table items drop constraint items_score_check, add check (score >= 7);
		alter table items alter column big type text;
		alter table items drop constraint items_pkey, add column tenant int4 not null, add primary key (tenant, id);
		alter type state add value 'lost';
		alter table settings add column since date not null;
		alter table settings enable row level security;
		alter table settings drop constraint settings_pkey, add column id int4 primary key;
		create table extras (id int4 primary key, item_tenant int4, item_id uuid, foreign key (item_tenant, item_id) references items);
		drop function total;
		create function total(item uuid, factor int default 1, places int default 2) returns bigint language sql stable as 'select 1::bigint';
	`)
	r = p.pull(t)
	var b strings.Builder
	b.WriteString("## without a change\n\n" + strings.Join(notes, "\n") + "\n\n## with changes\n\n" + strings.Join(said(r), "\n") + "\n\n")
	for _, f := range r.Files {
		b.WriteString(changed(f) + "\n")
	}
	golden(t, "edits.txt", strings.ReplaceAll(b.String(), "\r", "␍"))
	p.quiet(t)
	p.checked(t)
	if text := p.text(t, "setting.proto"); strings.Count(text, "\n") != strings.Count(text, "\r\n") {
		t.Errorf("setting.proto has line ends of two kinds:\n%q", text)
	}
}

// TestNewFilesAreAlike holds a new file to the options of those that are there,
// whatever the pull is told.
func TestNewFilesAreAlike(t *testing.T) {
	t.Parallel()
	for _, options := range []string{"", "\noption java_multiple_files = true;\noption go_package = \"example.com/else;else\";\noption java_package = 'com.example';\n"} {
		p := newProject(t, "create table items (id int4 primary key)")
		p.pull(t)
		for name, text := range p.files(t) {
			p.put(t, "proto/"+name, []byte(strings.Replace(text, "\noption go_package = \"example.com/gen/app/v1;appv1\";\n", options, 1)))
		}
		p.exec(t, "create table others (id int4 primary key)")
		p.pull(t)
		_, header, _ := strings.Cut(p.text(t, "other.proto"), "query.proto\";\n")
		if header, _, _ = strings.Cut(header, "\n// OtherService"); header != options {
			t.Errorf("other.proto has %q, want %q", header, options)
		}
		p.compile(t)
	}
}

// TestPatterns pulls a part: what the files have of others stays.
func TestPatterns(t *testing.T) {
	t.Parallel()
	p := newProject(t, `
		create table owners (id int4 primary key);
		create table items (id int4 primary key, owner_id int4 references owners);
		create table others (id int4 primary key, item_id int4 references items);
		create function first_item() returns items language sql stable as 'select * from items';
	`)
	only := func(o *protogen.Options) { o.Tables = []string{"owners", "public.it*"} }
	r := p.pull(t, only)
	var got []string
	for _, f := range r.Files {
		got = append(got, f.Path)
	}
	want := []string{"app/v1/item.proto", "app/v1/owner.proto", "app/v1/resources.proto", "app/v1/transactions.proto"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	p.compile(t)
	p.checked(t)
	p.pull(t)
	for _, f := range p.generate(t, only, prune).Files {
		t.Errorf("a pull of a part changes %s:\n%s", f.Path, difference(string(f.Old), string(f.New)))
	}
	p.settled(t)
}
