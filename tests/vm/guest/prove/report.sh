# SPDX-License-Identifier: BSD-2-Clause
# Sourced by the proofs: each claim is a line; the first that does not hold
# ends the proof with the kernel's last words.
. /rig/rig.sh

# ok CLAIM: it held
ok() { printf '%6.1f s  ok    %s\n' "$(seconds)" "$1"; }

# claim CLAIM COMMAND...: it holds if the command succeeds
claim()
{
	local text=$1 output
	shift
	output=$("$@" 2>&1) || {
		printf '%6.1f s  FAIL  %s: %s\n' "$(seconds)" "$text" "$output"
		dmesg | tail -20
		exit 1
	}
	ok "$text"
}

seconds() { cut -d' ' -f1 /proc/uptime | awk -v s="$started" '{print $1 - s}'; }

started=$(cut -d' ' -f1 /proc/uptime)

# size_of DEVICE: in MiB
size_of() { echo $(($(blockdev --getsize64 "$1") >> 20)); }

# has_size DEVICE MIB
has_size() { [ "$(size_of "$1")" = "$2" ]; }
