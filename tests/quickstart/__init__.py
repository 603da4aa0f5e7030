# SPDX-License-Identifier: BSD-2-Clause
"""The driver's main job, told step by step to a person."""
