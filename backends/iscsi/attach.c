/* SPDX-License-Identifier: BSD-2-Clause */
/* attach(): look at the portal, log in, find the disk, prove it. */
#include <string.h>

#include "iscsi.h"
#include "node.h"

#define LOGINS_MAX   4   /* at a time: a node that restarts wants them all */
#define DISK_TRIES   120 /* of at most 500 ms: by-path took up to 2 s */
#define DISK_TRY_MS  500
#define RESCAN_EVERY 6 /* tries */

/* What is to be attached. */
struct attaching {
	const struct scale_volume *volume;
	const char *root;
	const char *iqn, *portals, *lun, *wwid, *timeout;
};

static const char *map_find(const struct scale_map *map, const char *key)
{
	for (size_t i = 0; i < map->n; i++)
		if (strcmp(map->kv[i].key, key) == 0)
			return map->kv[i].value;
	return NULL;
}

static scale_status read_context(struct scale_call *call,
				 const struct scale_attach *attach,
				 struct attaching *a)
{
	a->iqn = map_find(&attach->publish, ISCSI_PUBLISH_IQN);
	a->portals = map_find(&attach->publish, ISCSI_PUBLISH_PORTALS);
	a->lun = map_find(&attach->publish, ISCSI_PUBLISH_LUN);
	a->wwid = map_find(&attach->publish, ISCSI_PUBLISH_WWID);
	a->timeout = map_find(&a->volume->context, ISCSI_KEY_TIMEOUT);
	if (a->iqn == NULL || a->portals == NULL || a->lun == NULL ||
	    a->wwid == NULL)
		return scale_fail(call, SCALE_FAILED_PRECONDITION,
				  "the publish context of '%s' does not say "
				  "where its target is; publish the volume "
				  "again",
				  a->volume->id);
	/* detach() has to find it again by this alone */
	if (!sysfs_ends_in(a->iqn, a->volume->object))
		return scale_fail(call, SCALE_FAILED_PRECONDITION,
				  "the target '%s' is not that of volume '%s'; "
				  "publish the volume again",
				  a->iqn, a->volume->id);
	return SCALE_OK;
}

/* The session of exactly this target. */
static int find_session(struct scale_call *call, const struct attaching *a,
			struct iscsi_session *ret_session)
{
	const char *name = "";

	while (iscsi_session_next(call, a->root, a->volume->object, &name,
				  ret_session))
		if (strcmp(ret_session->iqn, a->iqn) == 0)
			return 1;
	return 0;
}

/* ---- the way in ---------------------------------------------------------- */

/* Exit codes of scale-iscsi-probe: see its head. */
static const struct {
	int32_t code;
	scale_status status;
	const char *text;
} probe_endings[] = {
	{2, SCALE_UNAVAILABLE, "cannot be reached"},
	{3, SCALE_UNAVAILABLE, "did not answer in time"},
	{4, SCALE_UNAUTHENTICATED, "did not accept this node's credentials"},
	{5, SCALE_UNAVAILABLE, "does not offer the target"},
	{6, SCALE_UNAVAILABLE, "offers the target without its disk"},
	{7, SCALE_UNAVAILABLE, "refused the login"},
};

static scale_status probe_portal(struct scale_call *call,
				 const struct attaching *a, const char *portal)
{
	const char *const argv[] = {ISCSI_TOOL, NULL};
	const char *initiator = iscsi_initiator(call);
	struct scale_exec exec = {
		.struct_size = sizeof(exec),
		.argv = argv,
		.input = scale_text(call,
				    "portal=%s\ntarget=%s\nlun=%s\n"
				    "initiator=%s\ntimeout=5\n",
				    portal, a->iqn, a->lun,
				    initiator != NULL ? initiator : ""),
	};
	scale_status st = call->host->exec(call, &exec);

	if (st != SCALE_OK || exec.exit_code == 0)
		return st;
	for (size_t i = 0; i < sizeof(probe_endings) / sizeof(*probe_endings);
	     i++)
		if (probe_endings[i].code == exec.exit_code)
			return scale_fail(call, probe_endings[i].status,
					  "attaching volume '%s': the portal "
					  "'%s' %s",
					  a->volume->id, portal,
					  probe_endings[i].text);
	return scale_fail(call, SCALE_INTERNAL,
			  "attaching volume '%s': looking at the portal '%s' "
			  "ended with %d",
			  a->volume->id, portal, (int)exec.exit_code);
}

static int is_over(struct scale_call *call)
{
	return call->host->check(call) != SCALE_OK;
}

/* A record that led nowhere goes again, as far as that can be done: a failed
 * attach leaves nothing behind.  The reason that is told stays the login's. */
static void forget_record(struct scale_call *call, const struct attaching *a,
			  const char *portal)
{
	const char *const words[] = {"-m",   "node", "-T",     a->iqn, "-p",
				     portal, "-o",   "delete", NULL};
	int32_t code;

	(void)iscsi_admin(call, &code, words);
}

static scale_status try_portal(struct scale_call *call,
			       const struct attaching *a, const char *portal)
{
	scale_status st = probe_portal(call, a, portal);

	if (st != SCALE_OK)
		return st;
	st = iscsi_admin_login(call, a->iqn, portal, a->timeout);
	if (st != SCALE_OK && !is_over(call))
		forget_record(call, a, portal);
	return st;
}

/* The portals in turn. */
static scale_status log_in(struct scale_call *call, const struct attaching *a)
{
	const char *rest = a->portals;
	scale_status st = call->host->gate(call, "login", LOGINS_MAX);
	scale_status tried = SCALE_OK;

	if (st != SCALE_OK)
		return st;
	while (*rest != '\0') {
		size_t len = strcspn(rest, ",");
		const char *portal = scale_text(call, "%.*s", (int)len, rest);

		rest += len;
		rest += *rest == ',';
		tried = try_portal(call, a, portal);
		if (tried == SCALE_OK || is_over(call))
			return tried;
		call->host->log(call, SCALE_WARNING,
				scale_text(call, "no way in by the portal '%s'",
					   portal));
	}
	if (tried == SCALE_OK)
		return scale_fail(call, SCALE_FAILED_PRECONDITION,
				  "the publish context of '%s' names no "
				  "portal; publish the volume again",
				  a->volume->id);
	return tried;
}

/* ---- the disk -------------------------------------------------------------
 */

/* The disk of the session, once the kernel has it; and with the identity that
 * was published, if a rescan helps. */
static scale_status wait_disk(struct scale_call *call,
			      const struct attaching *a,
			      struct iscsi_disk *ret_disk)
{
	struct iscsi_session session;
	int is_there = 0, is_other = 0;
	scale_status st = SCALE_OK;

	for (int i = 0; i < DISK_TRIES && st == SCALE_OK; i++) {
		if (!find_session(call, a, &session))
			return scale_fail(call, SCALE_UNAVAILABLE,
					  "the session with '%s' ended while "
					  "volume '%s' was being attached",
					  a->iqn, a->volume->id);
		is_there = iscsi_session_disk(call, a->root, &session, a->lun,
					      ret_disk);
		is_other = is_there && *ret_disk->wwid != '\0' &&
			   strcmp(ret_disk->wwid, a->wwid) != 0;
		if (is_there && *ret_disk->device != '\0' &&
		    *ret_disk->wwid != '\0' && !is_other)
			return SCALE_OK;
		/* what the kernel remembers may be of an earlier export */
		if (is_other && i > RESCAN_EVERY)
			break;
		if (i % RESCAN_EVERY == (is_other ? 0 : RESCAN_EVERY - 1))
			(void)iscsi_admin_rescan(call, session.id);
		st = call->host->wait_event(call, "block", DISK_TRY_MS);
	}
	if (st != SCALE_OK)
		return st;
	if (is_other)
		return scale_fail(call, SCALE_FAILED_PRECONDITION,
				  "the disk behind '%s' says it is '%s', but "
				  "the NAS exported '%s' for volume '%s'; it "
				  "is not touched",
				  a->iqn, ret_disk->wwid, a->wwid,
				  a->volume->id);
	return scale_fail(call, SCALE_UNAVAILABLE,
			  "this node is logged in to '%s', but LUN %s of "
			  "volume '%s' does not appear",
			  a->iqn, a->lun, a->volume->id);
}

scale_status iscsi_attach(void *self, struct scale_call *call,
			  const struct scale_volume *volume,
			  const struct scale_attach *attach,
			  struct scale_attached *ret_attached)
{
	struct attaching a = {.volume = volume, .root = sysfs_root(self)};
	struct iscsi_session session;
	struct iscsi_disk disk;
	scale_status st = read_context(call, attach, &a);

	if (st != SCALE_OK)
		return st;
	if (!find_session(call, &a, &session)) {
		st = log_in(call, &a);
	} else if (!session.is_up) {
		st = scale_fail(call, SCALE_UNAVAILABLE,
				"the session with '%s' has lost the NAS and "
				"tries to get it back",
				a.iqn);
	}
	if (st == SCALE_OK)
		st = wait_disk(call, &a, &disk);
	if (st != SCALE_OK)
		return st;
	ret_attached->device = disk.device;
	ret_attached->wwid = disk.wwid;
	return SCALE_OK;
}
