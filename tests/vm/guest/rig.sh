# SPDX-License-Identifier: BSD-2-Clause
# Sourced: the whole guest library.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
for part in wait net nfsd lio nvmet; do
	. "/rig/$part.sh"
done
