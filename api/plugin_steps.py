"""One step of a plugin at a practice: what it may be, and keeping it, in the caller's transaction.

Partners' plugins see what a practice agreed to by name; a version that asks for more does not run
before that is agreed to as well. The built-in specialties are ours and see what they declare.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from msgspec.structs import replace

from api.bootstrap import Runtime
from audit.event import plugin_object
from core.claims.parties import Value
from core.dates import ALWAYS, Window
from core.errors import ConflictError, InputError, PluginError
from plugins.host import BUILT_IN
from plugins.settings import parted, secret_fields
from plugins.spec import Manifest
from plugins.standing import Act, Mode, PluginStep, Standing, State, standing
from plugins.stopped import Guard, guards_of
from tenants.ids import new_id
from tenants.uow import UnitOfWork

SYSTEM_ROLE = "system"

_BUILT_IN = frozenset(name.rpartition(".")[2] for name in BUILT_IN)


class PluginChoice(Value, frozen=True, kw_only=True):
    """A plugin to switch on.

    ``settings`` are JSON, secret fields among them. ``version`` empty: the only one, else the
    newest. ``window`` are the days of service its rules hold. ``grant`` names kinds of facts the
    practice agrees to let it see, beside those it agreed to before.
    """

    name: str
    settings: bytes = b"{}"
    version: str = ""
    window: Window = ALWAYS
    grant: tuple[str, ...] = ()


def chosen(
    uow: UnitOfWork,
    runtime: Runtime,
    choice: PluginChoice,
    now: Standing,
    *,
    act: Act,
    mode: Mode,
    role: str,
) -> tuple[PluginStep, dict[str, str]]:
    """The step that ``choice`` asks for, and the secret fields it sets; nothing is kept yet.

    ``InputError`` for an unknown plugin, and where the practice has not agreed to what it sees.
    """
    manifest = known(runtime, choice.name, choice.version)
    version = "" if is_built_in(choice.name) else manifest.version
    plain, secrets = parted_settings(runtime, choice.name, version, choice.settings)
    step = following(
        uow,
        now,
        PluginStep(
            id=new_id(),
            plugin=choice.name,
            place=1,
            act=act,
            mode=mode,
            version=version,
            window=choice.window,
            settings=plain,
            sees=consented(manifest, now, choice.grant),
        ),
        act,
        role,
    )
    return step, secrets


def following(uow: UnitOfWork, now: Standing, like: PluginStep, act: Act, role: str) -> PluginStep:
    """The next step of a plugin: as ``like`` says, done now by whoever works."""
    return replace(
        like,
        id=new_id(),
        place=now.last_place + 1,
        act=act,
        said_by=uow.actor_id,
        role=role,
        said_at=uow.now,
    )


def known(runtime: Runtime, name: str, version: str = "") -> Manifest:
    """The manifest of an installed plugin; ``InputError`` says which there are.

    ``PluginError`` where that version is not there, or several are and none is named.
    """
    names = runtime.plugins.names()
    if name not in names:
        raise InputError(f"there is no plugin {name}; there are {', '.join(names)}")
    return runtime.plugins.plugin(name, version).manifest


def is_built_in(name: str) -> bool:
    """Whether it comes with the product: one version, trusted as the rest of it is."""
    return name in _BUILT_IN


def consented(manifest: Manifest, now: Standing, grant: tuple[str, ...]) -> tuple[str, ...]:
    """What the version will be given to see; ``InputError`` naming what is not agreed to yet."""
    asks = {one.value for one in manifest.sees}
    for_nothing = set(grant) - asks
    if for_nothing:
        raise InputError(
            f"{manifest.name} {manifest.version} does not ask to see "
            f"{', '.join(sorted(for_nothing))}; grant what it asks for"
        )
    before = {each for one in (now.live, now.shadow) if one for each in one.sees}
    missing = asks - before - set(grant)
    if missing and not is_built_in(manifest.name):
        wanted = ",".join(sorted(missing))
        raise InputError(
            f"{manifest.name} {manifest.version} asks to see {wanted.replace(',', ', ')}, which "
            f"this practice has not agreed to; agree by name with --grant {wanted}"
        )
    return tuple(sorted(asks))


def parted_settings(
    runtime: Runtime, name: str, version: str, settings: bytes
) -> tuple[bytes, dict[str, str]]:
    """Settings without their secret fields, and those apart."""
    return parted(name, settings, secret_of(runtime, name, version))


def secret_of(runtime: Runtime, name: str, version: str) -> frozenset[str]:
    """The secret fields of a version's settings."""
    return secret_fields(name, runtime.plugins.settings_schema(name, version))


def secrets_with(uow: UnitOfWork, name: str, changed: Mapping[str, str]) -> dict[str, str]:
    """The secret fields as they will be, for building a rule book and nothing else."""
    kept = uow.plugins.secrets().get(name, {}) | dict(changed)
    return {field: value for field, value in kept.items() if value}


def keep(
    uow: UnitOfWork, runtime: Runtime, step: PluginStep, secrets: Mapping[str, str] | None = None
) -> None:
    """Keep a step with its event; ``ConflictError`` when somebody else took the next one.

    ``secrets``: secret fields that are set with it.
    """
    if not uow.plugins.add(step, _guards(uow, runtime, step, secrets or {})):
        raise ConflictError("somebody changed this plugin meanwhile; look at it again and repeat")
    code = _code(runtime, step)
    uow.record(
        f"plugin.{step.act.value}",
        {"plugin": [plugin_object(step.plugin)], "practice": [uow.tenant_id]},
        digests={"settings": sha256(step.settings).digest(), **code},
        place=step.place,
        sees=len(step.sees),
    )


def _guards(
    uow: UnitOfWork, runtime: Runtime, step: PluginStep, secrets: Mapping[str, str]
) -> tuple[Guard, ...] | None:
    """What of a step fails closed; None where nobody asks: in shadow, off, or one of ours.

    One that cannot be loaded now is switched off or stopped all the same.
    """
    if step.mode is Mode.SHADOW or step.state is State.OFF or is_built_in(step.plugin):
        return None
    kept = replace(step, window=ALWAYS, state=State.ON)
    one = runtime.enabled(kept, secrets_with(uow, step.plugin, secrets))
    try:
        manifest = runtime.plugins.plugin(step.plugin, step.version).manifest
        return guards_of(runtime.plugins.rule_set(one), manifest.fails_open)
    except PluginError:
        return None


def _code(runtime: Runtime, step: PluginStep) -> dict[str, bytes]:
    """The digest of the code a step puts to work; none where it is not there any more."""
    try:
        found = runtime.plugins.plugin(step.plugin, step.version).fingerprint
    except PluginError:
        return {}
    return {"code": bytes.fromhex(found)}


def keep_secrets(uow: UnitOfWork, name: str, secrets: Mapping[str, str]) -> None:
    """Set secret fields, with an event that says how many."""
    if not secrets:
        return
    uow.plugins.set_secrets(name, secrets, by=uow.actor_id)
    uow.record(
        "plugin.secret_set",
        {"plugin": [plugin_object(name)], "practice": [uow.tenant_id]},
        fields=len(secrets),
    )


def end_shadow_of(uow: UnitOfWork, runtime: Runtime, step: PluginStep, now: Standing) -> None:
    """A version that begins to count is not tried any more."""
    shadow = now.shadow
    if shadow is None or shadow.version != step.version:
        return
    after = Standing(plugin=now.plugin, last_place=step.place)
    ended = following(uow, after, shadow, Act.UNSHADOWED, step.role)
    keep(uow, runtime, replace(ended, state=State.OFF))


def enable_in(
    uow: UnitOfWork, runtime: Runtime, choice: PluginChoice, *, role: str = SYSTEM_ROLE
) -> PluginStep:
    """Switch a plugin on; whether that may be is asked before (``PluginDesk.enable``)."""
    now = standing(uow.plugins.every(choice.name), choice.name)
    step, secrets = chosen(uow, runtime, choice, now, act=Act.ENABLED, mode=Mode.LIVE, role=role)
    keep(uow, runtime, step, secrets)
    keep_secrets(uow, choice.name, secrets)
    end_shadow_of(uow, runtime, step, now)
    return step
