/* SPDX-License-Identifier: BSD-2-Clause */
/* Turns an endpoint, as flags and CSI_ENDPOINT give it, into a socket's path.
 */
#ifndef SCALE_CSI_GRPC_ENDPOINT_H
#define SCALE_CSI_GRPC_ENDPOINT_H

/* Room for the longest socket path and its NUL: sun_path, unix(7). */
#define ENDPOINT_PATH_BYTES 108

/* Room for the sentence that says why an endpoint cannot be used. */
#define ENDPOINT_WHY_BYTES 512

/*
 * endpoint_parse - find the socket path in an endpoint.
 * @endpoint: "unix:///csi/csi.sock", "unix:/csi/csi.sock" or the bare path.
 * @ret_path: the path, NUL-terminated; untouched on failure.
 * @ret_why:  on failure a sentence for the person who set the endpoint.
 *
 * "unix://csi/csi.sock" is refused: what follows the two slashes is a host
 * there, and clients do not agree on what it means.  The path must be absolute
 * and end in ".sock", as the CSI specification wants it ("Environment
 * variables").
 *
 * Returns 0, -EINVAL or -ENAMETOOLONG.  Never blocks.
 */
int endpoint_parse(const char *endpoint, char ret_path[ENDPOINT_PATH_BYTES],
		   char ret_why[ENDPOINT_WHY_BYTES]);

#endif
