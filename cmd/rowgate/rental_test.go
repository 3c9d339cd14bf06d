package main_test

import (
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"

	"github.com/rowgate/rowgate/migrations"
	"github.com/rowgate/rowgate/store/storetest"
)

// TestRental takes a plain Postgres database, whose owner has added caller
// roles, grants and policies, from its SQL to calls, and through a migration
// that drops what the files have.
func TestRental(t *testing.T) {
	// The server is that of other tests, which want the caller roles as a
	// Supabase project has them: those are made first, and the sample finds them.
	s := newSample(t, "rental", storetest.Migration(migrations.Supabase()[0]))
	pulled := s.rowgate(t, 0, "pull")
	want := `
open to every caller:
  public: row level security is off on actor, category, film, film_actor, film_category, inventory and language: callers read and write every row that the grants allow

told apart:
  public.language: films_by_language of Language is the field of the foreign key film_language_id_fkey, since films could be another's as well
  public.language: films_by_original_language of Language is the field of the foreign key film_original_language_id_fkey, since films could be another's as well

left out:
  public.address: none of anon, authenticated may read it
  public.city: none of anon, authenticated may read it
  public.country: none of anon, authenticated may read it
  public.customer_list: none of anon, authenticated may read it
  public.rental_by_category: none of anon, authenticated may read it
  public.staff: none of anon, authenticated may read it
  public.store: none of anon, authenticated may read it
  public._group_concat(text, text): none of anon, authenticated may execute it
  public.group_concat(text): it is an aggregate or a window function, which is called within a query only
  public.last_day(timestamp with time zone): none of anon, authenticated may execute it
  public.rewards_report(integer, numeric): none of anon, authenticated may execute it
  public: trigger functions, 1 of them: Postgres lets nobody call them

12 relations and 4 functions in package app.v1: 16 files new
`
	if _, report, _ := strings.Cut(pulled.out, "in proto\n"); report != want {
		t.Errorf("the report is\n%s\nwant\n%s", report, want)
	}
	s.checks(t, "54 methods of proto fit the database, and no way around row level security is open", 7)
	s.prints(t, 0, "the files are in step with the database\n", "pull", "--check",
		"--no-supabase", "--migrations", filepath.Join(root, "cmd", "rowgate", "testdata", "rental"))
	rentalCalls(t, s.serve(t), s.token(t, "1", "lena@example.com"))

	s.migrate(t, `
		alter table customer rename column activebool to active;
		drop view actor_info;
		drop function film_in_stock(integer, integer);`)
	const gone = `
gone:
  public.actor_info: is not there any more, and resources.proto has ActorInfo for it; --prune takes it out
  public.film_in_stock: is not there any more, and FilmInStock calls it; --prune takes it out
`
	got := s.rowgate(t, 1, "check")
	for _, want := range []string{
		"\tbreaks app.v1.ActorInfoService ListActorInfo, StreamActorInfo, AggregateActorInfo\n", "\tbreaks app.v1.FunctionService FilmInStock\n",
		"\tbreaks app.v1.CustomerService GetCustomer, ListCustomers, StreamCustomers, AggregateCustomers, UpdateCustomer, BatchUpdateCustomers, UpdateManyCustomers\n", gone,
	} {
		if !strings.Contains(got.out, want) {
			t.Errorf("no %q in\n%s", want, got.out)
		}
	}
	if want := "rowgate: 11 of 54 methods cannot be served; the files are behind the database\n"; got.errOut != want {
		t.Errorf("%q, want %q", got.errOut, want)
	}
	s.rowgate(t, 1, "serve", "--listen", "127.0.0.1:0")
	c := s.serve(t, "--allow-drift")
	c.refused(t, "", "ActorInfoService/ListActorInfo", `{}`, codes.FailedPrecondition)
	c.want(t, "", "CategoryService/GetCategory", `{"category_id": 1}`, `{"categoryId":1,"name":"Comedy"}`)

	// A pull keeps what stands for things that are gone until it is told.
	if got := s.rowgate(t, 0, "pull"); !strings.Contains(got.out, gone) {
		t.Errorf("no %q in\n%s", gone, got.out)
	}
	s.rowgate(t, 1, "pull", "--check")
	s.rowgate(t, 0, "pull", "--prune")
	s.checks(t, "50 methods of proto fit the database, and no way around row level security is open", 7)
	s.prints(t, 0, "the files are in step with the database\n", "pull", "--check")
}

func rentalCalls(t *testing.T, c *client, lena string) {
	// Everybody browses.
	c.want(t, "", "FilmService/ListFilms", `{"order_by": "title"}`, `{"films":[`+
		`{"filmId":3,"title":"Il Tram","description":"A driver will not stop","releaseYear":1954,"languageId":2,`+
		`"rentalDuration":3,"rentalRate":"4.99","replacementCost":"19.99"},`+
		`{"filmId":1,"title":"Night Ferry","description":"A mate and a stowaway cross the strait","releaseYear":1998,"languageId":1,`+
		`"rentalDuration":3,"rentalRate":"4.99","length":94,"replacementCost":"19.99","rating":"MPAA_RATING_PG_13","specialFeatures":["Trailers","Deleted Scenes"]},`+
		`{"filmId":2,"title":"The Glass Orchard","description":"A gardener inherits a greenhouse","releaseYear":2006,"languageId":1,`+
		`"rentalDuration":3,"rentalRate":"4.99","length":121,"replacementCost":"19.99","rating":"MPAA_RATING_PG","specialFeatures":["Commentaries"]}]}`)
	c.want(t, "", "FilmListService/ListFilmLists", `{"order_by": "fid", "page_size": 3}`, `{"filmLists":[`+
		`{"fid":1,"title":"Night Ferry","description":"A mate and a stowaway cross the strait","category":"Drama","price":"4.99","length":94,`+
		`"rating":"MPAA_RATING_PG_13","actors":["Otto Brandt","Mae Hill"]},`+
		`{"fid":2,"title":"The Glass Orchard","description":"A gardener inherits a greenhouse","category":"Comedy","price":"4.99","length":121,`+
		`"rating":"MPAA_RATING_PG","actors":["Rosa Neri"]},`+
		`{"fid":3,"title":"Il Tram","description":"A driver will not stop","category":"Drama","price":"4.99","actors":["Rosa Neri"]}]}`)
	c.refused(t, "", "FilmListService/ListFilmLists", `{"page_size": 2}`, codes.FailedPrecondition)
	c.want(t, "", "FilmActorService/GetFilmActor", `{"actor_id": 2, "film_id": 1}`, `{"actorId":2,"filmId":1}`)
	c.want(t, "", "LanguageService/GetLanguage", `{"language_id": 1}`, `{"languageId":1,"name":"English             "}`)
	c.refused(t, "", "CustomerService/ListCustomers", `{}`, codes.PermissionDenied)
	c.refused(t, "", "FunctionService/GetCustomerBalance", `{"p_customer_id": 1}`, codes.PermissionDenied)

	// A customer sees what is theirs, in the partitioned table as well.
	c.want(t, lena, "FunctionService/CurrentCustomerId", `{}`, `{"result":1}`)
	next := c.field(t, lena, "RentalService/ListRentals", `{"order_by": "rental_date desc", "page_size": 1}`,
		`^{"rentals":\[{"rentalId":2,"rentalDate":{"year":2022,"month":2,"day":1,"hours":19},"inventoryId":2,"customerId":1,"staffId":1}\],"nextPageToken":"([^"]+)"}$`)
	previous := c.field(t, lena, "RentalService/ListRentals", `{"order_by": "rental_date desc", "page_size": 1, "page_token": "`+next+`"}`,
		`^{"rentals":\[{"rentalId":1,"rentalDate":{"year":2022,"month":1,"day":5,"hours":18,"minutes":30},"inventoryId":1,"customerId":1,`+
			`"returnDate":{"year":2022,"month":1,"day":7,"hours":10},"staffId":1}\],"previousPageToken":"([^"]+)"}$`)
	c.field(t, lena, "RentalService/ListRentals", `{"order_by": "rental_date desc", "page_size": 1, "page_token": "`+previous+`"}`,
		`^{"rentals":\[({"rentalId":2,[^]]*)\],"nextPageToken":"[^"]+"}$`)
	c.want(t, lena, "PaymentService/ListPayments", `{}`, `{"payments":[`+
		`{"paymentId":1,"customerId":1,"staffId":1,"rentalId":1,"amount":"4.99","paymentDate":"2022-01-07T10:05:00Z"},`+
		`{"paymentId":3,"customerId":1,"staffId":1,"rentalId":2,"amount":"1.00","paymentDate":"2022-03-01T09:00:00Z"}]}`)
	c.want(t, lena, "PaymentService/GetPayment", `{"payment_date": "2022-03-01T09:00:00Z", "payment_id": 3}`,
		`{"paymentId":3,"customerId":1,"staffId":1,"rentalId":2,"amount":"1.00","paymentDate":"2022-03-01T09:00:00Z"}`)
	c.refused(t, lena, "PaymentService/GetPayment", `{"payment_date": "2022-02-02T12:20:00Z", "payment_id": 2}`, codes.NotFound)
	c.want(t, lena, "FunctionService/GetCustomerBalance", `{"p_customer_id": 1}`, `{"result":"3.99"}`)
	c.want(t, lena, "FunctionService/GetCustomerBalance", `{"p_customer_id": 1, "p_effective_date": "2022-01-06T00:00:00Z"}`, `{"result":"4.99"}`)
	c.want(t, lena, "FunctionService/GetCustomerBalance", `{"p_customer_id": 2}`, `{"result":"0"}`)
	c.want(t, lena, "FunctionService/FilmInStock", `{"p_film_id": 1, "p_store_id": 1}`, `{"results":[1]}`)

	// The grant is for three columns, the policy for one row.
	c.want(t, lena, "CustomerService/UpdateCustomer", `{"customer": {"customer_id": 1, "last_name": "Berg-Lund"}, "update_mask": "lastName"}`,
		`{"customerId":1,"storeId":1,"firstName":"Lena","lastName":"Berg-Lund","email":"lena@example.com","addressId":2,"activebool":true,`+
			`"createDate":{"year":2021,"month":12,"day":24}}`)
	c.refused(t, lena, "CustomerService/UpdateCustomer", `{"customer": {"customer_id": 2, "last_name": "Mine"}, "update_mask": "lastName"}`, codes.NotFound)
	c.refused(t, lena, "CustomerService/UpdateCustomer", `{"customer": {"customer_id": 1, "store_id": 2}, "update_mask": "storeId"}`, codes.InvalidArgument)
}
