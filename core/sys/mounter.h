/* SPDX-License-Identifier: BSD-2-Clause */
/* Mounts and unmounts; what may hang on a server runs in a child to kill. */
#ifndef SCALE_CSI_SYS_MOUNTER_H
#define SCALE_CSI_SYS_MOUNTER_H

#include <stdbool.h>
#include <stdint.h>

#include "sys/mountopts.h"
#include "work/call.h"

/*
 * mounter_mount_device - mount a file system of a block device by mount(2), on
 * this thread: a child in uninterruptible sleep could not be killed either.
 * @dir_fd: the directory, opened with O_PATH: nobody can put a link in its
 * place. Returns 0 or a negative errno: -EROFS when the journal is dirty and
 * the device read-only, -EEXIST when another btrfs with its UUID is mounted.
 */
int mounter_mount_device(const char *device, const char *fs_type, int dir_fd,
			 const struct mountopts *opts);

/*
 * mounter_mount_source - mount @source by the helper /sbin/mount.<fs_type>, run
 * directly: mount(8) would leave it running in the kernel when it is killed.
 * @options:     end in NULL; joined with commas.
 * @deadline_ns: the helper is killed then.
 * INVALID_ARGUMENT: the helper refuses the options; UNAVAILABLE: the server
 * does not answer or refuses, with the helper's own words.
 */
scale_status mounter_mount_source(struct call *call, const char *fs_type,
				  const char *source, const char *target,
				  const char *const *options,
				  int64_t deadline_ns);

/*
 * mounter_bind - show @source at @target too; either two directories or a
 * device node and a file.  Does not follow links in @target's last part.
 */
scale_status mounter_bind(struct call *call, const char *source,
			  const char *target, bool readonly);

/*
 * mounter_unmount - take away what is mounted at @target, never lazily.
 * @is_forced:   of a network file system: fail what waits for its server.
 * @deadline_ns: the child is killed then, which also ends an unmount of NFS
 * that waits for its server. Judge by mountinfo, whatever it returns: a killed
 * unmount may have done its work.  UNAVAILABLE: it did not end in time;
 * FAILED_PRECONDITION: in use.
 */
scale_status mounter_unmount(struct call *call, const char *target,
			     bool is_forced, int64_t deadline_ns);

#endif
