/* SPDX-License-Identifier: BSD-2-Clause */
/* A process that plays the NAS, and calls made to it, for the tests here. */
#ifndef SCALE_CSI_TESTS_NAS_PEER_H
#define SCALE_CSI_TESTS_NAS_PEER_H

#include <stdbool.h>
#include <sys/types.h>

#include "nas/nas.h"
#include "nas/rpc.h"
#include "work/cancel.h"

/* fake_nas.py, with a directory of its own for files. */
struct peer {
	pid_t pid;
	int input; /* closing it ends the process */
	int port;
	char dir[64];
	char key_file[96];
	struct drain *drain;
	struct nas *nas; /* after peer_open() */
};

/* peer_start - with further arguments, ending in NULL; asserts that it runs. */
void peer_start(struct peer *peer, const char *const *arguments);

/* peer_stop - close the nas if there is one, end the process, tidy up. */
void peer_stop(struct peer *peer);

/* peer_set_key - what the key file holds from now on. */
void peer_set_key(struct peer *peer, const char *key);

/* peer_config - a configuration that fits: ws to 127.0.0.1, 3 s to connect. */
struct nas_config peer_config(struct peer *peer, char *ret_url, size_t size);

/* peer_open - open peer->nas with that configuration, and assert it opens. */
void peer_open(struct peer *peer);

/* peer_await - until it is connected, or not; asserts within 10 s. */
void peer_await(struct peer *peer, bool is_connected);

/* peer_await_why - until the status says @words; asserts within 10 s. */
void peer_await_why(struct peer *peer, const char *words);

/* A call with memory, 10 s and a cancel of its own. */
struct asking {
	struct arena *arena;
	struct cancel *cancel;
	struct call call;
};
void asking_init(struct asking *asking, int64_t deadline_ms);
void asking_done(struct asking *asking);

/* ask - one call to the peer, waited for; outputs live as long as @asking. */
struct rpc ask(struct asking *asking, struct peer *peer, const char *method,
	       const char *params, unsigned int flags);

/* ask_number - the number a method answers with; asserts that it does. */
long long ask_number(struct peer *peer, const char *method, const char *params,
		     const char *pointer);

#endif
