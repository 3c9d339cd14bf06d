package wire

// OIDs of built-in types, from Postgres' pg_type.dat. They never change.
const (
	oidBool        = 16
	oidBytea       = 17
	oidChar        = 18
	oidName        = 19
	oidInt8        = 20
	oidInt2        = 21
	oidInt4        = 23
	oidText        = 25
	oidOID         = 26
	oidJSON        = 114
	oidCidr        = 650
	oidFloat4      = 700
	oidFloat8      = 701
	oidMoney       = 790
	oidInet        = 869
	oidBpchar      = 1042
	oidVarchar     = 1043
	oidDate        = 1082
	oidTime        = 1083
	oidTimestamp   = 1114
	oidTimestamptz = 1184
	oidInterval    = 1186
	oidTimetz      = 1266
	oidNumeric     = 1700
	oidUUID        = 2950
	oidJSONB       = 3802

	oidTextArray    = 1009
	oidNumericArray = 1231

	oidRecord      = 2249
	oidRecordArray = 2287

	// firstUserOID is the first OID that a type of a user may have
	// (FirstNormalObjectId).
	firstUserOID = 16384
)
