# SPDX-License-Identifier: BSD-2-Clause
"""Drives the real programs from outside: simulator, controller, node, client."""
