/* SPDX-License-Identifier: BSD-2-Clause */
/* Knows the TrueNAS releases: one row each, and who serves which method. */
#include "nas/release.h"

#include <stddef.h>
#include <string.h>

/* truenas-api.md 5: first release of each row, newest first. */
static const struct release releases[] = {
	{.number = 260000,
	 .has_nvmet = true,
	 .has_resource_query = true,
	 .has_resource_destroy = true,
	 .has_resource_snapshot = true,
	 .delete_may_lie = true,
	 .cancels_lost_calls = true,
	 .has_service_control = true},
	{.number = 251000,
	 .has_nvmet = true,
	 .has_resource_query = true,
	 .clones_take_user = true,
	 .has_service_control = true},
	{.number = 250400, .clones_take_user = true},
};
#define N_RELEASES (sizeof(releases) / sizeof(releases[0]))

static const char *read_part(const char *p, unsigned int *ret_part)
{
	unsigned int part = 0;

	if (*p < '0' || *p > '9')
		return NULL;
	for (; *p >= '0' && *p <= '9'; p++) {
		part = part * 10 + (unsigned int)(*p - '0');
		if (part > 99)
			return NULL;
	}
	*ret_part = part;
	return p;
}

/* Behind the numbers comes nothing, or a word: "-BETA.1", ".1-INTERNAL.5". */
uint32_t release_parse(const char *version)
{
	static const char prefix[] = "TrueNAS-";
	unsigned int part[3] = {0, 0, 0};
	const char *p = version;

	if (strncmp(p, prefix, strlen(prefix)) == 0)
		p += strlen(prefix);
	if (strncmp(p, "SCALE-", 6) == 0)
		p += 6;
	for (int i = 0; i < 3; i++) {
		p = read_part(p, &part[i]);
		if (p == NULL)
			return 0;
		if (i == 2 || *p != '.')
			break;
		p++;
	}
	if (part[0] < 20 || (*p != '\0' && *p != '-' && *p != '.'))
		return 0;
	return part[0] * 10000 + part[1] * 100 + part[2];
}

const struct release *release_find(uint32_t number)
{
	for (size_t i = 0; i < N_RELEASES; i++) {
		if (number >= releases[i].number)
			return &releases[i];
	}
	return NULL;
}

/*
 * Namespaces and methods that not every supported release has: from the first
 * release on, and before the second (0: still there).
 * truenas-api.md 4.2, 5.4, 5.5, 5.8 and 9.3.
 */
static const struct {
	const char *prefix;
	uint32_t since, until;
} served[] = {
	{"nvmet.", 251000, 0},
	{"pool.snapshot.", 251000, 0},
	{"zfs.snapshot.", 0, 251000},
	{"zfs.resource.query", 251000, 0},
	{"zfs.resource.destroy", 260000, 0},
	{"zfs.resource.snapshot.", 260000, 0},
	{"service.control", 251000, 0},
	{"pool.dataset.destroy_snapshots", 0, 260000},
	{"pool.dataset.rename", 251000, 0},
	{"core.set_options", 250400, 0},
};

bool release_has_method(uint32_t number, const char *method)
{
	for (size_t i = 0; i < sizeof(served) / sizeof(served[0]); i++) {
		const char *prefix = served[i].prefix;

		if (strncmp(method, prefix, strlen(prefix)) == 0)
			return number >= served[i].since &&
			       (served[i].until == 0 ||
				number < served[i].until);
	}
	return true;
}
