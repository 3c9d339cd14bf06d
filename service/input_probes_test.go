package service_test

import "github.com/rowgate/rowgate/store/storetest"

// probes is a table for what the example has no place for. Its names and texts
// with "secret" in them are those that no client may read.
var probes = storetest.Migration{Name: "probes", SQL: `
	create table public.probes (
		id bigint not null,
		code text not null,
		secret_column text not null,
		small smallint,
		big bigint,
		short varchar(5),
		at timestamptz(3),
		day date,
		clock time,
		naive timestamp,
		span interval,
		data json,
		numbers integer[],
		address inet,
		parent bigint,
		pair bigint,
		constraint probes_pkey primary key (id),
		constraint probes_secret_unique unique (big),
		constraint probes_secret_check check (small <> 13),
		constraint probes_secret_parent foreign key (parent) references public.probes (id),
		constraint probes_secret_pair foreign key (pair) references public.probes (id) deferrable initially deferred
	);
	create table public.secret_table (secret_column text);
	insert into public.secret_table values ('a secret of the database');
	revoke all on public.secret_table from anon, authenticated;

	create function public.secret_trigger() returns trigger language plpgsql as $$
	begin
		new.secret_column := 'a secret of the database';
		case new.code
			when 'raise' then
				raise exception 'the shop is closed on %', 'Sundays' using
					detail = 'a secret detail', hint = 'a secret hint', constraint = 'secret_constraint',
					column = 'small', table = 'probes', schema = 'public';
			when 'bare' then new.secret_column := null;
			when 'null' then new.code := null;
			when 'slow' then perform pg_sleep(20);
			when 'divide' then new.small := 1 / (new.id - new.id);
			when 'read' then perform from public.secret_table;
			when 'cast' then new.small := 'a secret text'::text::smallint;
			when 'assert' then assert false, 'a secret assertion';
			when 'state' then raise sqlstate 'XY402' using message = 'a secret state';
			else null;
		end case;
		return new;
	end $$;
	create trigger secret_trigger before insert or update on public.probes
		for each row execute function public.secret_trigger();

	alter table public.probes enable row level security;
	create policy secret_policy on public.probes to authenticated using (true) with check (small is distinct from 42);
	revoke all on public.probes from anon, authenticated;
	grant select, insert, update, delete on public.probes to authenticated;

	create table public.meetings (
		id bigint not null,
		day date not null,
		constraint meetings_pkey primary key (id)
	);
	revoke all on public.meetings from anon, authenticated;
	grant select, insert, update on public.meetings to authenticated;
	alter table public.meetings enable row level security;
	create policy secret_policy on public.meetings to authenticated using (true);
	insert into public.meetings values (1, '2026-01-01');

	insert into public.probes (id, code, big, at) values (1, 'one', 100, '2026-01-01 00:00:00Z');
	insert into public.probes (id, code, parent) values (2, 'two', 1);
	insert into public.probes (id, code, at) values (10, 'ten', 'infinity');
	insert into public.probes (id, code, numbers) values (11, 'eleven', '{1,null}'), (12, 'twelve', '{{1},{2}}');
	insert into public.probes (id, code, naive) values (13, 'thirteen', '10000-01-01');

	create view public.naps with (security_invoker = true) as
		select p.id, (select pg_sleep(20))::text as rest from public.probes p;
	create function public.secret_scribble() returns text language sql as
		$$ insert into public.meetings values (99, '2026-01-01') returning 'x' $$;
	create view public.scribbles with (security_invoker = true) as
		select p.id, public.secret_scribble() as rest from public.probes p;
	revoke all on public.naps, public.scribbles from anon, authenticated;
	grant select on public.naps, public.scribbles to authenticated;`}

// probesProto is the contract of the probes.
const probesProto = `syntax = "proto3";
package probe.v1;
import "google/protobuf/empty.proto";
import "google/protobuf/field_mask.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/timestamp.proto";
import "google/type/date.proto";
import "google/type/datetime.proto";
import "google/type/timeofday.proto";
import "rowgate/v1/interval.proto";
import "rowgate/v1/options.proto";
service ProbeService {
  rpc GetProbe(GetProbeRequest) returns (Probe) { option (rowgate.v1.method) = { get: {} }; }
  rpc ListProbes(ListProbesRequest) returns (ListProbesResponse) { option (rowgate.v1.method) = { list: {} }; }
  rpc CreateProbe(CreateProbeRequest) returns (Probe) { option (rowgate.v1.method) = { create: {} }; }
  rpc UpdateProbe(UpdateProbeRequest) returns (Probe) { option (rowgate.v1.method) = { update: {} }; }
  rpc DeleteProbe(GetProbeRequest) returns (google.protobuf.Empty) { option (rowgate.v1.method) = { delete: { message: "Probe" } }; }
  rpc CreateMeeting(CreateMeetingRequest) returns (Meeting) { option (rowgate.v1.method) = { create: {} }; }
  rpc UpdateMeeting(UpdateMeetingRequest) returns (Meeting) { option (rowgate.v1.method) = { update: {} }; }
  rpc GetNap(GetNapRequest) returns (Nap) { option (rowgate.v1.method) = { get: {} }; }
  rpc GetScribble(GetNapRequest) returns (Scribble) { option (rowgate.v1.method) = { get: {} }; }
}
message Probe {
  option (rowgate.v1.relation) = { name: "probes" };
  int64 id = 1;
  optional string code = 2;
  optional int32 small = 3;
  optional string big = 4;
  optional string short = 5;
  google.protobuf.Timestamp at = 6;
  google.type.Date day = 7;
  google.type.TimeOfDay clock = 8;
  google.type.DateTime naive = 9;
  rowgate.v1.Interval span = 10;
  google.protobuf.Value data = 11;
  repeated int64 numbers = 12;
  optional string address = 13;
  optional int64 parent = 14;
  optional int64 pair = 15;
}
message GetProbeRequest { int64 id = 1; }
message ListProbesRequest { int32 page_size = 1; string page_token = 2; string order_by = 3; }
message ListProbesResponse { repeated Probe probes = 1; string next_page_token = 2; }
message CreateProbeRequest { Probe probe = 1; }
message UpdateProbeRequest { Probe probe = 1; google.protobuf.FieldMask update_mask = 2; }
message Meeting {
  option (rowgate.v1.relation) = { name: "meetings" };
  int64 id = 1;
  google.type.Date day = 2;
}
message CreateMeetingRequest { Meeting meeting = 1; }
message UpdateMeetingRequest { Meeting meeting = 1; google.protobuf.FieldMask update_mask = 2; }
message Nap {
  option (rowgate.v1.relation) = { name: "naps" key: "id" };
  int64 id = 1;
  optional string rest = 2;
}
message Scribble {
  option (rowgate.v1.relation) = { name: "scribbles" key: "id" };
  int64 id = 1;
  optional string rest = 2;
}
message GetNapRequest { int64 id = 1; }
`
