/* SPDX-License-Identifier: BSD-2-Clause */
/* The controller program's life: start, serve, stop. */
#ifndef SCALE_CSI_DAEMON_CONTROLLER_H
#define SCALE_CSI_DAEMON_CONTROLLER_H

struct serve_options {
	const char *config_file; /* the node's may be NULL */
	const char *endpoint;
	const char *backend_dir;
	const char *node_name; /* the node program's */
	const char *version;
};

/*
 * controller_serve - until SIGTERM or SIGINT.  Returns the exit code: 0; 1 when
 * it could not start, with a sentence in the log.
 */
int controller_serve(const struct serve_options *options);

#endif
