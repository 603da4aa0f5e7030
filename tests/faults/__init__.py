# SPDX-License-Identifier: BSD-2-Clause
"""Interrupts a verb at every NAS call and judges what is left."""
