/* SPDX-License-Identifier: BSD-2-Clause */
/* The host's iscsiadm: what it is told, and what its exit codes mean. */
#include <string.h>

#include "node.h"

#define WORDS_MAX 16

static scale_status run(struct scale_call *call, int32_t *ret_code,
			const char **ret_out, const char *const *words)
{
	const char *argv[WORDS_MAX + 2] = {ISCSI_ADMIN};
	struct scale_exec exec = {
		.struct_size = sizeof(exec),
		.flags = SCALE_EXEC_HOST, /* it must match the host's iscsid */
		.argv = argv,
	};
	scale_status st;

	for (size_t i = 0; i < WORDS_MAX && words[i] != NULL; i++)
		argv[i + 1] = words[i];
	st = call->host->exec(call, &exec);
	*ret_code = exec.exit_code;
	*ret_out = exec.out;
	return st;
}

scale_status iscsi_admin(struct scale_call *call, int32_t *ret_code,
			 const char *const *words)
{
	const char *out;

	return run(call, ret_code, &out, words);
}

/* One row for each way it ends that somebody can do something about. */
static const struct {
	int32_t code;
	scale_status status;
	const char *text;
} endings[] = {
	{4, SCALE_UNAVAILABLE, "the portal cannot be reached"},
	{5, SCALE_UNAVAILABLE, "the target refused the login"},
	{8, SCALE_UNAVAILABLE, "the portal did not answer in time"},
	{11, SCALE_UNAVAILABLE, "the target did not answer in time"},
	{12, SCALE_FAILED_PRECONDITION,
	 "this node's kernel lacks iSCSI over TCP; load the module iscsi_tcp"},
	{13, SCALE_PERMISSION_DENIED, "this node does not let us use iscsiadm"},
	/* it knows no session without iscsid, and still sees this one */
	{ISCSI_ADMIN_EXISTS, SCALE_UNAVAILABLE,
	 "its session has not ended; does iscsid run on this node?"},
	{18, SCALE_FAILED_PRECONDITION,
	 "iscsid does not answer on this node; start it"},
	{19, SCALE_FAILED_PRECONDITION,
	 "the target refused the login for good; does it allow this node?"},
	{ISCSI_ADMIN_NO_ISCSID, SCALE_FAILED_PRECONDITION,
	 "iscsid does not run on this node; start it"},
	{ISCSI_ADMIN_AUTH, SCALE_UNAUTHENTICATED,
	 "the target did not accept this node's credentials"},
	{28, SCALE_UNAVAILABLE, "the session is busy"},
	{32, SCALE_UNAVAILABLE,
	 "iscsid was started anew and has not taken up the session yet"},
};

static scale_status fail_admin(struct scale_call *call, const char *what,
			       const char *object, int32_t code)
{
	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++)
		if (endings[i].code == code)
			return scale_fail(call, endings[i].status,
					  "%s '%s': %s", what, object,
					  endings[i].text);
	return scale_fail(call, SCALE_UNAVAILABLE,
			  "%s '%s': iscsiadm ended with %d", what, object,
			  (int)code);
}

static scale_status update_record(struct scale_call *call, const char *iqn,
				  const char *portal, const char *key,
				  const char *value)
{
	const char *const words[] = {"-m",   "node", "-T",     iqn,  "-p",
				     portal, "-o",   "update", "-n", key,
				     "-v",   value,  NULL};
	int32_t code;
	scale_status st = iscsi_admin(call, &code, words);

	if (st == SCALE_OK && code != ISCSI_ADMIN_OK)
		st = fail_admin(call, "setting up the login to", iqn, code);
	return st;
}

static scale_status make_record(struct scale_call *call, const char *iqn,
				const char *portal, const char *timeout)
{
	const char *const words[] = {"-m",   "node", "-T",  iqn, "-p",
				     portal, "-o",   "new", NULL};
	int32_t code;
	scale_status st = iscsi_admin(call, &code, words);

	if (st == SCALE_OK && code != ISCSI_ADMIN_OK)
		return fail_admin(call, "setting up the login to", iqn, code);
	/* kubelet says when to log in, not a reboot */
	if (st == SCALE_OK)
		st = update_record(call, iqn, portal, "node.startup", "manual");
	/* as long as the NAS may take to come back */
	if (st == SCALE_OK && timeout != NULL)
		st = update_record(call, iqn, portal,
				   "node.session.timeo.replacement_timeout",
				   timeout);
	return st;
}

scale_status iscsi_admin_login(struct scale_call *call, const char *iqn,
			       const char *portal, const char *timeout)
{
	const char *const words[] = {"-m", "node", "-T",      iqn,
				     "-p", portal, "--login", NULL};
	int32_t code;
	scale_status st = make_record(call, iqn, portal, timeout);

	if (st == SCALE_OK)
		st = iscsi_admin(call, &code, words);
	if (st != SCALE_OK || code == ISCSI_ADMIN_OK ||
	    code == ISCSI_ADMIN_EXISTS)
		return st;
	return fail_admin(call, "logging in to", iqn, code);
}

scale_status iscsi_admin_logout(struct scale_call *call,
				const struct iscsi_session *session)
{
	const char *const by_name[] = {"-m",         "node", "-T",
				       session->iqn, "-u",   NULL};
	const char *const by_id[] = {"-m",        "session", "-r",
				     session->id, "-u",      NULL};
	int32_t code;
	scale_status st = iscsi_admin(call, &code, by_name);

	/* its record may have been deleted by hand */
	if (st == SCALE_OK && code == ISCSI_ADMIN_NONE)
		st = iscsi_admin(call, &code, by_id);
	if (st != SCALE_OK || code == ISCSI_ADMIN_OK ||
	    code == ISCSI_ADMIN_NONE || code == ISCSI_ADMIN_GONE)
		return st;
	return fail_admin(call, "logging out of", session->iqn, code);
}

scale_status iscsi_admin_forget(struct scale_call *call, const char *iqn)
{
	const char *const words[] = {"-m", "node",   "-T", iqn,
				     "-o", "delete", NULL};
	int32_t code;
	scale_status st = iscsi_admin(call, &code, words);

	if (st != SCALE_OK || code == ISCSI_ADMIN_OK ||
	    code == ISCSI_ADMIN_NONE)
		return st;
	return fail_admin(call, "forgetting the login to", iqn, code);
}

/* A line is "10.0.0.5:3260,1 iqn.2005-10.org.freenas.ctl:pvc-1". */
scale_status iscsi_admin_forget_object(struct scale_call *call,
				       const char *object)
{
	static const char *const words[] = {"-m", "node", NULL};
	const char *line = NULL;
	int32_t code;
	scale_status st = run(call, &code, &line, words);

	/* without open-iscsi there are no records, either */
	if (st == SCALE_FAILED_PRECONDITION || code == ISCSI_ADMIN_NONE)
		return SCALE_OK;
	while (st == SCALE_OK && line != NULL && *line != '\0') {
		size_t len = strcspn(line, "\n");
		size_t portal = strcspn(line, " \n");
		const char *iqn = scale_text(call, "%.*s", (int)(len - portal),
					     line + portal);

		iqn += strspn(iqn, " ");
		if (sysfs_ends_in(iqn, object))
			st = iscsi_admin_forget(call, iqn);
		line += len;
		line += *line == '\n';
	}
	return st;
}

scale_status iscsi_admin_rescan(struct scale_call *call, const char *id)
{
	const char *const words[] = {"-m", "session",  "-r",
				     id,   "--rescan", NULL};
	int32_t code;
	scale_status st = iscsi_admin(call, &code, words);

	if (st == SCALE_OK && code != ISCSI_ADMIN_OK)
		st = fail_admin(call, "rescanning the session", id, code);
	return st;
}
