/* SPDX-License-Identifier: BSD-2-Clause */
/* Waiting for the kernel to tell of a device, instead of looking in circles. */
#ifndef SCALE_CSI_SYS_UEVENT_H
#define SCALE_CSI_SYS_UEVENT_H

#include <stdint.h>

#include "work/call.h"

/*
 * A listener on the kernel's uevents (NETLINK_KOBJECT_UEVENT).  Open it before
 * the first look, so that nothing falls between looking and waiting.
 */
struct uevent;

/*
 * uevent_open - for events of @subsystem ("block", "nvme"; NULL: all).
 * Returns 0 or a negative errno (-EPERM in a sandbox: wait by time then).
 */
int uevent_open(const char *subsystem, struct uevent **ret_uevent);
void uevent_close(struct uevent *uevent); /* NULL is fine */

/*
 * uevent_wait - until an event has come since the last wait, or @deadline_ns,
 * or the call is over.  @uevent may be NULL: only the time counts then.
 * Returns 1 for an event, 0 at the deadline, -ECANCELED when the call is over.
 */
int uevent_wait(struct uevent *uevent, struct call *call, int64_t deadline_ns);

#endif
