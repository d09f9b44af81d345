"""Rules people write: the list, a rule with its history, the form, dry run, on and off."""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post
from msgspec.structs import replace

from api.http.answers import form_page, in_thread, page, see_other
from api.http.claim_access import person_of
from api.http.forms import FieldError, Form
from api.http.rule_form import (
    JUDGEMENTS,
    OPERATORS,
    OVERS,
    REPRICES,
    ROWS,
    field_names,
    fits_form,
    in_words,
    read_rule,
    typed_of,
)
from api.http.sessions import NOTHING_HERE, PageRequest, form_of, house_of, practice_of, visitor
from api.rules import RuleDesk
from core.claims.claim import Form as ClaimForm
from core.claims.parties import PayerKind
from core.errors import ClaimwrightError, ConflictError, InputError, NotFoundError
from core.rules.declared import LAYERS, OWNERS, Action, ActionKind, DeclaredRule
from core.rules.declared_fields import Setting, catalogue
from core.rules.declared_versions import RuleVersion, Step
from core.rules.declared_words import rule_in_words
from core.rules.rule import Layer
from core.usecases.try_rules import DryRun
from tenants.staff import Right, Role
from tenants.store import denial_groups

_RULES = "/practices/{slug:str}/rules"
_RULE = _RULES + "/{rule:str}"
_MONTHS = ("1", "3", "6", "12")
_BACK_TEST_MONTHS = 12


@get(_RULES, opt={"access": Right.SEE_MASTERS})
@in_thread
def rules_page(request: PageRequest) -> Response[Any]:
    """Every rule the practice follows."""
    practice = practice_of(request, request.path_params["slug"])
    found = _desk(request).standings()
    return page(request, "rules.html", here="practices", practice=practice, rules=found)


@get(_RULES + "/new", opt={"access": Right.CHANGE_RULES})
@in_thread
def new_rule(request: PageRequest) -> Response[Any]:
    """An empty form, or one filled from a group of denials."""
    return _form_page(request, typed=_from_denials(request.query_params))


@post(_RULES, opt={"access": Right.CHANGE_RULES})
@in_thread
def save_rule(request: PageRequest) -> Response[Any]:
    """Check a rule, or save it as a draft."""
    form, desk = form_of(request), _desk(request)
    try:
        rule = read_rule(form)
        if form.text("do") == "check":
            found = desk.check(rule)
            return _form_page(request, form=form, found=found, checked=True)
        desk.save(rule, form.text("reason"))
    except (InputError, ConflictError) as problem:
        return _form_page(request, form=form, problem=problem)
    return see_other(_address(request, rule.id))


@get(_RULE, opt={"access": Right.SEE_MASTERS})
@in_thread
def rule_page(request: PageRequest) -> Response[Any]:
    """What a rule says, and who did what to it when."""
    return _rule_page(request)


@get(_RULE + "/edit", opt={"access": Right.CHANGE_RULES})
@in_thread
def edit_rule(request: PageRequest) -> Response[Any]:
    """The form with the newest version."""
    rule = _steps(request)[-1].rule
    if not fits_form(rule):
        return _rule_page(
            request,
            problem=InputError(
                "this rule says more than the form has room for; change its file and save that: "
                "claimwright rules save"
            ),
        )
    return _form_page(request, typed=typed_of(rule))


@post(_RULE + "/dry-run", opt={"access": Right.CHANGE_RULES})
@in_thread
def dry_run(request: PageRequest) -> Response[Any]:
    """What the newest version would have done to recent claims."""
    form, rule = form_of(request), _steps(request)[-1].rule
    try:
        months = int(form.choice("months", "how many months", _MONTHS))
    except InputError as problem:
        return _rule_page(request, problem=problem)
    return _rule_page(request, tried=_desk(request).dry_run(rule, months))


@post(_RULE + "/back-test", opt={"access": Right.CHANGE_RULES})
@in_thread
def back_test(request: PageRequest) -> Response[Any]:
    """Ask for a replay on past claims; a worker goes on with it."""
    try:
        run_id = _desk(request).begin_back_test(request.path_params["rule"], _BACK_TEST_MONTHS)
    except NotFoundError:
        raise NotFoundError(NOTHING_HERE) from None
    except (InputError, ConflictError) as problem:
        return _rule_page(request, problem=problem)
    practice = practice_of(request, request.path_params["slug"])
    return see_other(f"/practices/{practice.slug}/back-tests/{run_id}")


@post(_RULE + "/activate", opt={"access": Right.CHANGE_RULES})
@in_thread
def activate_rule(request: PageRequest) -> Response[Any]:
    """Switch the newest version on."""
    form = form_of(request)
    try:
        _desk(request).activate(request.path_params["rule"], form.text("reason"))
    except NotFoundError:
        raise NotFoundError(NOTHING_HERE) from None
    except (InputError, ConflictError) as problem:
        return _rule_page(request, form=form, problem=problem)
    return see_other(_address(request, request.path_params["rule"]))


@post(_RULE + "/end", opt={"access": Right.CHANGE_RULES})
@in_thread
def end_rule(request: PageRequest) -> Response[Any]:
    """Switch a rule off from a day on."""
    form = form_of(request)
    try:
        day = form.day("from_day", "the day")
        _desk(request).end(request.path_params["rule"], form.text("reason"), day)
    except NotFoundError:
        raise NotFoundError(NOTHING_HERE) from None
    except (InputError, ConflictError) as problem:
        return _rule_page(request, form=form, problem=problem)
    return see_other(_address(request, request.path_params["rule"]))


@get("/practices/{slug:str}/denials", opt={"access": Right.SEE_MASTERS})
@in_thread
def denials_page(request: PageRequest) -> Response[Any]:
    """Denials by reason, payer and code: where a rule would stop the next ones."""
    practice = practice_of(request, request.path_params["slug"])
    with house_of(request).runtime.unit_of_work(practice.tenant_id, person_of(request)) as uow:
        found, today = denial_groups.groups(uow.connection), uow.today
    return page(
        request, "denials.html", here="practices", practice=practice, groups=found, today=today
    )


def _desk(request: PageRequest) -> RuleDesk:
    practice = practice_of(request, request.path_params["slug"])
    return RuleDesk(
        house_of(request).runtime,
        practice,
        person_of(request),
        visitor(request).staff.role.value,
    )


def _steps(request: PageRequest) -> tuple[RuleVersion, ...]:
    try:
        return _desk(request).history(request.path_params["rule"])
    except NotFoundError:
        raise NotFoundError(NOTHING_HERE) from None


def _address(request: PageRequest, rule_id: str = "") -> str:
    practice = practice_of(request, request.path_params["slug"])
    return f"/practices/{practice.slug}/rules" + (f"/{rule_id}" if rule_id else "")


def _rule_page(
    request: PageRequest,
    *,
    form: Form | None = None,
    problem: ClaimwrightError | None = None,
    tried: DryRun | None = None,
) -> Response[Any]:
    practice = practice_of(request, request.path_params["slug"])
    steps, desk = _steps(request), _desk(request)
    newest = steps[-1]
    with house_of(request).runtime.unit_of_work(practice.tenant_id, person_of(request)) as uow:
        people = denial_groups.names(uow.connection, [one.saved_by for one in steps])
    return form_page(
        request,
        "rule.html",
        form,
        problem,
        here="practices",
        practice=practice,
        address=_address(request, newest.rule.id),
        rule=newest.rule,
        said=list(rule_in_words(newest.rule)),
        steps=[(one, people.get(one.saved_by, "")) for one in reversed(steps)],
        can_activate=newest.step is not Step.ON,
        can_end=any(one.step is Step.ON for one in steps) and newest.step is not Step.OFF,
        back_test=newest.step is not Step.ON and desk.needs_backtest(newest.rule),
        tried=tried,
        months=_MONTHS,
    )


def _form_page(
    request: PageRequest,
    *,
    form: Form | None = None,
    typed: dict[str, str] | None = None,
    problem: ClaimwrightError | None = None,
    found: tuple[Any, ...] = (),
    checked: bool = False,
) -> Response[Any]:
    """The form, as typed or as ``typed``."""
    sent = dict(form.items()) if form else dict(typed or {})
    several = {
        name: list(form.every(name)) if form else sent.get(name, "").split()
        for name in ("payer_kinds", "forms")
    }
    house = visitor(request).staff.role is Role.ADMIN
    practice = practice_of(request, request.path_params["slug"])
    settable = [
        in_words(path) for path, field in catalogue().items() if field.setting is not Setting.NEVER
    ]
    return page(
        request,
        "rule_form.html",
        status=200 if problem is None else problem.http_status,
        here="practices",
        practice=practice,
        address=_address(request),
        typed=sent,
        several=several,
        problem="" if problem is None else problem.message,
        wrong=problem.field if isinstance(problem, FieldError) else "",
        found=found,
        checked=checked,
        rows=list(range(1, ROWS + 1)),
        fields=sorted(field_names()),
        settable=sorted(settable),
        layers=[(one.value, _LAYER_WORDS[one]) for one in LAYERS if house or one is Layer.PRACTICE],
        overs=OVERS,
        operators=OPERATORS,
        judgements=JUDGEMENTS,
        owners=[("", "nobody in particular"), *((one.value, one.value) for one in OWNERS)],
        reprices=REPRICES,
        kinds=[one.value for one in PayerKind],
        claim_forms=[one.value for one in ClaimForm],
    )


_LAYER_WORDS = {
    Layer.PRACTICE: "of this practice",
    Layer.PAYER: "of a payer, for every practice",
    Layer.STATE: "of a state, for every practice",
}


def _from_denials(query: Any) -> dict[str, str]:
    """What a group of denials says a rule should look at."""
    carc, code, payer = (
        "".join(each for each in str(query.get(name, ""))[:20].upper() if each.isalnum())
        for name in ("carc", "code", "payer")
    )
    rule = DeclaredRule(
        id="-".join(filter(None, ("OWN", f"CARC{carc}" if carc else "", code, "1"))),
        title=f"Stop denials {carc} of {code or 'such claims'}" if carc else "",
        document="",
        layer=Layer.PRACTICE,
        actions=(Action(kind=ActionKind.HOLD, carc=carc),),
    )
    if not carc and not code:
        rule = replace(rule, id="OWN-")
    typed = typed_of(rule) | {"payers": payer}
    if code:
        typed |= {"field_1": in_words("line.code"), "operator_1": "is", "values_1": code}
    return typed
