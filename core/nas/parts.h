/* SPDX-License-Identifier: BSD-2-Clause */
/* What a struct nas is made of, for the files of this room. */
#ifndef SCALE_CSI_NAS_PARTS_H
#define SCALE_CSI_NAS_PARTS_H

#include "nas/job.h"
#include "nas/link.h"
#include "nas/nas.h"
#include "nas/release.h"
#include "nas/session.h"
#include "nas/url.h"
#include "nas/window.h"

struct nas {
	struct nas_config config; /* constant; its texts are ours */
	struct nas_url endpoint;  /* constant */
	struct link *link;        /* constant after nas_open() */
	struct session session;   /* the loop's thread */
	struct window window;     /* locks itself */
	struct jobs jobs;         /* (window.lock) */

	char why_not[512];             /* (window.lock) */
	char version[64];              /* (window.lock) */
	uint32_t number;               /* (window.lock) */
	const struct release *release; /* (window.lock) */
	bool wants_login;              /* (window.lock) the login has expired */
	bool is_stuck;                 /* (window.lock) no call is answered */
	int64_t since_ns;              /* (window.lock) */
	unsigned long connects, logins, losses; /* (window.lock) */
};

/* nas_release - of the last login; NULL before the first. */
const struct release *nas_release(struct nas *nas);

#endif
