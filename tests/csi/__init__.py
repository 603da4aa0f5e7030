# SPDX-License-Identifier: BSD-2-Clause
"""System tests of the CSI surface."""
