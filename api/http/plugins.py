"""Plugins: what is installed, and how each stands at a practice; switched on, tried, taken back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from litestar import Response, get, post

from api.http import plugin_told as words
from api.http.answers import in_thread, page, refusal_status, see_other
from api.http.claim_access import person_of, practice_work
from api.http.forms import FieldError, Form
from api.http.sessions import NOTHING_HERE, PageRequest, form_of, house_of, practice_of, visitor
from api.plugin_installs import listing
from api.plugin_steps import PluginChoice, is_built_in
from api.practice_plugins import PluginDesk
from api.typed_form.form import Drawn, draw, judged, posted_of, take
from audit.event import Purpose
from core.dates import Window
from core.errors import (
    ClaimwrightError,
    ConflictError,
    InputError,
    NotFoundError,
    PluginError,
    StateError,
)
from core.rules.sees import Sees
from tenants.staff import Right

_PLUGINS = "/practices/{slug:str}/plugins"
_PLUGIN = _PLUGINS + "/{plugin:str}"
_MEANWHILE = "somebody changed this plugin meanwhile; look at what holds now and repeat"
_SEE: dict[str, Any] = {"access": Right.SEE_PLUGINS}
_CHANGE: dict[str, Any] = {"access": Right.CHANGE_PLUGINS}
# What lets a partner's code see records, or count, is approved with the second factor at hand.
_APPROVE: dict[str, Any] = {"access": Right.CHANGE_PLUGINS, "step_up": True}


@get("/plugins", opt=_SEE)
@in_thread
def installed_page(request: PageRequest) -> Response[Any]:
    """Every version of every plugin of the installation, and the practices that run it."""
    runtime = house_of(request).runtime
    own = {one.slug for one in visitor(request).practices}
    return page(
        request,
        "plugins_installed.html",
        here="practices",
        plugins=[(one, words.may_see(one.sees)) for one in listing(runtime)],
        refused=[one.message for one in runtime.plugins.refused()],
        own=own,
    )


@get(_PLUGINS, opt=_SEE)
@in_thread
def plugins_page(request: PageRequest) -> Response[Any]:
    """How every plugin stands at the practice."""
    runtime = house_of(request).runtime
    with practice_work(request, Purpose.OPERATIONS) as uow:
        found = words.at_practice(runtime, uow)
    practice = practice_of(request, request.path_params["slug"])
    return page(
        request,
        "plugins.html",
        here="practices",
        practice=practice,
        plugins=[(one, words.may_see(_sees(one))) for one in found],
    )


@get(_PLUGIN, opt=_SEE)
@in_thread
def plugin_page(request: PageRequest) -> Response[Any]:
    """One plugin at the practice: what it may see, its settings, what is tried, what failed."""
    return _page(request)


@post(_PLUGIN + "/enable", opt=_APPROVE)
@in_thread
def enable_plugin(request: PageRequest) -> Response[Any]:
    """Switch it on, or say anew for which days and in which version."""

    def act(desk: PluginDesk, form: Form, plugin: words.AtPractice) -> None:
        choice = _choice(form, plugin)
        # Whoever says other days means the settings there are.
        kept = plugin.live.settings if plugin.live else b"{}"
        desk.enable(msgspec.structs.replace(choice, settings=kept))

    return _act(request, act)


@post(_PLUGIN + "/disable", opt=_CHANGE)
@in_thread
def disable_plugin(request: PageRequest) -> Response[Any]:
    """Switch it off: at once, or for days of service from one on."""
    return _act(
        request,
        lambda desk, form, plugin: desk.disable(
            plugin.name, form.day("from_day", "from which day")
        ),
    )


@post(_PLUGIN + "/settings", opt=_CHANGE)
@in_thread
def change_settings(request: PageRequest) -> Response[Any]:
    """New settings, as typed into the form of their type."""
    return _settings(request)


@post(_PLUGIN + "/shadow", opt=_APPROVE)
@in_thread
def shadow_plugin(request: PageRequest) -> Response[Any]:
    """Try a version beside what counts: what it says is recorded and holds nothing."""
    return _act(request, lambda desk, form, plugin: desk.shadow(_choice(form, plugin)))


@post(_PLUGIN + "/end-shadow", opt=_CHANGE)
@in_thread
def end_shadow(request: PageRequest) -> Response[Any]:
    """Try it no longer."""
    return _act(request, lambda desk, form, plugin: desk.end_shadow(plugin.name))


@post(_PLUGIN + "/promote", opt=_APPROVE)
@in_thread
def promote_plugin(request: PageRequest) -> Response[Any]:
    """Let a version count in the place of the one that does."""

    def act(desk: PluginDesk, form: Form, plugin: words.AtPractice) -> None:
        choice = _choice(form, plugin)
        desk.promote(plugin.name, choice.version, grant=choice.grant)

    return _act(request, act)


@post(_PLUGIN + "/roll-back", opt=_CHANGE)
@in_thread
def roll_back_plugin(request: PageRequest) -> Response[Any]:
    """Let the version before count again."""
    return _act(request, lambda desk, form, plugin: desk.roll_back(plugin.name))


def _sees(one: words.AtPractice) -> tuple[str, ...]:
    """What it may see here: what was agreed to, else what it would ask for."""
    if one.live is not None and not one.built_in:
        return one.live.sees
    return one.shown.sees if one.shown else ()


def _choice(form: Form, plugin: words.AtPractice) -> PluginChoice:
    versions = [one.version for one in plugin.versions]
    version = form.choice("version", "a version", versions)
    chosen = next(one for one in plugin.versions if one.version == version)
    first, last = form.day("first_day", "first day"), form.day("last_day", "last day")
    if first and last and last < first:
        raise FieldError("last_day", "the last day lies before the first")
    ticked = form.every("grant")
    if set(ticked) - set(Sees):
        raise FieldError("grant", "choose what it may see from the list")
    return PluginChoice(
        name=plugin.name,
        version="" if plugin.built_in else version,
        window=Window(first, last),
        # Agreed to is what the version asks for: a tick for another version is not kept.
        grant=tuple(one for one in ticked if one in chosen.sees and not plugin.built_in),
    )


def _known(request: PageRequest) -> words.AtPractice:
    name, runtime = request.path_params["plugin"], house_of(request).runtime
    with practice_work(request, Purpose.OPERATIONS) as uow:
        for one in words.at_practice(runtime, uow):
            if one.name == name:
                return one
    raise NotFoundError(NOTHING_HERE)


def _desk(request: PageRequest) -> PluginDesk:
    practice = practice_of(request, request.path_params["slug"])
    runtime, role = house_of(request).runtime, visitor(request).staff.role.value
    return PluginDesk(runtime, practice, person_of(request), role)


def _address(request: PageRequest) -> str:
    practice = practice_of(request, request.path_params["slug"])
    return f"/practices/{practice.slug}/plugins/{request.path_params['plugin']}"


def _act(
    request: PageRequest, act: Callable[[PluginDesk, Form, words.AtPractice], object]
) -> Response[Any]:
    """Do it and show the plugin; where it cannot be done, its page says why."""
    form, plugin = form_of(request), _known(request)
    try:
        act(_desk(request), form, plugin)
    except (StateError, ConflictError, InputError, NotFoundError, PluginError) as problem:
        return _page(request, problem=problem, form=form)
    return see_other(_address(request))


def _settings(request: PageRequest) -> Response[Any]:
    form, plugin, runtime = form_of(request), _known(request), house_of(request).runtime
    live = plugin.live
    sheet, why_not = words.settings_form(runtime, plugin.name, live.version if live else "")
    if live is None or sheet is None:
        return _page(request, problem=StateError(why_not or "switch it on first"), form=form)
    if form.text("place") != str(live.place):
        return _page(request, problem=ConflictError(_MEANWHILE), form=form)
    if form.text("more"):
        return _page(request, form=form, more=form.text("more"))
    try:
        found = take(sheet, msgspec.json.decode(live.settings), posted_of(form.items()))
        kind = runtime.plugins.plugin(plugin.name, live.version).settings_type
        found = judged(sheet, found, kind)
        if found.errors:
            return _page(request, form=form, errors=found.errors)
        secrets = {one.key: one.text for one in found.secrets}
        _desk(request).set_settings(plugin.name, msgspec.json.encode(found.value | secrets))
    except (StateError, ConflictError, InputError, NotFoundError, PluginError) as problem:
        return _page(request, problem=problem, form=form)
    return see_other(_address(request))


def _page(
    request: PageRequest,
    *,
    problem: ClaimwrightError | None = None,
    form: Form | None = None,
    errors: Any = None,
    more: str = "",
) -> Response[Any]:
    plugin, runtime = _known(request), house_of(request).runtime
    practice, live = practice_of(request, request.path_params["slug"]), plugin.live
    with practice_work(request, Purpose.OPERATIONS) as uow:
        steps = words.history(uow, plugin.name)
        earlier = words.version_before(uow, plugin.name)
    version = live.version if live else ""
    sheet, why_not = words.settings_form(runtime, plugin.name, version) if live else (None, "")
    is_settings = form is not None and form.sent("place")
    fields: tuple[Drawn, ...] = ()
    if sheet is not None and live is not None:
        fields = draw(
            sheet,
            msgspec.json.decode(live.settings),
            posted=posted_of(form.items()) if form is not None and is_settings else None,
            errors=errors,
            more=more,
            secrets_set=[one.field for one in plugin.status.secrets] if plugin.status else (),
        )
    return page(
        request,
        "plugin.html",
        status=422 if errors else refusal_status(problem),
        here="practices",
        practice=practice,
        address=_address(request),
        plugin=plugin,
        live=live,
        shadow=plugin.shadow,
        stands=plugin.status,
        report=plugin.status.report if plugin.status else None,
        shown=plugin.shown,
        sees=words.may_see(_sees(plugin)),
        asks=plugin.asks,
        fields=fields,
        help=sheet.help if sheet else "",
        why_not=why_not,
        faults=words.faults(plugin.status),
        steps=steps,
        earlier=earlier,
        versions=[(one.version, f"{one.version}, {_signed(one)}") for one in plugin.versions],
        wrong=len(errors or ()),
        problem="" if problem is None else problem.message,
    )


def _signed(one: Any) -> str:
    if one.installed is None:
        return "comes with the product" if is_built_in(one.name) else "installed unsigned"
    return f"signed by {one.installed.signer}" if one.installed.signer else "not signed"
