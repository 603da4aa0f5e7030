/* SPDX-License-Identifier: BSD-2-Clause */
/* Turns errors of the NAS into statuses and sentences, by tables. */
#include "nas/reason.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "nas/tree.h"

#define REASON_TEXT_MAX 400

/*
 * One row per number.  advice: what to do, where the NAS's own text does not
 * say it.
 */
static const struct {
	int error;
	scale_status status;
	const char *advice;
} numbers[] = {
	{EPERM, SCALE_PERMISSION_DENIED, NULL},
	{ENOENT, SCALE_NOT_FOUND, NULL},
	{EACCES, SCALE_PERMISSION_DENIED,
	 "give the owner of the API key the privilege for it"},
	{EBUSY, SCALE_FAILED_PRECONDITION, NULL},
	{EEXIST, SCALE_ALREADY_EXISTS, NULL},
	{EXDEV, SCALE_INVALID_ARGUMENT, NULL},
	{EINVAL, SCALE_INVALID_ARGUMENT, NULL},
	{ENOSPC, SCALE_RESOURCE_EXHAUSTED,
	 "free space on the NAS or ask for less"},
	{ENOTEMPTY, SCALE_FAILED_PRECONDITION, NULL},
	{EOPNOTSUPP, SCALE_UNIMPLEMENTED, NULL},
	{ETIMEDOUT, SCALE_UNAVAILABLE, NULL},
	{EDQUOT, SCALE_RESOURCE_EXHAUSTED,
	 "raise the quota on the NAS or ask for less"},
	{REASON_ENOMETHOD, SCALE_UNIMPLEMENTED, NULL},
	{REASON_ESERVICESTART, SCALE_FAILED_PRECONDITION,
	 "look at this service on the NAS"},
	{REASON_EREMOTENODE, SCALE_UNAVAILABLE, NULL},
	{REASON_ELOCKED, SCALE_FAILED_PRECONDITION,
	 "unlock the dataset on the NAS"},
	{REASON_ENOLOGIN, SCALE_UNAUTHENTICATED, NULL},
	{REASON_EREBOOT, SCALE_FAILED_PRECONDITION, "restart the NAS"},
	{REASON_EHA, SCALE_UNAVAILABLE, NULL},
};

/* Codes that say it all. */
static const struct {
	int code;
	scale_status status;
	bool is_certain;
	const char *text;
} codes[] = {
	{REASON_PARSE, SCALE_INTERNAL, true,
	 "the NAS could not read the request"},
	{REASON_REQUEST, SCALE_INTERNAL, true,
	 "the NAS found no valid request in what it was sent"},
	{REASON_METHOD, SCALE_UNIMPLEMENTED, true,
	 "this release of TrueNAS does not know the method"},
	{REASON_REPLY, SCALE_INTERNAL, false,
	 "the NAS could not put its answer into words"},
	{REASON_BUSY, SCALE_UNAVAILABLE, true,
	 "the NAS has too many calls of this connection under way"},
};

/*
 * Last resort: what up to 25.10 says only in words, because libzfs's codes
 * arrive as EFAULT and validation errors as EINVAL (truenas-api.md 3.5).
 * is_call_only: believed in an error from inside a method alone, since a
 * complaint about parameters may speak of another object.
 */
static const struct {
	const char *words;
	int error;
	bool is_call_only;
} phrases[] = {
	{"session is expired", REASON_ENOLOGIN, true},
	{"already exists", EEXIST, false},
	{"EZFS_EXISTS", EEXIST, false},
	{"out of space", ENOSPC, false},
	{"EZFS_NOSPC", ENOSPC, false},
	{"no space left", ENOSPC, false},
	{"80% of your available space", ENOSPC, false},
	{"has children", ENOTEMPTY, false},
	{"has snapshots", ENOTEMPTY, false},
	{"has dependent clones", ENOTEMPTY, false},
	{"dependent clone", ENOTEMPTY, false},
	{"is busy", EBUSY, true},
	{"device busy", EBUSY, true},
	{"EZFS_BUSY", EBUSY, true},
	{"in use", EBUSY, true},
	{"does not exist", ENOENT, true},
	{"not found", ENOENT, true},
	{"EZFS_NOENT", ENOENT, true},
};

/* Attributes of complaints that come after something may have been written. */
static const char *const uncertain[] = {
	"pool.dataset.update", /* 26+: properties go one after the other */
};

#define N_ROWS(table) (sizeof(table) / sizeof((table)[0]))

scale_status reason_status(int error)
{
	for (size_t i = 0; i < N_ROWS(numbers); i++) {
		if (numbers[i].error == error)
			return numbers[i].status;
	}
	return SCALE_INTERNAL;
}

bool reason_is_certain(int code, int error, const char *attribute)
{
	for (size_t i = 0; i < N_ROWS(codes); i++) {
		if (codes[i].code == code)
			return codes[i].is_certain;
	}
	if (code == REASON_CALL)
		return error == EACCES || error == REASON_ENOLOGIN ||
		       error == REASON_ENOMETHOD;
	if (code != REASON_PARAMS)
		return false;
	for (size_t i = 0; attribute != NULL && i < N_ROWS(uncertain); i++) {
		if (strcmp(attribute, uncertain[i]) == 0)
			return false;
	}
	return true;
}

static const char *advice_for(int error)
{
	for (size_t i = 0; i < N_ROWS(numbers); i++) {
		if (numbers[i].error == error)
			return numbers[i].advice;
	}
	return NULL;
}

/* The number the words stand for, if the number sent says nothing. */
static int number_of_words(int code, int error, const char *words)
{
	bool is_vague = error == 0 || error == EFAULT || error == EINVAL;

	for (size_t i = 0; i < N_ROWS(phrases); i++) {
		if (phrases[i].is_call_only && code == REASON_PARAMS)
			continue;
		if (!is_vague &&
		    !(error == EACCES && phrases[i].error == REASON_ENOLOGIN))
			continue;
		if (strcasestr(words, phrases[i].words) != NULL)
			return phrases[i].error;
	}
	return error;
}

/*
 * The word of an attribute path that people know: the last one that is a field,
 * not an index or a variant
 * ("data.PoolDatasetCreateVolume.refquota.literal[0]").
 */
static size_t find_field(const char *attribute, const char **ret_field)
{
	size_t len = 0, n_parts = 0;

	*ret_field = "";
	for (const char *p = attribute; *p != '\0'; n_parts++) {
		size_t part = strcspn(p, ".");
		bool is_field = part > 0 &&
				strspn(p, "abcdefghijklmnopqrstuvwxyz_"
					  "0123456789") == part &&
				(p[0] < '0' || p[0] > '9');

		if (is_field && n_parts > 0) {
			*ret_field = p;
			len = part;
		}
		p += part;
		if (*p == '.')
			p++;
	}
	return len;
}

/* Without "[EFAULT] " in front; line ends become blanks. */
static void put_words(struct text *text, const char *words)
{
	bool was_blank = true;

	if (words[0] == '[' && words[1] == 'E') {
		const char *behind = strstr(words, "] ");

		words = behind != NULL ? behind + 2 : words;
	}
	for (; *words != '\0'; words++) {
		bool is_blank = strchr(" \t\r\n", *words) != NULL;

		if (!is_blank)
			text_put_char(text, *words);
		else if (!was_blank)
			text_put_char(text, ' ');
		was_blank = is_blank;
	}
}

/* Whether a text of @tree, a secret call's parameters, shows up in @words. */
static bool gives_away(json_t *tree, const char *words)
{
	if (json_is_string(tree))
		return json_string_length(tree) >= 4 &&
		       strstr(words, json_string_value(tree)) != NULL;
	for (size_t i = 0; i < json_array_size(tree); i++) {
		if (gives_away(json_array_get(tree, i), words))
			return true;
	}
	for (void *it = json_object_iter(tree); it != NULL;
	     it = json_object_iter_next(tree, it)) {
		if (gives_away(json_object_iter_value(it), words))
			return true;
	}
	return false;
}

/* What was found in an error, before it is judged. */
struct finding {
	int code, error;
	const char *words;   /* of a failed call */
	const json_t *extra; /* list of [attribute, message, errno]; or NULL */
	const char *class;   /* of the exception; or NULL */
};

static const char *triple_text(const json_t *triple, size_t at)
{
	return json_string_value(json_array_get(triple, at));
}

/* The first three different complaints, each with its field. */
static void put_complaints(struct text *text, const struct finding *found)
{
	const char *last = "";
	int n = 0;

	for (size_t i = 0; i < json_array_size(found->extra) && n < 3; i++) {
		const json_t *triple = json_array_get(found->extra, i);
		const char *attribute = triple_text(triple, 0);
		const char *words = triple_text(triple, 1);
		const char *field;
		size_t len;

		if (words == NULL || strcmp(words, last) == 0)
			continue;
		if (n++ > 0)
			text_put(text, ", ");
		len = find_field(attribute != NULL ? attribute : "", &field);
		if (len > 0) {
			text_put_n(text, field, len);
			text_put(text, ": ");
		}
		put_words(text, words);
		last = words;
	}
}

/* The errno of a validation error worth reading is in its triples. */
static int number_of_extra(const struct finding *found)
{
	int error = found->error;

	for (size_t i = 0; i < json_array_size(found->extra); i++) {
		const json_t *number =
			json_array_get(json_array_get(found->extra, i), 2);

		if (!json_is_integer(number))
			continue;
		error = (int)json_integer_value(number);
		if (error != EINVAL)
			break;
	}
	return error;
}

static bool is_not_found_class(const char *class)
{
	return class != NULL && (strcmp(class, "MatchNotFound") == 0 ||
				 strcmp(class, "InstanceNotFound") == 0);
}

static bool is_validation(const struct finding *found)
{
	return json_is_array(json_array_get(found->extra, 0));
}

static const char *first_attribute(struct arena *arena,
				   const struct finding *found)
{
	for (size_t i = 0; i < json_array_size(found->extra); i++) {
		const char *attribute =
			triple_text(json_array_get(found->extra, i), 0);

		if (attribute != NULL)
			return arena_strdup(arena, attribute);
	}
	return NULL;
}

static void put_text(struct text *text, const struct finding *found,
		     const char *secret, int error)
{
	char raw[REASON_TEXT_MAX];
	struct text words;
	auto_json json_t *params = NULL;

	text_init(&words, raw, sizeof(raw));
	if (is_validation(found))
		put_complaints(&words, found);
	else
		put_words(&words, found->words);
	if (secret != NULL)
		params = json_loads(secret, 0, NULL);
	if (params != NULL && gives_away(params, raw))
		text_put(text, "the NAS refused it in words that repeat a "
			       "secret");
	else if (raw[0] != '\0')
		text_put_printable(text, raw);
	else
		text_put(text, "the NAS gave no reason");
	while (text->len > 0 && (text->buf[text->len - 1] == '.' ||
				 text->buf[text->len - 1] == ' '))
		text->buf[--text->len] = '\0';
	if (advice_for(error) != NULL)
		text_printf(text, "; %s", advice_for(error));
}

static bool judge(struct arena *arena, const struct finding *found,
		  const char *secret, struct reason *ret)
{
	char buf[REASON_TEXT_MAX + 80];
	struct text text;

	ret->code = found->code;
	ret->error = number_of_extra(found);
	if (is_not_found_class(found->class))
		ret->error = ENOENT;
	if (is_validation(found)) {
		const char *words =
			triple_text(json_array_get(found->extra, 0), 1);

		ret->attribute = first_attribute(arena, found);
		if (words != NULL)
			ret->error =
				number_of_words(found->code, ret->error, words);
	} else {
		ret->error =
			number_of_words(found->code, ret->error, found->words);
	}
	ret->status = reason_status(ret->error);
	ret->is_expired = ret->error == REASON_ENOLOGIN;
	text_init(&text, buf, sizeof(buf));
	put_text(&text, found, secret, ret->error);
	ret->text = arena_strdup(arena, buf);
	if (ret->text == NULL) {
		ret->text =
			"the NAS refused it, and no memory is left to say why";
		return false;
	}
	return true;
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value != NULL ? value : "";
}

bool reason_read(struct arena *arena, struct span error, const char *secret,
		 struct reason *ret)
{
	auto_json json_t *tree = tree_load(error.at, error.len);
	const json_t *data = json_object_get(tree, "data");
	struct finding found = {
		.code = (int)json_integer_value(json_object_get(tree, "code")),
		.error =
			(int)json_integer_value(json_object_get(data, "error")),
		.words = text_of(data, "reason"),
		.extra = json_object_get(data, "extra"),
		.class = json_string_value(json_object_get(
			json_object_get(data, "trace"), "class")),
	};

	*ret = (struct reason){.status = SCALE_INTERNAL, .code = found.code};
	for (size_t i = 0; i < N_ROWS(codes); i++) {
		if (codes[i].code != found.code)
			continue;
		ret->status = codes[i].status;
		ret->text = codes[i].text;
		return true;
	}
	if (found.words[0] == '\0')
		found.words = text_of(tree, "message");
	return judge(arena, &found, secret, ret);
}

bool reason_read_job(struct arena *arena, struct span job, const char *secret,
		     struct reason *ret)
{
	auto_json json_t *tree = tree_load(job.at, job.len);
	const json_t *info = json_object_get(tree, "exc_info");
	const char *class = json_string_value(json_object_get(info, "type"));
	struct finding found = {
		.code = REASON_CALL,
		.error =
			(int)json_integer_value(json_object_get(info, "errno")),
		.words = text_of(tree, "error"),
		.extra = json_object_get(info, "extra"),
		.class = class,
	};

	*ret = (struct reason){.status = SCALE_INTERNAL, .code = found.code};
	if (class != NULL && strcmp(class, "VALIDATION") == 0)
		ret->code = found.code = REASON_PARAMS;
	return judge(arena, &found, secret, ret);
}
