package migrations_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/rowgate/rowgate/migrations"
	_ "github.com/rowgate/rowgate/proto/gen/app/v1" // Registers the contract's descriptors.
	rowgatev1 "github.com/rowgate/rowgate/proto/gen/rowgate/v1"
)

// TestContract holds proto/app/v1 to the database that App makes: each table is
// a message whose fields are its columns, and each enum type an enum whose
// values are its labels.
func TestContract(t *testing.T) {
	db := start(t).database(t, "app")
	apply(t, db, migrations.Supabase(), migrations.App())

	var messages, enums []string
	protoregistry.GlobalFiles.RangeFilesByPackage("app.v1", func(file protoreflect.FileDescriptor) bool {
		for i := range file.Messages().Len() {
			message := file.Messages().Get(i)
			if proto.HasExtension(message.Options(), rowgatev1.E_Relation) {
				relation, _ := proto.GetExtension(message.Options(), rowgatev1.E_Relation).(*rowgatev1.Relation)
				messages = append(messages, relation.GetSchema()+"."+relation.GetName())
				t.Run(string(message.Name()), func(t *testing.T) { compareTable(t, db, relation, message) })
			}
		}
		for i := range file.Enums().Len() {
			enum := file.Enums().Get(i)
			named, _ := proto.GetExtension(enum.Options(), rowgatev1.E_EnumType).(*rowgatev1.EnumType)
			enums = append(enums, named.GetSchema()+"."+named.GetName())
			t.Run(string(enum.Name()), func(t *testing.T) { compareEnum(t, db, named, enum) })
		}
		return true
	})

	sorted := cmp.Transformer("sorted", func(names []string) map[string]bool {
		set := make(map[string]bool)
		for _, name := range names {
			set[name] = true
		}
		return set
	})
	tables := rows(t, db, "select 'public.' || relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'")
	if diff := cmp.Diff(tables, messages, sorted); diff != "" {
		t.Errorf("relations (-database +contract):\n%s", diff)
	}
	types := rows(t, db, "select 'public.' || typname from pg_type where typnamespace = 'public'::regnamespace and typtype = 'e'")
	if diff := cmp.Diff(types, enums, sorted); diff != "" {
		t.Errorf("enums (-database +contract):\n%s", diff)
	}
}

// compareTable compares a message's fields, described in words, to the table's
// columns.
func compareTable(t *testing.T, db *pgx.Conn, relation *rowgatev1.Relation, message protoreflect.MessageDescriptor) {
	want := rows(t, db, fmt.Sprintf(`
		select concat_ws(' ', a.attnum, a.attname,
			case when t.typtype = 'e' then 'enum ' || t.typname else case t.typname
				when 'uuid' then 'string' when 'text' then 'string' when 'varchar' then 'string' when 'numeric' then 'string'
				when 'int4' then 'int32' when 'int8' then 'int64' when 'bool' then 'bool' when '_text' then 'repeated string'
				when 'timestamptz' then 'google.protobuf.Timestamp' when 'jsonb' then 'google.protobuf.Value'
				else 'no known type' end end,
			case when (not a.attnotnull or a.atthasdef) and t.typname not in ('timestamptz', 'jsonb', '_text') then 'optional' end,
			case when a.attnum = any (k.conkey) then 'IDENTIFIER' end,
			case when a.attnotnull and not a.atthasdef and a.attidentity = '' then 'REQUIRED' end,
			case when a.attidentity = 'a' or a.attgenerated <> '' then 'OUTPUT_ONLY' end)
		from pg_attribute a
		join pg_type t on t.oid = a.atttypid
		join pg_constraint k on k.conrelid = a.attrelid and k.contype = 'p'
		where a.attrelid = '%s.%s'::regclass and a.attnum > 0 and not a.attisdropped
		order by a.attnum`, relation.GetSchema(), relation.GetName()))

	var got []string
	for i := range message.Fields().Len() {
		field := message.Fields().Get(i)
		if proto.HasExtension(field.Options(), rowgatev1.E_Reference) {
			continue // Another table's rows are no column.
		}
		words := []string{fmt.Sprint(field.Number()), string(field.Name())}
		switch {
		case field.IsList():
			words = append(words, "repeated "+field.Kind().String())
		case field.Message() != nil:
			words = append(words, string(field.Message().FullName()))
		case field.Enum() != nil:
			named, _ := proto.GetExtension(field.Enum().Options(), rowgatev1.E_EnumType).(*rowgatev1.EnumType)
			words = append(words, "enum "+named.GetName())
		default:
			words = append(words, field.Kind().String())
		}
		if field.HasOptionalKeyword() {
			words = append(words, "optional")
		}
		behaviors, _ := proto.GetExtension(field.Options(), annotations.E_FieldBehavior).([]annotations.FieldBehavior)
		for _, behavior := range behaviors {
			words = append(words, behavior.String())
		}
		got = append(got, strings.Join(words, " "))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("fields (-database +contract):\n%s", diff)
	}
}

// compareEnum compares an enum's labels to those of the type.
func compareEnum(t *testing.T, db *pgx.Conn, named *rowgatev1.EnumType, enum protoreflect.EnumDescriptor) {
	want := rows(t, db, fmt.Sprintf(`
		select row_number() over (order by enumsortorder), enumlabel from pg_enum where enumtypid = '%s.%s'::regtype order by 1`,
		named.GetSchema(), named.GetName()))
	var got []string
	for i := range enum.Values().Len() {
		value := enum.Values().Get(i)
		if value.Number() != 0 {
			label, _ := proto.GetExtension(value.Options(), rowgatev1.E_Label).(string)
			got = append(got, fmt.Sprintf("%d|%s", value.Number(), label))
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("labels (-database +contract):\n%s", diff)
	}
}
