# SPDX-License-Identifier: BSD-2-Clause
"""How fast and how small: figures with limits, measured from outside."""
