/* SPDX-License-Identifier: BSD-2-Clause */
/* What errors of the NAS mean: a test per row of the tables. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "nas/reason.h"

static int set_up(void **state)
{
	*state = arena_new(1u << 20);
	return *state != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
	arena_free(*state);
	return 0;
}

static struct reason read_text(struct arena *arena, const char *json,
			       const char *secret)
{
	struct reason reason;

	assert_true(reason_read(arena, (struct span){json, strlen(json)},
				secret, &reason));
	return reason;
}

static void numbers_have_statuses(void **state)
{
	static const struct {
		int error;
		scale_status status;
	} rows[] = {
		{EPERM, SCALE_PERMISSION_DENIED},
		{ENOENT, SCALE_NOT_FOUND},
		{EACCES, SCALE_PERMISSION_DENIED},
		{EBUSY, SCALE_FAILED_PRECONDITION},
		{EEXIST, SCALE_ALREADY_EXISTS},
		{EXDEV, SCALE_INVALID_ARGUMENT},
		{EINVAL, SCALE_INVALID_ARGUMENT},
		{ENOSPC, SCALE_RESOURCE_EXHAUSTED},
		{ENOTEMPTY, SCALE_FAILED_PRECONDITION},
		{EOPNOTSUPP, SCALE_UNIMPLEMENTED},
		{ETIMEDOUT, SCALE_UNAVAILABLE},
		{EDQUOT, SCALE_RESOURCE_EXHAUSTED},
		{REASON_ENOMETHOD, SCALE_UNIMPLEMENTED},
		{REASON_ESERVICESTART, SCALE_FAILED_PRECONDITION},
		{REASON_EREMOTENODE, SCALE_UNAVAILABLE},
		{REASON_ELOCKED, SCALE_FAILED_PRECONDITION},
		{REASON_ENOLOGIN, SCALE_UNAUTHENTICATED},
		{REASON_EREBOOT, SCALE_FAILED_PRECONDITION},
		{REASON_EHA, SCALE_UNAVAILABLE},
		{EFAULT, SCALE_INTERNAL},
		{0, SCALE_INTERNAL},
		{2015, SCALE_INTERNAL},
	};
	struct arena *arena = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char json[256];

		(void)snprintf(json, sizeof(json),
			       "{\"code\":-32001,\"message\":\"m\",\"data\":{"
			       "\"error\":%d,\"reason\":\"[EWHAT] words\"}}",
			       rows[i].error);
		assert_int_equal(read_text(arena, json, NULL).status,
				 rows[i].status);
		assert_int_equal(reason_status(rows[i].error), rows[i].status);
	}
}

static void codes_have_statuses(void **state)
{
	static const struct {
		int code;
		scale_status status;
		bool is_certain;
	} rows[] = {
		{REASON_PARSE, SCALE_INTERNAL, true},
		{REASON_REQUEST, SCALE_INTERNAL, true},
		{REASON_METHOD, SCALE_UNIMPLEMENTED, true},
		{REASON_REPLY, SCALE_INTERNAL, false},
		{REASON_BUSY, SCALE_UNAVAILABLE, true},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct reason reason;
		char json[128];

		(void)snprintf(json, sizeof(json),
			       "{\"code\":%d,\"message\":\"m\"}", rows[i].code);
		reason = read_text(*state, json, NULL);
		assert_int_equal(reason.status, rows[i].status);
		assert_int_equal(reason.code, rows[i].code);
		assert_int_equal(
			reason_is_certain(reason.code, reason.error, NULL),
			rows[i].is_certain);
	}
}

/* An error from inside a method, as 25.10 and 26 word it. */
static void words_have_numbers(void **state)
{
	static const struct {
		int sent;
		const char *words;
		int error;
	} rows[] = {
		{14, "[EFAULT] Failed to create dataset: 'a' already exists",
		 EEXIST},
		{14, "Failed to create dataset a: [EZFS_EXISTS] x", EEXIST},
		{14, "cannot create 'a': out of space", ENOSPC},
		{14, "Failed: [EZFS_NOSPC] x", ENOSPC},
		{14, "No space left on device", ENOSPC},
		{22,
		 "It is not recommended to use more than 80% of your available "
		 "space for VOLUME",
		 ENOSPC},
		{14, "cannot destroy 'a': filesystem has children", ENOTEMPTY},
		{22, "'a' has snapshots", ENOTEMPTY},
		{14, "snapshot has dependent clones", ENOTEMPTY},
		{14, "would destroy dependent clone b", ENOTEMPTY},
		{14, "cannot destroy 'a': dataset is busy", EBUSY},
		{14, "Device busy", EBUSY},
		{14, "[EZFS_BUSY] x", EBUSY},
		{14, "[EFAULT] Target x is in use.", EBUSY},
		{14, "dataset does not exist", ENOENT},
		{22, "'tank/x' not found", ENOENT},
		{14, "[EZFS_NOENT] x", ENOENT},
		{13, "[EACCES] Session is expired", REASON_ENOLOGIN},
		{13, "[EACCES] already exists", EACCES},
		{16, "[EBUSY] not found", EBUSY},
		{14, "something else", EFAULT},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char json[256];

		(void)snprintf(json, sizeof(json),
			       "{\"code\":-32001,\"message\":\"m\",\"data\":{"
			       "\"error\":%d,\"reason\":\"%s\"}}",
			       rows[i].sent, rows[i].words);
		assert_int_equal(read_text(*state, json, NULL).error,
				 rows[i].error);
	}
}

static void absence_in_a_complaint_may_be_of_another_object(void **state)
{
	struct reason reason =
		read_text(*state,
			  "{\"code\":-32602,\"data\":{\"error\":22,\"extra\":[["
			  "\"sharingnfs_create.path\",\"This path does not "
			  "exist.\",22]]}}",
			  NULL);

	assert_int_equal(reason.error, EINVAL);
	assert_int_equal(reason.status, SCALE_INVALID_ARGUMENT);
}

/* truenas-api.md 3.4: the three shapes of "not there". */
static void absence_has_three_shapes(void **state)
{
	static const struct {
		const char *json;
	} rows[] = {
		{"{\"code\":-32602,\"data\":{\"error\":22,\"reason\":\"x\","
		 "\"extra\":[[null,\"PoolDataset a does not exist\",2]],"
		 "\"trace\":{\"class\":\"InstanceNotFound\"}}}"},
		{"{\"code\":-32001,\"data\":{\"error\":22,"
		 "\"reason\":\"MatchNotFound()\","
		 "\"trace\":{\"class\":\"MatchNotFound\"}}}"},
		{"{\"code\":-32001,\"data\":{\"error\":2,\"reason\":"
		 "\"[ENOENT] Path x not found\",\"trace\":null}}"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct reason reason = read_text(*state, rows[i].json, NULL);

		assert_int_equal(reason.error, ENOENT);
		assert_int_equal(reason.status, SCALE_NOT_FOUND);
	}
}

static void texts_are_for_people(void **state)
{
	static const struct {
		const char *json, *text;
	} rows[] = {
		{"{\"code\":-32001,\"data\":{\"error\":14,\"reason\":"
		 "\"[EFAULT] Failed to\\ndo  it.\"}}",
		 "Failed to do it"},
		{"{\"code\":-32602,\"data\":{\"error\":22,\"extra\":["
		 "[\"data.PoolDatasetCreateVolume.volsize.literal[0]\","
		 "\"Field required\",22],"
		 "[\"data.PoolDatasetCreateFilesystem.x\","
		 "\"Field required\",22],[\"pool_dataset_create.name\","
		 "\"Bad name.\",22]]}}",
		 "volsize: Field required, name: Bad name"},
		{"{\"code\":-32001,\"message\":\"Method call error\"}",
		 "Method call error"},
		{"{\"code\":-32001,\"data\":{\"error\":202,\"reason\":"
		 "\"[ESERVICESTARTFAILURE] nfs\"}}",
		 "nfs; look at this service on the NAS"},
		{"{\"code\":-32001,\"data\":{\"error\":14,\"reason\":\"\"}}",
		 "the NAS gave no reason"},
		{"nonsense", "the NAS gave no reason"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(read_text(*state, rows[i].json, NULL).text,
				    rows[i].text);
}

static void secrets_stay_out_of_texts(void **state)
{
	struct reason reason = read_text(
		*state,
		"{\"code\":-32602,\"data\":{\"error\":22,\"extra\":[["
		"\"data.secret\",\"'hunter2hunter2' is too short\",22]]}}",
		"[{\"user\":\"u\",\"peers\":[{\"secret\":\"hunter2hunter2\"}]}"
		"]");

	assert_null(strstr(reason.text, "hunter2"));
	assert_string_equal(reason.attribute, "data.secret");
}

static void traces_stay_out_of_texts(void **state)
{
	struct reason reason = read_text(
		*state,
		"{\"code\":-32001,\"data\":{\"error\":14,\"reason\":\"x\","
		"\"trace\":{\"class\":\"CallError\",\"formatted\":\"canary\"}}"
		"}",
		NULL);

	assert_null(strstr(reason.text, "canary"));
}

static void long_texts_are_cut(void **state)
{
	char json[6000];
	int n = snprintf(json, sizeof(json),
			 "{\"code\":-32001,\"data\":{\"error\":14,"
			 "\"reason\":\"");

	memset(json + n, 'x', 5000);
	(void)snprintf(json + n + 5000, 8, "\"}}");
	assert_in_range(strlen(read_text(*state, json, NULL).text), 300, 500);
}

static void expiry_is_seen(void **state)
{
	struct reason reason =
		read_text(*state,
			  "{\"code\":-32001,\"data\":{\"error\":207,\"reason\":"
			  "\"[ENOTAUTHENTICATED] Not authenticated\"}}",
			  NULL);

	assert_true(reason.is_expired);
	assert_true(reason_is_certain(reason.code, reason.error, NULL));
}

static void certainty_depends_on_where_it_failed(void **state)
{
	(void)state;
	assert_true(reason_is_certain(REASON_PARAMS, EINVAL, "data.x"));
	assert_true(reason_is_certain(REASON_PARAMS, ENOENT, NULL));
	assert_false(reason_is_certain(REASON_PARAMS, EINVAL,
				       "pool.dataset.update"));
	assert_true(reason_is_certain(REASON_CALL, EACCES, NULL));
	assert_true(reason_is_certain(REASON_CALL, REASON_ENOMETHOD, NULL));
	assert_false(reason_is_certain(REASON_CALL, EFAULT, NULL));
	assert_false(reason_is_certain(REASON_CALL, ENOENT, NULL));
	assert_false(
		reason_is_certain(REASON_CALL, REASON_ESERVICESTART, NULL));
	assert_false(reason_is_certain(0, 0, NULL));
}

static void jobs_fail_in_the_same_words(void **state)
{
	static const char validation[] =
		"{\"state\":\"FAILED\",\"error\":\"x\",\"exc_info\":{\"type\":"
		"\"VALIDATION\",\"errno\":22,\"extra\":[["
		"\"replication_run_onetime.name_regex\",\"bad\",22]]}}";
	static const char plain[] =
		"{\"state\":\"FAILED\",\"error\":\"[EFAULT] out of space\","
		"\"exc_info\":{\"type\":\"CallError\",\"errno\":14,"
		"\"extra\":null}}";
	struct reason reason;

	assert_true(reason_read_job(
		*state, (struct span){validation, sizeof(validation) - 1}, NULL,
		&reason));
	assert_int_equal(reason.code, REASON_PARAMS);
	assert_string_equal(reason.text, "name_regex: bad");
	assert_true(reason_read_job(*state,
				    (struct span){plain, sizeof(plain) - 1},
				    NULL, &reason));
	assert_int_equal(reason.code, REASON_CALL);
	assert_int_equal(reason.status, SCALE_RESOURCE_EXHAUSTED);
	assert_string_equal(reason.text,
			    "out of space; free space on the NAS or ask for "
			    "less");
}

int main(void)
{
#define ROW(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		ROW(numbers_have_statuses),
		ROW(codes_have_statuses),
		ROW(words_have_numbers),
		ROW(absence_in_a_complaint_may_be_of_another_object),
		ROW(absence_has_three_shapes),
		ROW(texts_are_for_people),
		ROW(secrets_stay_out_of_texts),
		ROW(traces_stay_out_of_texts),
		ROW(long_texts_are_cut),
		ROW(expiry_is_seen),
		ROW(certainty_depends_on_where_it_failed),
		ROW(jobs_fail_in_the_same_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
