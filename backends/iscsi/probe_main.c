/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * scale-iscsi-probe - whether a portal offers a target with a disk, asked from
 * user space, before the kernel gets to hear of it.
 *
 * Standard input, lines of key=value:
 *	portal=10.0.0.5:3260    target=iqn...    lun=0
 *	initiator=iqn...        timeout=5 (seconds, for each step)
 *	user=, password=        CHAP; none: no authentication
 * Standard output, lines of key=value:
 *	vendor=, product=       of the disk
 *	reason=                 what the library says when it failed
 * Exit code:
 *	0 all is there        1 the request is not understood
 *	2 cannot be reached   3 no answer in time
 *	4 refused: authentication or authorisation
 *	5 no such target      6 no such LUN
 *	7 the login was refused for another reason
 */
#include <iscsi/iscsi.h>
#include <iscsi/scsi-lowlevel.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "block/request.h"

enum ending {
	ENDING_FOUND = 0,
	ENDING_REQUEST = 1,
	ENDING_UNREACHABLE = 2,
	ENDING_SILENT = 3,
	ENDING_DENIED = 4,
	ENDING_NO_TARGET = 5,
	ENDING_NO_LUN = 6,
	ENDING_REFUSED = 7
};

#define INITIATOR "iqn.2026-01.io.scale.csi:probe"
#define LUN_MAX   16383
#define WAIT_MAX  60

/* Status-Class and Status-Detail of a login response: RFC 7143, 11.13.5. */
static enum ending ending_of_login(const char *error, int is_late)
{
	const char *number = strrchr(error, '(');
	long status = number != NULL ? strtol(number + 1, NULL, 10) : 0;

	switch (status) {
	case 0x0201: /* authentication */
	case 0x0202: /* authorisation */
		return ENDING_DENIED;
	case 0x0203: /* not found */
	case 0x0204: /* removed */
		return ENDING_NO_TARGET;
	default:
		if (status != 0)
			return ENDING_REFUSED;
		return is_late ? ENDING_SILENT : ENDING_UNREACHABLE;
	}
}

static long now_s(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail */
	return (long)now.tv_sec;
}

static enum ending look_at_lun(struct iscsi_context *iscsi, int lun)
{
	struct scsi_task *task = iscsi_inquiry_sync(iscsi, lun, 0, 0, 255);
	struct scsi_inquiry_standard *found;
	enum ending ending = ENDING_NO_LUN;

	if (task == NULL)
		return ENDING_SILENT;
	if (task->status == SCSI_STATUS_GOOD) {
		found = scsi_datain_unmarshall(task);
		/* SPC-4, 6.4.2: 0 says that a device is connected */
		if (found != NULL && found->qualifier == 0) {
			(void)printf("vendor=%.8s\nproduct=%.16s\n",
				     found->vendor_identification,
				     found->product_identification);
			ending = ENDING_FOUND;
		}
	}
	scsi_free_scsi_task(task);
	return ending;
}

static enum ending look(struct iscsi_context *iscsi,
			const struct request *request, int lun, long timeout)
{
	const char *user = request_get(request, "user");
	const char *password = request_get(request, "password");
	enum ending ending;
	long began;

	if (iscsi_set_targetname(iscsi, request_get(request, "target")) != 0 ||
	    iscsi_set_session_type(iscsi, ISCSI_SESSION_NORMAL) != 0 ||
	    iscsi_set_header_digest(iscsi, ISCSI_HEADER_DIGEST_NONE_CRC32C) !=
		    0)
		return ENDING_REQUEST;
	if (user != NULL && password != NULL &&
	    iscsi_set_initiator_username_pwd(iscsi, user, password) != 0)
		return ENDING_REQUEST;
	iscsi_set_noautoreconnect(iscsi, 1);
	if (iscsi_connect_sync(iscsi, request_get(request, "portal")) != 0)
		return ENDING_UNREACHABLE;
	began = now_s();
	if (iscsi_login_sync(iscsi) != 0)
		return ending_of_login(iscsi_get_error(iscsi),
				       now_s() - began >= timeout);
	ending = look_at_lun(iscsi, lun);
	(void)iscsi_logout_sync(iscsi); /* the connection is closed anyway */
	return ending;
}

static int run(const struct request *request)
{
	const char *initiator = request_get(request, "initiator");
	long lun = request_number(request, "lun", 0, LUN_MAX);
	long timeout = request_number(request, "timeout", 5, WAIT_MAX);
	struct iscsi_context *iscsi;
	enum ending ending;

	if (request_get(request, "portal") == NULL ||
	    request_get(request, "target") == NULL || lun < 0 || timeout < 1)
		return ENDING_REQUEST;
	iscsi = iscsi_create_context(initiator != NULL ? initiator : INITIATOR);
	if (iscsi == NULL)
		return ENDING_REQUEST;
	(void)iscsi_set_timeout(iscsi, (int)timeout);
	ending = look(iscsi, request, (int)lun, timeout);
	if (ending != ENDING_FOUND) {
		const char *reason = iscsi_get_error(iscsi);

		(void)printf("reason=%.*s\n", (int)strcspn(reason, "\n"),
			     reason);
	}
	(void)iscsi_destroy_context(iscsi);
	return (int)ending;
}

int main(void)
{
	struct request request;
	int ending = ENDING_REQUEST;

	if (request_read(&request) == 0)
		ending = run(&request);
	request_done(&request);
	return fflush(stdout) == 0 ? ending : ENDING_REQUEST;
}
