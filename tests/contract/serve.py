"""Serves the market of the API's tests while Schemathesis asks; ends with what it found."""

import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", HERE.parents[1] / "target")) / "debug"
WHO = ("provider", "authority", "consumer", "job", "auction")


def main() -> int:
    schemathesis, *options = sys.argv[1:]
    with subprocess.Popen([TARGET / "examples/market"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as market:
        about = json.loads(market.stdout.readline())
        environment = os.environ | {
            "TALLY_API_LISTEN": "127.0.0.1:0",
            "TALLY_API_DATABASE_URL": about["database"],
            "TALLY_API_RPC_URL": about["rpc"],
            # Thousands of requests come from one address, for longer than the market's indexer was last seen.
            "TALLY_API_REQUESTS_PER_SECOND": "0",
            "TALLY_API_MAX_LAG_SECONDS": "86400",
            "TALLY_API_MAX_RECONCILIATION_AGE_SECONDS": "86400",
        }
        with subprocess.Popen([TARGET / "api"], env=environment, stderr=subprocess.PIPE, text=True) as api:
            try:
                url = next(f"http://{line.split('http://')[1].split('/')[0]}" for line in api.stderr if "http://" in line)
                known = os.environ | {"TALLY_CONTRACT_KNOWN": ",".join(about[who] for who in WHO)}
                asked = ["run", f"{url}/openapi.json", "--checks", "all", "--seed", "1", "--max-examples", "10"]
                return subprocess.run([schemathesis, *asked, *options], cwd=HERE, env=known, stderr=None).returncode
            finally:
                api.terminate()
                market.stdin.close()


sys.exit(main())
