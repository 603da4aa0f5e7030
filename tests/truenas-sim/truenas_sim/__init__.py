# SPDX-License-Identifier: BSD-2-Clause
"""A TrueNAS SCALE NAS, simulated behind its real WebSocket API."""
