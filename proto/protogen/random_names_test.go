package protogen_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// oddNames are identifiers of every kind that Postgres allows and protobuf, or
// a language that code is generated for, does not.
var oddNames = []string{
	// Folding to one another.
	"order items", "order_items", "orderItems", "OrderItems", "ORDER_ITEMS", "order-items", "order__items", "_order_items_", "OrderItem",
	"item", "items", "Item", "ITEM", "itéms",
	// What is made of other names.
	"get_item_request", "list_items_response", "ListItems", "item_service", "item_service_client", "unimplemented_item_service_server",
	"register_item_service_server", "item_row", "item_request", "item_response", "create_item_requests", "items_next_page_token",
	"next_page_token", "page_size", "order_by", "update_mask", "resources", "resource", "types", "type", "functions", "function", "function_service",
	"rpc", "result", "results", "lower", "upper", "bounds", "empty", "arg1", "column1",
	// Reserved words of SQL, protobuf, Go and TypeScript.
	"select", "table", "user", "order", "group", "null", "default", "message", "enum", "service", "syntax", "package", "import", "option",
	"reserved", "oneof", "repeated", "optional", "map", "string", "int32", "bytes", "float", "stream", "returns", "extend", "extensions", "to", "max", "true", "inf", "nan",
	"func", "var", "range", "go", "chan", "interface", "struct", "class", "let", "const", "new", "delete", "await", "constructor", "prototype", "__proto__", "toString",
	"descriptor", "proto_reflect", "reset", "proto_message", "get_id", "size_cache", "unknown_fields", "timestamp", "date", "any", "google", "rowgate", "buf", "app", "v1",
	// Digits, signs, scripts.
	"2fa", "1", "007", "x2fa", "a1b2", "a_1", "a1", "a_1_b", "v_2_1", "ABC", "aBC", "ABc", "IPAddress", "userID2", "user_id2", "iPhone", "HTTPServer2xx",
	"", "+", "-", "--", "😀", "👩‍👩‍👧", "naïve", "straße", "Größe", "имя", "名前", "اسم", "ก", "ñandú", "ﬁ", "Ⅷ", "½", "\u200b", "a\u00a0b", "\u2028",
	`it's`, `say "hi"`, `back\slash`, "per%cent", "semi;colon", "dash--comment", "/* open", "close */", "new\nline", "tab\tbed", "dollar$", "a.b", "{brace}", "<html>", "`tick`", "?column?", "#", "@", "ends ",
	strings.Repeat("long_", 12) + "max", strings.Repeat("long_", 12) + "mix", strings.Repeat("ü", 31), strings.Repeat("名", 21), strings.Repeat("Q", 63),
	"metadata", "data", "media", "people", "person", "men", "sheep", "series", "status", "address", "news", "is", "s", "ss", "es", "class_", "analysis", "children", "ox",
	"created_at", "id", "tenant_id", "author_id", "name", "comments", "comment",
}

var plainNames = []string{"author", "book", "city", "device", "event", "folder", "grade", "house", "invoice", "job", "key", "line", "member", "note", "owner", "page", "quote", "route", "shop", "ticket"}

// namer gives out names that are all different to Postgres.
type namer struct {
	*rand.Rand
	used map[string]bool
}

func (n *namer) in(scope string) string {
	for i := 0; ; i++ {
		var name string
		switch {
		case n.IntN(3) == 0:
			name = plainNames[n.IntN(len(plainNames))]
		default:
			name = oddNames[n.IntN(len(oddNames))]
		}
		if i > 20 {
			name = fmt.Sprintf("%.20s %d", name, n.IntN(1000))
			name = strings.ToValidUTF8(name, "")
		}
		if name != "" && len(name) <= 63 && !n.used[scope+"\x00"+name] {
			n.used[scope+"\x00"+name] = true
			return name
		}
	}
}

// oddComments are texts of comments.
var oddComments = []string{
	"", " ", "\t\n", "\u200b", "Plain.", "no full stop", "Two\n\nparagraphs.\n", "// slashes", "/* a block */ and */ its end", "`ticks` and ```fences```",
	"line\u2028separator\u2029paragraph\u0085next\vtab\ffeed\rreturn\r\nboth", "  indented\n    more\n\t\ttabs", "* star\n- dash\n1. one", "@deprecated {@link x}", "Deprecated: not in use.",
	"buf:lint:ignore COMMENTS", "+build ignore", "go:build ignore", "Policies:", "This has \"quotes\", 'ticks', \\back\\slashes\\ and %v %% %s.", "<b>bold</b> & <!-- -->",
	"\ufeffbyte order", "emoji 😀 and עברית and \u202eturned", "bell \a and escape \x1b[31m", strings.Repeat("very long words of a comment that goes on ", 60),
	strings.Repeat("x", 300), "The column \"id\", integer.", "ends in a backslash \\", "${template}", "{{ .Go }}", "syntax = \"proto3\";",
}
