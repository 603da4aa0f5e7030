# SPDX-License-Identifier: BSD-2-Clause
# Sourced: waiting with a deadline for what has no event a shell could await.

# wait_until SECONDS COMMAND...: poll the command until it succeeds
wait_until()
{
	local deadline=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -le $deadline ] || return 1
		sleep .05
	done
}
