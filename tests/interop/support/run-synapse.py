"""Runs Synapse so that it dies with the test process that started it, even when that one is killed with SIGKILL."""

import runpy
import signal
import sys

if sys.platform == "linux":
    import ctypes

    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

sys.argv[0] = "synapse"
runpy.run_module("synapse.app.homeserver", run_name="__main__", alter_sys=True)
