"""A signature holds for one wheel and what was said of it, and only from whom is trusted."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from api import plugin_signature as signatures
from api.plugin_signature import SignatureError, Statement
from api.plugin_wheel import read_wheel
from core.errors import ConflictError, InputError
from tests.api.partner_kit.wheels import GROUP, MODULE, wheel


class Signed:
    """A signed wheel, and a folder that trusts its signer."""

    def __init__(self, folder: Path) -> None:
        self.wheel = wheel(folder / "dist")
        self.key = folder / "key"
        signatures.make_key(self.key)
        self.trusted = folder / "trusted"
        self.trusted.mkdir()
        (self.trusted / "Sight Ltd.pub").write_bytes((folder / "key.pub").read_bytes())
        read = read_wheel(self.wheel)
        self.statement = Statement(
            name=read.name, version=read.version, contract=1, sha256=read.sha256,
            sees=("clinical",), rules=1,
        )  # fmt: skip
        self.path = signatures.signature_path(self.wheel)
        self.path.write_bytes(signatures.sign(signatures.read_key(self.key), self.statement))

    def verified(self) -> signatures.Signer:
        return signatures.verify(self.wheel, trusted=self.trusted)


@pytest.fixture
def signed(tmp_path: Path) -> Signed:
    return Signed(tmp_path)


def test_a_signature_names_its_signer_and_what_was_said(signed: Signed) -> None:
    signer = signed.verified()
    assert signer.name == "Sight Ltd"
    assert signer.statement == signed.statement
    assert len(signer.fingerprint.split()) == 8
    assert signed.path.name == "sight-1.2.0-py3-none-any.whl.sig"


def test_every_bit_of_the_signed_statement_counts(signed: Signed) -> None:
    whole = json.loads(signed.path.read_bytes())
    for field, other in (
        ("name", "sights"), ("version", "1.2.1"), ("contract", 2), ("sha256", "0" * 64),
        ("sees", []), ("sees", ["clinical", "demographics"]), ("rules", 2),
    ):  # fmt: skip
        altered = {**whole, "statement": {**whole["statement"], field: other}}
        signed.path.write_text(json.dumps(altered))
        with pytest.raises(SignatureError, match="altered"):
            signed.verified()


def test_any_byte_of_the_wheel_counts(signed: Signed) -> None:
    data = bytearray(signed.wheel.read_bytes())
    data[-1:] = b"\0"
    data.append(0)
    signed.wheel.write_bytes(bytes(data))
    with pytest.raises((SignatureError, InputError)):
        signed.verified()
    wheel(signed.wheel.parent, module=MODULE.replace("units > 2", "units > 9"))
    with pytest.raises(SignatureError, match="the wheel was altered"):
        signed.verified()


def _set(field: str, value: Any) -> Callable[[dict[str, Any]], object]:
    return lambda whole: whole.update({field: value})


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (_set("format", "claimwright-plugin-signature-2"), "another format"),
        (_set("signature", "AAAA"), "altered"),
        (_set("signature", "not base64!"), "cannot be read"),
        (_set("key", "AAAA"), "nobody whose key is trusted"),
        (_set("more", 1), "cannot be read"),
        (lambda whole: whole.pop("key"), "cannot be read"),
        (lambda whole: whole["statement"].update(more=1), "cannot be read"),
    ],
)
def test_a_signature_file_of_another_shape_is_refused(
    signed: Signed, change: Callable[[dict[str, Any]], object], says: str
) -> None:
    whole = json.loads(signed.path.read_bytes())
    change(whole)
    signed.path.write_text(json.dumps(whole))
    with pytest.raises(SignatureError, match=says):
        signed.verified()


def test_a_stranger_who_signs_the_same_wheel_is_not_believed(
    signed: Signed, tmp_path: Path
) -> None:
    signatures.make_key(tmp_path / "stranger")
    stranger = signatures.read_key(tmp_path / "stranger")
    signed.path.write_bytes(signatures.sign(stranger, signed.statement))
    with pytest.raises(SignatureError, match="nobody whose key is trusted"):
        signed.verified()


def test_a_signature_moved_to_another_version_does_not_hold(signed: Signed) -> None:
    later = wheel(signed.wheel.parent, version="1.3.0")
    with pytest.raises(SignatureError, match="not signed"):
        signatures.verify(later, trusted=signed.trusted)
    with pytest.raises(SignatureError, match="altered after"):
        signatures.verify(later, signed.path, trusted=signed.trusted)


def test_a_key_is_kept_from_others_and_never_written_over(tmp_path: Path) -> None:
    key = tmp_path / "key"
    signatures.make_key(key)
    assert key.stat().st_mode & 0o777 == 0o600
    with pytest.raises(ConflictError, match="there already"):
        signatures.make_key(key)
    key.chmod(0o644)
    with pytest.raises(InputError, match="can be read by others"):
        signatures.read_key(key)
    public = tmp_path / "key.pub"
    public.chmod(0o600)
    with pytest.raises(InputError, match="holds no key"):
        signatures.read_key(public)


@pytest.mark.parametrize(
    ("made", "says"),
    [
        ({"more": {"../evil.py": b""}}, "leaves its folder"),
        ({"more": {"/etc/evil": b""}}, "leaves its folder"),
        ({"more": {"core/money.py": b""}}, "takes the place of one of ours"),
        ({"more": {"evil.pth": b"import os"}}, "takes the place of one of ours"),
        ({"more": {"sight-1.2.0.data/scripts/x": b""}}, "files for elsewhere"),
        ({"more": {"other-1.dist-info/METADATA": b""}}, "what it is"),
        ({"more": {"SIGHT/__init__.py": b""}}, "two files of one name"),
        ({"points": "[console_scripts]\nx = y:z\n"}, "names 0 plugins"),
        ({"points": f"[{GROUP}]\na = a\nb = b\n"}, "names 2 plugins"),
        ({"points": "no section"}, "entry_points.txt"),
        ({"stated": b"sight/__init__.py,sha256=AAAA,1\n"}, "own list"),
        ({"stated": b""}, "own list"),
    ],
)
def test_a_wheel_that_is_no_plugin_or_reaches_elsewhere_is_refused(
    tmp_path: Path, made: dict[str, Any], says: str
) -> None:
    with pytest.raises(InputError, match=says):
        read_wheel(wheel(tmp_path, **made))


def test_what_is_no_wheel_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sight-1.2.0-py3-none-any.whl"
    for data in (b"", b"PK\x03\x04", os.urandom(200)):
        path.write_bytes(data)
        with pytest.raises(InputError, match="damaged, or no wheel"):
            read_wheel(path)
    whole = wheel(tmp_path).read_bytes()
    for cut in (10, 200, len(whole) - 5):
        path.write_bytes(whole[:cut])
        with pytest.raises(InputError):
            read_wheel(path)
