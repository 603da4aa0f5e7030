/* SPDX-License-Identifier: BSD-2-Clause */
/* Looks at a root directory, then changes its mode, each in a child. */
#include "node/root_mode.h"

#include <string.h>

#include "base/clock.h"
#include "sys/spawn.h"

#define TOOL_MS 10000
#define FRESH   "0 0 755\n" /* owner, group and mode as ZFS makes them */

/* Runs argv; OK with what it printed. */
static scale_status run(struct call *call, const struct subject *subject,
			const char *const *argv, const char **ret_out)
{
	struct spawn spawn = {.argv = argv,
			      .deadline_ns = clock_after_ms(TOOL_MS)};
	int rc = spawn_tool(call, &spawn);

	if (rc != 0 || spawn.exit_code != 0)
		return call_fail(
			call, spawn_status(call, rc, SCALE_UNAVAILABLE),
			"cannot set the mode of the root directory of "
			"volume '%s': %s",
			subject->id.volume, spawn_says(call, &spawn, rc));
	*ret_out = spawn.out;
	return SCALE_OK;
}

/* One to four octal digits. */
static bool is_mode(const char *mode)
{
	size_t len = strspn(mode, "01234567");

	return len > 0 && len <= 4 && mode[len] == '\0';
}

scale_status root_mode_apply(struct call *call, const struct subject *subject,
			     const struct place *place)
{
	const char *key =
		call_printf(call, "%s-mode", subject->backend->descriptor.name);
	const char *mode, *out;
	scale_status st;

	if (key == NULL)
		return call_nomem(call);
	mode = map_get(&subject->volume.context, key);
	if (mode == NULL || mode[0] == '\0')
		return SCALE_OK;
	if (!is_mode(mode))
		return call_fail(call, SCALE_INVALID_ARGUMENT,
				 "the mode '%s' of volume '%s' is no octal "
				 "number such as 0777",
				 mode, subject->id.volume);
	st = run(call, subject,
		 (const char *const[]){"stat", "-c", "%u %g %a", place->real,
				       NULL},
		 &out);
	if (st != SCALE_OK || strcmp(out, FRESH) != 0)
		return st;
	/* .zfs shows where the class made it visible */
	st = run(call, subject,
		 (const char *const[]){"find", place->real, "-mindepth", "1",
				       "-maxdepth", "1", "!", "-name", ".zfs",
				       "-print", "-quit", NULL},
		 &out);
	if (st != SCALE_OK || out[0] != '\0')
		return st;
	return run(call, subject,
		   (const char *const[]){"chmod", mode, place->real, NULL},
		   &out);
}
