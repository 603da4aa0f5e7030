# SPDX-License-Identifier: BSD-2-Clause
"""Runs the suites, several at once where they don't disturb each other."""
