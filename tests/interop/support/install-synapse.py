"""Makes the virtual environment of the interop tests, once, whoever asks first.

usage: install-synapse.py FOLDER REQUIREMENTS
Prints one JSON line: {"python": PATH} or {"skip": REASON}. Needs nothing but the standard library.
The kernel drops the lock when this process ends, however it ends, so no stale lock can be left behind.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time

CHECK = "import synapse.app.homeserver, signedjson.sign, canonicaljson"
# A failed download is remembered this long, so that ten test files do not each wait for the same dead network.
FAILURE_SECONDS = 60


def answer(**fields):
    print(json.dumps(fields))
    sys.exit(0)


def stamp_of(requirements):
    digest = hashlib.sha256()
    with open(requirements, "rb") as file:
        digest.update(file.read())
    digest.update(sys.version.encode())
    return digest.hexdigest()


def read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError:
        return None


def write(path, text):
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(path + ".new", path)


def works(python):
    if not os.path.exists(python):
        return False
    return subprocess.run([python, "-c", CHECK], capture_output=True).returncode == 0


def failed_lately(path):
    text = read(path)
    if text is None:
        return None
    failure = json.loads(text)
    return failure["reason"] if time.time() - failure["at"] < FAILURE_SECONDS else None


def last_line(output):
    lines = [line for line in output.decode(errors="replace").splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")]
    return (errors or lines or ["no output"])[-1]


def install(venv, requirements):
    """Builds the environment from nothing; what a half-finished run left is removed first."""
    shutil.rmtree(venv, ignore_errors=True)
    made = subprocess.run([sys.executable, "-m", "venv", venv], capture_output=True)
    if made.returncode != 0:
        return "python3 -m venv does not work: " + last_line(made.stdout + made.stderr)
    pip = [os.path.join(venv, "bin", "python"), "-m", "pip", "install", "--no-input", "--quiet"]
    pip += ["--disable-pip-version-check", "--retries", "1", "--timeout", "20", "--prefer-binary"]
    filled = subprocess.run([*pip, "-r", requirements], capture_output=True)
    if filled.returncode == 0:
        return None
    output = filled.stdout + filled.stderr
    if b"ConnectionError" in output or b"Retrying" in output:
        return "the package index cannot be reached"
    return "pip cannot install matrix-synapse: " + last_line(output)


def main():
    folder, requirements = sys.argv[1:]
    if sys.version_info < (3, 10):
        answer(skip="Synapse needs Python 3.10 or newer, python3 is %d.%d" % sys.version_info[:2])
    try:
        import fcntl
        import venv as _venv  # noqa: F401
    except ImportError as error:
        answer(skip="this python3 lacks a module: %s" % error)
    os.makedirs(folder, exist_ok=True)
    write(os.path.join(folder, ".gitignore"), "*\n")
    with open(os.path.join(folder, "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        venv = os.path.join(folder, "venv")
        python = os.path.join(venv, "bin", "python")
        stamp, failure = os.path.join(venv, "gatehouse-stamp"), os.path.join(folder, "failure.json")
        wanted = stamp_of(requirements)
        if read(stamp) == wanted and works(python):
            answer(python=python)
        reason = failed_lately(failure)
        if reason is not None:
            answer(skip=reason)
        reason = install(venv, requirements)
        if reason is None and not works(python):
            reason = "matrix-synapse is installed but cannot be imported"
        if reason is not None:
            write(failure, json.dumps({"reason": reason, "at": time.time()}))
            answer(skip=reason)
        write(stamp, wanted)
        answer(python=python)


main()
