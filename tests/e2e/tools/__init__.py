# SPDX-License-Identifier: GPL-2.0-or-later
"""What the end to end tests are made of: a raw client, a scripted origin, a log receiver, and the
program under test with everything it started."""
