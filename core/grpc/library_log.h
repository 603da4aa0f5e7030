/* SPDX-License-Identifier: BSD-2-Clause */
/* What gRPC's library has to say, passed on instead of printed. */
#ifndef SCALE_CSI_GRPC_LIBRARY_LOG_H
#define SCALE_CSI_GRPC_LIBRARY_LOG_H

/*
 * library_log_set - have gRPC's error lines passed to a function.
 * @line: called with one line, without its end, on any thread, at any time
 *        until the process exits; must not call gRPC.  NULL drops the lines.
 *
 * For the whole process: gRPC's hook has no argument.  Call it once, before
 * the first server_new(); lines below "error" are dropped.
 */
void library_log_set(void (*line)(const char *text));

#endif
