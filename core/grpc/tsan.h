/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tells ThreadSanitizer of the order that gRPC's queue makes: what was written
 * before a batch was started is seen by whoever takes its completion.  The
 * library is not instrumented, so it cannot know.
 */
#ifndef SCALE_CSI_GRPC_TSAN_H
#define SCALE_CSI_GRPC_TSAN_H

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TSAN_ON 1
#endif
#elif defined(__SANITIZE_THREAD__)
#define TSAN_ON 1
#endif

#ifdef TSAN_ON
void __tsan_acquire(void *addr);
void __tsan_release(void *addr);
#define TSAN_ACQUIRE(addr) __tsan_acquire(addr)
#define TSAN_RELEASE(addr) __tsan_release(addr)
#else
#define TSAN_ACQUIRE(addr) ((void)(addr))
#define TSAN_RELEASE(addr) ((void)(addr))
#endif

#endif
