/* SPDX-License-Identifier: BSD-2-Clause */
/* Facts about the NAS that backends ask to be remembered for a while. */
#ifndef SCALE_CSI_BACKEND_FACTS_H
#define SCALE_CSI_BACKEND_FACTS_H

#include <stdint.h>

#include "base/arena.h"

#define FACTS_MAX 1024 /* more are not remembered: they are hints */

/* Thread-safe. */
struct facts;

struct facts *facts_new(void);        /* NULL: out of memory */
void facts_free(struct facts *facts); /* NULL is fine */

/*
 * facts_set - remember @value for @owner's @key until @until_ns, as learned in
 * NAS session @session.  All texts are copied.  Silently does nothing when
 * there is no room.
 */
void facts_set(struct facts *facts, const char *owner, const char *key,
	       const char *value, uint64_t session, int64_t until_ns);

/*
 * facts_get - the value in @arena, or NULL when there is none, it is older than
 * that at @now_ns, or it was learned in another session than @session.
 */
const char *facts_get(struct facts *facts, struct arena *arena,
		      const char *owner, const char *key, uint64_t session,
		      int64_t now_ns);

/* facts_clear - forget everything. */
void facts_clear(struct facts *facts);

#endif
