"""The market of the API's tests and the api over it, for tests in Python: both from target/debug, ended with the block."""

import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import threading

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug"


@contextlib.contextmanager
def market():
    """Who is in the market, and what starts an api over it: with further settings, returns its address."""
    if not all((TARGET / name).exists() for name in ["api", "examples/market"]):
        sys.exit("run cargo build --package api --bin api --example market first")
    with contextlib.ExitStack() as ends:
        process = ends.enter_context(
            subprocess.Popen([TARGET / "examples/market"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        )
        ends.callback(process.stdin.close)
        about = json.loads(process.stdout.readline())

        def api(**settings):
            # The market's indexer was last seen when it was made.
            settings = {
                "LISTEN": "127.0.0.1:0",
                "DATABASE_URL": about["database"],
                "RPC_URL": about["rpc"],
                "MAX_LAG_SECONDS": "86400",
                "MAX_RECONCILIATION_AGE_SECONDS": "86400",
            } | settings
            settings = {f"TALLY_API_{name}": value for name, value in settings.items()}
            served = subprocess.Popen([TARGET / "api"], env=os.environ | settings, stderr=subprocess.PIPE, text=True)
            ends.enter_context(served)
            ends.callback(served.terminate)
            for line in served.stderr:
                if "http://" in line:
                    # What it says from now on nobody needs, but it must not wait to be read.
                    threading.Thread(target=served.stderr.read, daemon=True).start()
                    return f"http://{line.split('http://')[1].split('/')[0]}"
            sys.exit("the api ended before it was ready")

        yield about, api


def installed(name, requirements):
    """The folder with the programs of an environment for this checkout alone, with the packages of that file."""
    environment = ROOT / ".tally" / name
    mark = environment / ".installed"
    if not mark.exists() or mark.read_text() != requirements.read_text():
        subprocess.run([sys.executable, "-m", "venv", "--clear", environment], check=True)
        pip = [environment / "bin/pip", "install", "--quiet", "--disable-pip-version-check", "--requirement", requirements]
        subprocess.run(pip, check=True)
        shutil.copy(requirements, mark)
    return environment / "bin"
