"""Runs Synapse so that it dies with the test process that started it, even when that one is killed with SIGKILL.

SYNAPSE_CLOCK_OFFSET, in seconds, sets its clock forward or back: a room gets a past.
"""

import os
import runpy
import signal
import sys
import time

if sys.platform == "linux":
    import ctypes

    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

offset = int(os.environ.get("SYNAPSE_CLOCK_OFFSET", "0"))
if offset != 0:
    # Before Twisted is imported, which keeps a reference.
    real_time = time.time
    time.time = lambda: real_time() + offset

sys.argv[0] = "synapse"
runpy.run_module("synapse.app.homeserver", run_name="__main__", alter_sys=True)
