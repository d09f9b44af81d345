"""A wheel is installed whole or not at all, as its author made it, and never written to again."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from api.plugin_signature import SignatureError, signature_path
from api.plugin_store import PluginStore
from core.errors import ClaimwrightError, ConflictError, InputError, IntegrityError, NotFoundError
from plugins.source import PluginSource
from plugins.spec import Manifest
from tests.api.partner_kit.wheels import GROUP, wheel
from tests.api.plugins.sight import sight, signed

AT = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


def asked(source: PluginSource) -> Manifest:
    """What the plugin's process would answer; tests of the process are elsewhere."""
    return Manifest(
        name=source.name, version=source.version, contract=1, title="Sight", prefixes=("SGT",)
    )


@pytest.fixture
def store(tmp_path: Path) -> PluginStore:
    return PluginStore(tmp_path / "home")


def left(store: PluginStore) -> list[str]:
    """What lies below the folder of plugins, beside its lock and its trusted keys."""
    folder = store.trusted.parent
    found = folder.iterdir() if folder.exists() else ()
    return sorted(one.name for one in found if one.name not in ("lock", "trusted"))


def test_a_signed_version_is_installed_and_names_its_signer(
    store: PluginStore, tmp_path: Path
) -> None:
    path = signed(sight(tmp_path / "dist"), store.trusted)
    installed, is_new = store.install(path, inspect=asked, at=AT)
    assert is_new
    assert (installed.name, installed.version, installed.signer) == ("sight", "1.0.0", "Sight Ltd")
    assert store.every() == (installed,)
    [source] = store.sources()
    assert source.folder is not None
    assert (source.folder / "sight" / "__init__.py").is_file()
    assert source.digest == installed.digest
    store.check(installed)
    # The same wheel again changes nothing; another one of that version is refused.
    assert store.install(path, inspect=asked, at=AT) == (installed, False)
    other = signed(sight(tmp_path / "dist", body="return ()"), store.trusted)
    with pytest.raises(ConflictError, match="never changed"):
        store.install(other, inspect=asked, at=AT)


def test_what_nobody_trusted_signed_is_refused_unless_the_operator_says_so(
    store: PluginStore, tmp_path: Path
) -> None:
    path = sight(tmp_path / "dist")
    with pytest.raises(SignatureError, match="--unsigned"):
        store.install(path, inspect=asked, at=AT)
    signed(path, tmp_path / "elsewhere")
    # A signature that is there must hold, whatever is said.
    for unsigned in (False, True):
        with pytest.raises(SignatureError):
            store.install(path, inspect=asked, at=AT, unsigned=unsigned)
    signature_path(path).unlink()
    installed, _ = store.install(path, inspect=asked, at=AT, unsigned=True)
    assert (installed.signer, installed.fingerprint) == ("", "")


@pytest.mark.parametrize(
    ("made", "says"),
    [
        ({"more": {"sight/fast.so": b"\x7fELF"}}, "compiled parts"),
        ({"more": {"sight/a.pyc": b""}}, "compiled parts"),
        ({"points": f"[{GROUP}]\ndental = sight\n"}, "no name a partner's plugin"),
        ({"points": f"[{GROUP}]\ntrusted = sight\n"}, "no name a partner's plugin"),
        ({"points": f"[{GROUP}]\n../x = sight\n"}, "no name a partner's plugin"),
        ({"points": f"[{GROUP}]\nsight = sight:main\n"}, "name a module"),
        ({"points": f"[{GROUP}]\nsight = os; import os\n"}, "name a module"),
    ],
)
def test_what_is_no_plain_plugin_is_refused_and_nothing_is_left(
    store: PluginStore, tmp_path: Path, made: dict[str, Any], says: str
) -> None:
    with pytest.raises(InputError, match=says):
        store.install(wheel(tmp_path, **made), inspect=asked, at=AT, unsigned=True)
    assert left(store) == []


def test_a_link_in_a_wheel_is_refused(store: PluginStore, tmp_path: Path) -> None:
    path = wheel(tmp_path, more={"sight/data.csv": b"/etc/passwd"})
    with zipfile.ZipFile(path) as archive:
        files = [(one, archive.read(one)) for one in archive.infolist()]
    with zipfile.ZipFile(path, "w") as archive:
        for one, data in files:
            if one.filename == "sight/data.csv":
                one.external_attr = 0o120777 << 16
            archive.writestr(one, data)
    with pytest.raises(InputError, match="a link"):
        store.install(path, inspect=asked, at=AT, unsigned=True)
    assert left(store) == []


def test_a_plugin_that_is_another_than_its_wheel_says_is_refused(
    store: PluginStore, tmp_path: Path
) -> None:
    def lies(source: PluginSource) -> Manifest:
        return Manifest(name="sight", version="2", contract=1, title="Sight", prefixes=("SGT",))

    def breaks(source: PluginSource) -> Manifest:
        raise RuntimeError("Ruth Lindqvist")

    path = sight(tmp_path / "dist")
    for inspect, error in ((lies, InputError), (breaks, RuntimeError)):
        with pytest.raises(error):
            store.install(path, inspect=inspect, at=AT, unsigned=True)
        assert left(store) == []


def test_an_install_that_was_killed_leaves_nothing_that_counts(
    store: PluginStore, tmp_path: Path
) -> None:
    def killed(source: PluginSource) -> Manifest:
        assert source.folder is not None
        source.folder.parent.rename(store.trusted.parent / ".part-dead")
        raise KeyboardInterrupt

    path = sight(tmp_path / "dist")
    with pytest.raises(KeyboardInterrupt):
        store.install(path, inspect=killed, at=AT, unsigned=True)
    assert left(store) == [".part-dead"]
    assert store.every() == ()
    store.install(path, inspect=asked, at=AT, unsigned=True)
    assert left(store) == ["sight"]


def test_files_that_were_changed_afterwards_are_noticed(store: PluginStore, tmp_path: Path) -> None:
    installed, _ = store.install(sight(tmp_path / "dist"), inspect=asked, at=AT, unsigned=True)
    [source] = store.sources()
    assert source.folder is not None
    code = source.folder / "sight" / "__init__.py"
    assert code.stat().st_mode & 0o222 == 0
    code.chmod(0o600)
    code.write_text("# nothing", encoding="utf-8")
    with pytest.raises(IntegrityError, match="not as they were installed"):
        store.check(installed)
    # Nobody is given it to run, and what else is installed stays.
    store.install(sight(tmp_path / "dist", "1.1.0"), inspect=asked, at=AT, unsigned=True)
    assert [one.version for one in store.sources()] == ["1.1.0"]


def test_a_removed_version_is_gone_and_the_stamp_tells(store: PluginStore, tmp_path: Path) -> None:
    before = store.stamp()
    store.install(sight(tmp_path / "dist"), inspect=asked, at=AT, unsigned=True)
    store.install(sight(tmp_path / "dist", "1.1.0"), inspect=asked, at=AT, unsigned=True)
    assert store.stamp() != before
    store.remove("sight", "1.0.0")
    assert [one.version for one in store.every()] == ["1.1.0"]
    with pytest.raises(NotFoundError):
        store.find("sight", "1.0.0")
    for name, version in (("../tables", "1.0"), ("sight", ".."), ("sight", "1/../../x")):
        with pytest.raises(ClaimwrightError):
            store.remove(name, version)
    (store.trusted.parent / "sight" / "1.1.0" / "installed.json").write_text("{}")
    with pytest.raises(IntegrityError, match="damaged"):
        store.every()
