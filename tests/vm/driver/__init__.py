# SPDX-License-Identifier: BSD-2-Clause
"""Runs inside the VM: the driver over a NAS of real ZFS, nfsd, LIO and nvmet."""
