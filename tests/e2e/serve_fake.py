"""Serves the whole program over fake flows, for the browser tests: `python -m tests.e2e.serve_fake DATA_DIR PORT`."""

import sys
from pathlib import Path

from app.main import serve
from app.settings import Settings
from tests.fixtures.fake_flows import FakeAnswers, FakeFlows

if __name__ == "__main__":
    settings = Settings(_env_file=None, data_dir=Path(sys.argv[1]), port=int(sys.argv[2]), gallery=True)
    serve(settings, FakeFlows(FakeAnswers(seconds=0.3)))
