"""The key that is made when none is given."""

from __future__ import annotations

import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from avl import config


def test_processes_that_start_together_keep_one_whole_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_key = secrets.token_urlsafe

    def slowly(size: int) -> str:
        time.sleep(0.1)
        return make_key(size)

    monkeypatch.setattr(secrets, "token_urlsafe", slowly)
    monkeypatch.setattr(config, "ROOT", tmp_path)

    with ThreadPoolExecutor(4) as pool:
        keys = list(pool.map(lambda _: config._kept_secret(), range(4)))

    kept = tmp_path / "instance" / "secret_key"
    assert set(keys) == {kept.read_text()}
    assert len(keys[0]) >= 32
    assert kept.stat().st_mode & 0o777 == 0o600
    assert list(kept.parent.iterdir()) == [kept]
