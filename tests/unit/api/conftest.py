from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from app.api.application import create_api
from app.api.keys import KeyStore
from app.settings import Settings
from tests.fixtures.fake_flows import FakeFlows


@pytest.fixture
def flows() -> FakeFlows:
    return FakeFlows()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(_env_file=None, data_dir=tmp_path)


@pytest.fixture
def api(settings: Settings, flows: FakeFlows) -> Iterator[FastAPI]:
    app = create_api(settings, flows)
    yield app
    app.state.runtime.pool.close()


@pytest.fixture
def keys(api: FastAPI) -> KeyStore:
    return api.state.runtime.keys


@pytest.fixture
def secret(keys: KeyStore) -> str:
    return keys.create("test")[1]


@pytest.fixture
async def client(api: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(api, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as session:
        yield session
