/* SPDX-License-Identifier: BSD-2-Clause */
/* Parameters by declaration: checked, completed, explained. */
#include "backend/params.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/text.h"

#define PARAMS_WHERE                                                           \
	(SCALE_PARAM_CLASS | SCALE_PARAM_MUTABLE | SCALE_PARAM_CONFIG |        \
	 SCALE_PARAM_SECRET)
#define PARAMS_FLAGS     (PARAMS_WHERE | SCALE_PARAM_NODE | SCALE_PARAM_REQUIRED)
#define PARAMS_VALUE_MAX 1024 /* of a choice or a limit, when looked at */

static bool param_is_number(const struct scale_param *param)
{
	return param->type == SCALE_UINT || param->type == SCALE_SIZE;
}

static int parse_number(const struct scale_param *param, const char *value,
			uint64_t *ret_number)
{
	return param->type == SCALE_SIZE ? text_parse_size(value, ret_number)
					 : text_parse_u64(value, ret_number);
}

/* "1..64" into two numbers of the parameter's type. */
static int parse_limits(const struct scale_param *param, uint64_t *ret_min,
			uint64_t *ret_max)
{
	const char *dots = strstr(param->limits, "..");
	char min[32];

	if (dots == NULL || (size_t)(dots - param->limits) >= sizeof(min))
		return -EINVAL;
	memcpy(min, param->limits, (size_t)(dots - param->limits));
	min[dots - param->limits] = '\0';
	if (parse_number(param, min, ret_min) != 0 ||
	    parse_number(param, dots + 2, ret_max) != 0 || *ret_min > *ret_max)
		return -EINVAL;
	return 0;
}

/* Whether @value is one of "a|b|c". */
static bool is_choice(const char *choices, const char *value)
{
	size_t len = strlen(value);

	for (;;) {
		size_t part = strcspn(choices, "|");

		if (part == len && strncmp(choices, value, len) == 0)
			return true;
		if (choices[part] == '\0')
			return false;
		choices += part + 1;
	}
}

static const char *nearest_choice(struct arena *arena, const char *choices,
				  const char *value)
{
	const char *words[64];
	size_t n = 0;

	while (n + 1 < sizeof(words) / sizeof(*words)) {
		size_t part = strcspn(choices, "|");

		words[n] = arena_strndup(arena, choices, part);
		if (words[n] == NULL)
			return NULL;
		n++;
		if (choices[part] == '\0')
			break;
		choices += part + 1;
	}
	words[n] = NULL;
	return text_nearest(value, words);
}

/* A list has no empty parts; an empty text is an empty list. */
static bool is_list(const char *value)
{
	if (value[0] == '\0')
		return true;
	for (;;) {
		size_t part = strcspn(value, ",");
		size_t blank = strspn(value, " ");

		if (part == 0 || blank >= part)
			return false;
		if (value[part] == '\0')
			return true;
		value += part + 1;
	}
}

/* Whether @value fits; else what would, as the end of a sentence, in @want. */
static bool value_fits(const struct scale_param *param, const char *value,
		       struct text *want)
{
	uint64_t number, min = 0, max = UINT64_MAX;
	bool yes;

	switch (param->type) {
	case SCALE_BOOL:
		text_put(want, "use 'true' or 'false'");
		return text_parse_bool(value, &yes) == 0;
	case SCALE_UINT:
	case SCALE_SIZE:
		text_put(want, param->type == SCALE_UINT
				       ? "use a whole number"
				       : "use a size such as '16Ki' or '1Gi'");
		if (param->limits != NULL) {
			text_printf(want, " within %s", param->limits);
			if (parse_limits(param, &min, &max) != 0)
				return false;
		}
		return parse_number(param, value, &number) == 0 &&
		       number >= min && number <= max;
	case SCALE_CHOICE:
		text_printf(want, "use one of %s", param->limits);
		return is_choice(param->limits, value);
	case SCALE_LIST:
		text_put(want, "use a list with commas and no empty part");
		return is_list(value);
	default:
		text_put(want, "use a text without control characters");
		return text_is_utf8(value, strlen(value)) &&
		       !text_has_control(value, strlen(value));
	}
}

static bool key_is_sane(const char *key)
{
	if (key == NULL || !isalpha((unsigned char)key[0]))
		return false;
	while (isalnum((unsigned char)*key))
		key++;
	return *key == '\0';
}

/* What is wrong with one declaration, or NULL. */
static const char *param_flaw(const struct scale_param *param)
{
	uint64_t min, max;
	bool limited = param->limits != NULL;

	if (param->type < SCALE_STRING || param->type > SCALE_LIST)
		return "has a type this host does not know";
	if ((param->flags & ~(uint32_t)PARAMS_FLAGS) != 0)
		return "has a flag this host does not know";
	if ((param->flags & PARAMS_WHERE) == 0)
		return "does not say where it may be set";
	if ((param->flags & SCALE_PARAM_NODE) != 0 &&
	    (param->flags & SCALE_PARAM_CLASS) == 0)
		return "goes to the node but does not come from the class";
	if ((param->flags & SCALE_PARAM_SECRET) != 0 &&
	    ((param->flags & PARAMS_WHERE) != SCALE_PARAM_SECRET ||
	     param->fallback != NULL))
		return "is a secret and something else";
	if (param->help == NULL || param->help[0] == '\0')
		return "has no help";
	if (param->type == SCALE_CHOICE &&
	    (!limited || is_choice(param->limits, "")))
		return "is a choice without choices";
	if (limited && param_is_number(param) &&
	    parse_limits(param, &min, &max) != 0)
		return "has limits that are not of the form \"1..64\"";
	if (limited && !param_is_number(param) && param->type != SCALE_CHOICE)
		return "has limits that its type does not take";
	return NULL;
}

int params_check_table(const struct scale_param *params, size_t n,
		       char *ret_error, size_t size)
{
	struct text error, want;
	char hint[PARAMS_VALUE_MAX];

	text_init(&error, ret_error, size);
	for (size_t i = 0; i < n; i++) {
		const struct scale_param *param = &params[i];
		const char *flaw;

		if (!key_is_sane(param->key)) {
			text_printf(&error,
				    "parameter %zu has a key outside "
				    "[a-zA-Z][a-zA-Z0-9]*",
				    i);
			return -EINVAL;
		}
		flaw = param_flaw(param);
		for (size_t k = 0; k < i && flaw == NULL; k++)
			if (strcmp(params[k].key, param->key) == 0)
				flaw = "is declared twice";
		text_init(&want, hint, sizeof(hint));
		if (flaw == NULL && param->fallback != NULL &&
		    !value_fits(param, param->fallback, &want))
			flaw = "has a default outside its own limits";
		if (flaw == NULL)
			continue;
		text_printf(&error, "parameter '%s' %s", param->key, flaw);
		return -EINVAL;
	}
	return 0;
}

scale_status params_check_value(struct call *call,
				const struct scale_param *param,
				const char *shown_key, const char *value)
{
	char hint[PARAMS_VALUE_MAX], shown[128];
	struct text want, seen;
	const char *near = NULL;

	text_init(&want, hint, sizeof(hint));
	text_init(&seen, shown, sizeof(shown));
	if (value_fits(param, value, &want))
		return SCALE_OK;
	if ((param->flags & SCALE_PARAM_SECRET) != 0)
		return call_fail(call, SCALE_INVALID_ARGUMENT,
				 "secret '%s' is not valid: %s", shown_key,
				 hint);
	text_put_printable(&seen, value);
	if (param->type == SCALE_CHOICE)
		near = nearest_choice(call->arena, param->limits, value);
	if (near != NULL)
		return call_fail(call, SCALE_INVALID_ARGUMENT,
				 "parameter '%s' is '%s': %s; did you mean "
				 "'%s'?",
				 shown_key, shown, hint, near);
	return call_fail(call, SCALE_INVALID_ARGUMENT,
			 "parameter '%s' is '%s': %s", shown_key, shown, hint);
}

static const struct scale_param *find_param(const struct scale_param *params,
					    size_t n, const char *key)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(params[i].key, key) == 0)
			return &params[i];
	return NULL;
}

/* The user's form of a key: with the backend's name before it. */
static const char *shown_key(struct call *call, const char *prefix,
			     const char *key)
{
	const char *shown = prefix[0] == '\0'
				    ? key
				    : call_printf(call, "%s.%s", prefix, key);

	return shown == NULL ? key : shown;
}

/* The key without "<prefix>.", or NULL when it is none of this prefix. */
static const char *bare_key(const char *given, const char *prefix)
{
	size_t len = strlen(prefix);

	if (len == 0)
		return strpbrk(given, "./") == NULL ? given : NULL;
	if (!text_starts(given, prefix) || given[len] != '.')
		return NULL;
	return given + len + 1;
}

static scale_status refuse_unknown(struct call *call,
				   const struct scale_param *params, size_t n,
				   const char *prefix, uint32_t flags,
				   const char *key)
{
	const char **words = arena_array(call->arena, n + 1, sizeof(*words));
	const char *shown = shown_key(call, prefix, key);
	const char *near;
	size_t used = 0;

	if (words == NULL)
		return call_nomem(call);
	for (size_t i = 0; i < n; i++)
		if ((params[i].flags & flags) != 0)
			words[used++] = params[i].key;
	near = text_nearest(key, words);
	if (find_param(params, n, key) != NULL)
		return call_fail(call, SCALE_INVALID_ARGUMENT,
				 "parameter '%s' cannot be set here: it "
				 "belongs elsewhere or is fixed when the "
				 "volume is made",
				 shown);
	if (near == NULL)
		return call_fail(call, SCALE_INVALID_ARGUMENT,
				 "parameter '%s' is not known", shown);
	return call_fail(call, SCALE_INVALID_ARGUMENT,
			 "parameter '%s' is not known; did you mean '%s'?",
			 shown, shown_key(call, prefix, near));
}

/* One value as a backend gets it: booleans and sizes in one form only. */
static const char *plain_value(struct call *call,
			       const struct scale_param *param,
			       const char *value)
{
	uint64_t bytes;
	bool yes;

	if (param->type == SCALE_BOOL && text_parse_bool(value, &yes) == 0)
		return yes ? "true" : "false";
	if (param->type == SCALE_SIZE && text_parse_size(value, &bytes) == 0)
		return call_printf(call, "%" PRIu64, bytes);
	return value;
}

static scale_status take_missing(struct call *call,
				 const struct scale_param *params, size_t n,
				 const char *prefix, uint32_t flags,
				 struct map_builder *taken)
{
	struct scale_map have = map_view(taken);

	for (size_t i = 0; i < n; i++) {
		const struct scale_param *param = &params[i];

		if ((param->flags & flags) == 0 ||
		    map_get(&have, param->key) != NULL)
			continue;
		if (param->fallback != NULL)
			map_put(taken, param->key,
				plain_value(call, param, param->fallback));
		else if ((param->flags & SCALE_PARAM_REQUIRED) != 0)
			return call_fail(call, SCALE_INVALID_ARGUMENT,
					 "parameter '%s' is missing (%s)",
					 shown_key(call, prefix, param->key),
					 param->help);
		have = map_view(taken);
	}
	return SCALE_OK;
}

scale_status params_take(struct call *call, const struct scale_param *params,
			 size_t n, const char *prefix, uint32_t flags,
			 const struct scale_map *given,
			 struct scale_map *ret_taken)
{
	struct map_builder taken;
	scale_status st;

	map_init(&taken, call->arena);
	for (size_t i = 0; i < given->n; i++) {
		const char *value = given->kv[i].value;
		const char *key = bare_key(given->kv[i].key, prefix);
		const struct scale_param *param;

		if (key == NULL)
			continue;
		param = find_param(params, n, key);
		if (param == NULL || (param->flags & flags) == 0)
			return refuse_unknown(call, params, n, prefix, flags,
					      key);
		st = params_check_value(call, param, given->kv[i].key, value);
		if (st != SCALE_OK)
			return st;
		map_put(&taken, key, plain_value(call, param, value));
	}
	st = take_missing(call, params, n, prefix, flags, &taken);
	if (st != SCALE_OK)
		return st;
	if (taken.failed)
		return call_nomem(call);
	*ret_taken = map_view(&taken);
	return SCALE_OK;
}
