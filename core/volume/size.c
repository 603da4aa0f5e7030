/* SPDX-License-Identifier: BSD-2-Clause */
/* How large a volume becomes for what was asked. */
#include "volume/size.h"

#include <stddef.h>

#define ZVOL_MIN_BYTES     (UINT64_C(1) << 20)
#define REFQUOTA_MIN_BYTES (UINT64_C(1) << 30)

const char *size_text(struct call *call, uint64_t bytes)
{
	static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB"};

	for (size_t i = sizeof(units) / sizeof(*units); i > 0; i--) {
		uint64_t unit = UINT64_C(1) << (10 * i);

		if (bytes >= unit && bytes % unit == 0)
			return call_printf(call, "%llu %s",
					   (unsigned long long)(bytes / unit),
					   units[i - 1]);
	}
	return call_printf(call, "%llu bytes", (unsigned long long)bytes);
}

scale_status size_choose(struct call *call, uint32_t kind,
			 uint64_t volblocksize_bytes, uint64_t required_bytes,
			 uint64_t limit_bytes, uint64_t *ret_bytes)
{
	bool is_block = kind == SCALE_BLOCK;
	uint64_t least = is_block ? ZVOL_MIN_BYTES : REFQUOTA_MIN_BYTES;
	uint64_t step = 1, bytes = required_bytes;

	if (is_block)
		step = volblocksize_bytes != 0 ? volblocksize_bytes
					       : SIZE_VOLBLOCK_DEFAULT;
	if (required_bytes > SIZE_MAX_BYTES)
		return call_fail(call, SCALE_OUT_OF_RANGE,
				 "a volume of %s was asked for, the largest is "
				 "%s: ask for less",
				 size_text(call, required_bytes),
				 size_text(call, SIZE_MAX_BYTES));
	if (bytes == 0) {
		bytes = SIZE_DEFAULT;
		if (limit_bytes != 0 && limit_bytes < bytes)
			bytes = limit_bytes - limit_bytes % step;
	}
	if (bytes < least)
		bytes = least;
	bytes += (step - bytes % step) % step;
	if (limit_bytes != 0 && bytes > limit_bytes)
		return call_fail(
			call, SCALE_OUT_OF_RANGE,
			"between %s and %s there is no size that the "
			"NAS can give a %s: the next larger one is %s, "
			"raise the limit to that",
			size_text(call, required_bytes),
			size_text(call, limit_bytes),
			is_block ? "zvol" : "file system",
			size_text(call, bytes));
	*ret_bytes = bytes;
	return SCALE_OK;
}
