"""The one place where things are wired: database, keys, units of work, rule books."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from threading import Lock
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Engine, text

from api import settings as settings_module
from api.own_prices import OwnPrices
from api.plugin_store import PluginStore
from api.settings import Settings
from api.tables.fee_schedule import medicare_schedule
from api.tables.opened import published_tables
from api.tables.reference import LoadedReference
from audit.event import DEPLOYMENT, Actor, ActorKind, Event, Purpose, machine
from audit.log import Verification, verify_all
from audit.logging import get_logger
from audit.reconcile import Reconciliation, reconcile
from audit.sequencer import sequence
from audit.store import record
from core.confidentiality import FieldClass
from core.errors import ClaimwrightError, PluginError, SetupError
from core.ports import Practice
from core.rules.declared import DeclaredRule
from core.rules.declared_compile import rule_set
from core.rules.declared_versions import in_force
from core.rules.rulebook import RuleBook, RuleSet
from core.usecases.submit import Sender
from plugins.host import EnabledPlugin, PluginHost
from plugins.settings import secret_fields, whole
from plugins.standing import PluginStep, Standing, State, standings
from plugins.stopped import absent
from tenants.ids import new_id
from tenants.key_provider import open_provider
from tenants.keyring import LocalKeyring
from tenants.keys import TenantKeys
from tenants.postgres import DatabaseUrls, open_database
from tenants.postgres import renew_context_key as new_context_key
from tenants.postgres.upkeep import Upkeep
from tenants.practice_secrets import PracticeSecrets
from tenants.sealed import BILLING_CLASSES
from tenants.session import (
    deployment_transaction,
    is_believed,
    make_engine,
    tenant_transaction,
    transaction,
)
from tenants.store import declared_rules, policies, practice_plugins, practices
from tenants.uow import UnitOfWork, UnitsOfWork, utc_now

# Other processes go on recording and signing while the log is verified.
_ON_ITS_WAY_SECONDS = 60

log = get_logger("runtime")

# What secret fields of settings are sealed as.
SETTINGS_CLASSES = frozenset({FieldClass.OPERATIONS})

_VERSIONS = Path(practices.__file__).parent / "migrations" / "versions"


class Runtime:
    """A running installation: what every command, page and job is given."""

    def __init__(
        self,
        settings: Settings,
        urls: DatabaseUrls,
        *,
        clock: Callable[[], datetime] = utc_now,
        engine: Engine | None = None,
    ) -> None:
        """``engine``: the application's own, where it is open already."""
        self.settings = settings
        self.urls = urls
        self.clock = clock
        self.engine: Engine = engine or make_engine(urls.app, context_key=urls.context_key)
        try:
            self.keyring = LocalKeyring.open(
                settings.home, database_has_keys=_database_has_keys(self.engine)
            )
            provider = open_provider(settings.keys, self.keyring)
        except ClaimwrightError:
            self.close()
            raise
        self._store = PluginStore(settings.home)
        self._store_stamp = -1
        self._taking = Lock()
        self._host = PluginHost(allowed=settings.plugins, unconfined=settings.unconfined_plugins)
        self.keys = TenantKeys(provider, PracticeSecrets(settings.home))
        self.reference = LoadedReference(settings.home)
        self._own_prices = OwnPrices()
        self._units = UnitsOfWork(self.engine, self.keys, clock=clock, reference=self.reference)

    @property
    def plugins(self) -> PluginHost:
        """The plugins of this installation, also those installed while this program runs."""
        stamp = self._store.stamp()
        if stamp != self._store_stamp:
            with self._taking:
                for source in self._store.sources():
                    self._host.take(source)
                self._store_stamp = stamp
        return self._host

    @plugins.setter
    def plugins(self, host: PluginHost) -> None:
        self._host = host

    def unit_of_work(
        self,
        tenant_id: UUID,
        actor: Actor | None = None,
        *,
        purpose: Purpose = Purpose.PAYMENT,
        as_of: date | None = None,
        found: Callable[[Connection], Practice] | None = None,
        classes: frozenset[FieldClass] = BILLING_CLASSES,
    ) -> AbstractContextManager[UnitOfWork]:
        """A transaction of the practice; without ``actor`` it is the system's.

        ``classes``: the classes of confidentiality it may open; never psychotherapy notes unless
        they are asked for.
        """
        return self._units.begin(
            tenant_id,
            actor or machine("system"),
            purpose=purpose,
            as_of=as_of,
            found=found,
            classes=classes,
        )

    def person(self, staff_id: UUID, name: str = "") -> Actor:
        """The actor for a member of staff; ``name`` is for the caller's reading only."""
        return Actor(kind=ActorKind.PERSON, id=staff_id)

    def practices(self) -> tuple[Practice, ...]:
        """All active practices, by number."""
        with transaction(self.engine) as connection:
            return practices.every(connection)

    def every_practice_id(self) -> tuple[UUID, ...]:
        """All practices, also those that left."""
        with transaction(self.engine) as connection:
            return practices.every_id(connection)

    def practice(self, slug: str) -> Practice:
        """The practice with this short name."""
        with transaction(self.engine) as connection:
            return practices.by_slug(connection, slug)

    @cached_property
    def sender(self) -> Sender:
        """Who files, as it stands on every 837."""
        given = self.settings
        return Sender(
            name=given.sender_name,
            contact_name=given.sender_contact,
            phone=given.sender_phone,
            receiver_id=given.receiver_id,
            receiver_name=given.receiver_name,
            usage=given.usage,
            acknowledgement_requested=given.acknowledgement_requested,
        )

    def rule_book(
        self,
        tenant_id: UUID,
        *,
        trying: EnabledPlugin | None = None,
        without: str = "",
        trying_rules: Sequence[DeclaredRule] = (),
        host: PluginHost | None = None,
    ) -> RuleBook:
        """The practice's rules: the platform's, its plugins', what people wrote, and prices.

        Every rule carries its own days, so one book serves all dates of service. The host compiles
        a set of plugins, settings and policies once and keeps it. ``trying``: a plugin as if it
        were enabled so, ``without``: as if it were not. ``trying_rules``: rules in place of what is
        in force under their ids. ``host``: another than the installation's, which knows more.
        """
        with tenant_transaction(self.engine, tenant_id) as connection:
            running = self._enabled(connection, tenant_id)
            stated = policies.every(connection)
            prices = self._own_prices.rules(connection, tenant_id)
            written = in_force(declared_rules.every(connection))
        apart = {without, trying.name if trying else ""}
        tried = {rule.id for rule in trying_rules}
        written = (*(rule for rule in written if rule.id not in tried), *trying_rules)
        own = rule_set("practice", written, payer_policies=stated)
        enabled = [one for one in running if one.name not in apart]
        book = self._built(tenant_id, host or self.plugins, enabled, trying, own, prices)
        medicare = medicare_schedule(published_tables(self.settings.home))
        return msgspec.structs.replace(book, medicare=medicare)

    def _built(
        self,
        tenant_id: UUID,
        host: PluginHost,
        enabled: Sequence[EnabledPlugin],
        trying: EnabledPlugin | None,
        own: RuleSet,
        prices: RuleSet | None,
    ) -> RuleBook:
        """The book of these; what cannot be loaded of partners' plugins holds what it guards.

        So a partner's plugin stops neither the claims it has nothing to do with nor the posting of
        payments. What is tried is refused instead.
        """
        left = list(enabled)
        while True:
            try:
                chosen = [*left, *([trying] if trying else [])]
                return host.build_rule_book(chosen, practice=own, prices=prices)
            except PluginError as error:
                broken = [one for one in left if one.name == error.plugin]
                if not broken or host.is_ours(error.plugin):
                    raise
                log.warning("plugin.absent", plugin=error.plugin)
                left.remove(broken[0])
                own = self._with_guards(tenant_id, own, broken[0])

    def _with_guards(self, tenant_id: UUID, own: RuleSet, broken: EnabledPlugin) -> RuleSet:
        with tenant_transaction(self.engine, tenant_id) as connection:
            known = practice_plugins.guards(connection, broken.name, broken.version)
        standing_in = absent(broken.name, known, broken.window)
        return msgspec.structs.replace(
            own,
            claim_edits=(*own.claim_edits, *standing_in.claim_edits),
            gates=(*own.gates, *standing_in.gates),
        )

    def enabled_plugins(self, tenant_id: UUID) -> tuple[EnabledPlugin, ...]:
        """The plugins whose findings count at a practice, settings with their secret fields."""
        with tenant_transaction(self.engine, tenant_id) as connection:
            return self._enabled(connection, tenant_id)

    def steps(self, tenant_id: UUID) -> tuple[PluginStep, ...]:
        """What counts at a practice and what is tried there: the newest step of each lane."""
        with tenant_transaction(self.engine, tenant_id) as connection:
            found = standings(practice_plugins.newest(connection)[0])
        return tuple(step for one in found for step in (one.live, one.shadow) if step)

    def enabled(self, step: PluginStep, secrets: Mapping[str, str]) -> EnabledPlugin:
        """A step as the host takes it, with those secret fields that its version knows."""
        given: dict[str, str] = {}
        # One that cannot be loaded is found out when its rules are built.
        with suppress(PluginError):
            if secrets:
                schema = self.plugins.settings_schema(step.plugin, step.version)
                fields = secret_fields(step.plugin, schema)
                given = {name: value for name, value in secrets.items() if name in fields}
        return EnabledPlugin(
            name=step.plugin,
            version=step.version,
            window=step.window,
            settings=whole(step.settings, given),
            sees=None if self.plugins.is_ours(step.plugin) else step.sees,
            stopped=step.state is State.STOPPED,
        )

    def in_shadow(self, tenant_id: UUID) -> tuple[tuple[PluginStep, EnabledPlugin], ...]:
        """The versions that are only tried at a practice, each with the step that began it."""
        with tenant_transaction(self.engine, tenant_id) as connection:
            found, secrets = self._plugins_of(connection, tenant_id)
        return tuple(
            (one.shadow, self.enabled(one.shadow, secrets.get(one.plugin, {})))
            for one in found
            if one.shadow
        )

    def _enabled(self, connection: Connection, tenant_id: UUID) -> tuple[EnabledPlugin, ...]:
        found, secrets = self._plugins_of(connection, tenant_id)
        return tuple(
            self.enabled(one.live, secrets.get(one.plugin, {})) for one in found if one.live
        )

    def _plugins_of(
        self, connection: Connection, tenant_id: UUID
    ) -> tuple[tuple[Standing, ...], dict[str, dict[str, str]]]:
        """How plugins stand, and their secret fields: one query, two more where there are any."""
        steps, has_secrets = practice_plugins.newest(connection)
        secrets: dict[str, dict[str, str]] = {}
        if has_secrets:
            sealer = self.keys.for_tenant(connection, tenant_id, SETTINGS_CLASSES)
            secrets = practice_plugins.secrets(connection, sealer)
        return standings(steps), secrets

    @contextmanager
    def reading_everything(self) -> Iterator[Connection]:
        """A read-only transaction that sees every practice, for backups and their upkeep."""
        settings = self.settings
        upkeep = Upkeep(settings.home, settings.database_url, durable=settings.durable)
        with upkeep.reader(self.urls.migrator) as url:
            engine = make_engine(url, pool_size=1)
            try:
                with engine.connect() as connection, connection.begin():
                    yield connection
            finally:
                engine.dispose()

    def sequence_audit(self) -> None:
        """Put waiting audit events into their trees and sign the new checkpoints."""
        engine = make_engine(self.urls.sequencer, pool_size=1)
        try:
            with engine.connect() as connection:
                sequence(connection, self.keyring.signer(), self.clock(), self.settings.checkpoints)
        finally:
            engine.dispose()

    def verify_audit(self) -> Verification:
        """Recompute every audit log and compare it with what was signed."""
        engine = make_engine(self.urls.sequencer, pool_size=1)
        try:
            with engine.connect() as connection:
                return verify_all(
                    connection,
                    self.keyring.signer().verifier,
                    self.settings.checkpoints,
                    patience_seconds=_ON_ITS_WAY_SECONDS,
                )
        finally:
            engine.dispose()

    def note_verification(self, found: Verification) -> None:
        """Write down that the log was verified: an event of the deployment, which must be taken."""
        event = Event.of(
            "audit.verified",
            id=new_id(),
            tenant_id=DEPLOYMENT,
            at=self.clock(),
            actor=machine("command"),
            counts={"events": found.events, "problems": len(found.problems)},
            purpose=Purpose.SECURITY,
        )
        with deployment_transaction(self.engine) as connection:
            record(connection, (event,))

    def reconcile_audit(self, *, since: datetime | None = None) -> Reconciliation:
        """Compare every captured change with the events of its transaction."""
        engine = make_engine(self.urls.sequencer, pool_size=1)
        try:
            with engine.connect() as connection:
                return reconcile(connection, since=since)
        finally:
            engine.dispose()

    def close(self) -> None:
        """Give back the connections, and end the processes of partners' plugins."""
        self.engine.dispose()
        if hasattr(self, "_host"):
            self._host.close()


def _database_has_keys(engine: Engine) -> bool:
    """Whether anything was ever sealed here: then a keyring must be there already."""
    with transaction(engine) as connection:
        sealed = "SELECT EXISTS (SELECT FROM practice) OR EXISTS (SELECT FROM authenticator_app)"
        return bool(connection.execute(text(sealed)).scalar())


def newest_revision() -> str:
    """The newest migration of this program, by file name: alembic is slow to import."""
    return max(path.name[:4] for path in _VERSIONS.glob("[0-9]*.py"))


def _revision(engine: Engine) -> str | None:
    with transaction(engine) as connection:
        known = connection.execute(
            text("SELECT to_regclass('public.alembic_version') IS NOT NULL")
        ).scalar()
        if not known:
            return None
        if not connection.execute(
            text("SELECT has_table_privilege('public.alembic_version', 'SELECT')")
        ).scalar():
            return "0000"
        return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar())


def migrate(settings: Settings) -> str:
    """Bring the database to this program's schema; the revision it is at then."""
    from tenants.store.schema import migrate as bring_up

    settings_module.make_home(settings)
    return bring_up(open_urls(settings))


def renew_context_key(settings: Settings) -> None:
    """Sign with a new key from the next start of each program on; see ``tenants.context``."""
    from tenants.store.schema import migrate as bring_up

    migrate(settings)
    keys = new_context_key(
        settings.home, database_url=settings.database_url, durable=settings.durable
    )
    bring_up(open_urls(settings), believe_only=keys)


def _bring_up(urls: DatabaseUrls) -> None:
    from tenants.store.schema import migrate as bring_up  # alembic is slow to import

    bring_up(urls)


def _check_context(running: Runtime) -> None:
    """A database put back from a backup has the key of then: it is given this installation's."""
    if is_believed(running.engine):
        return
    _bring_up(running.urls)
    if not is_believed(running.engine):
        raise SetupError(
            "the database does not accept this installation's key; run: claimwright doctor"
        )


def open_urls(settings: Settings) -> DatabaseUrls:
    """How each role reaches the database, which is started or attached to."""
    return open_database(
        settings.home, database_url=settings.database_url, durable=settings.durable
    )


@contextmanager
def runtime(
    settings: Settings | None = None, *, clock: Callable[[], datetime] = utc_now
) -> Iterator[Runtime]:
    """The installation the environment names, ready to work.

    The embedded database is started and migrated by itself. An external one is migrated only when
    it is empty; else its operator runs ``claimwright migrate``.
    """
    settings = settings or settings_module.read()
    settings_module.make_home(settings)
    urls = open_urls(settings)
    engine = make_engine(urls.app, context_key=urls.context_key)
    try:
        _check_revision(settings, urls, engine)
        running = Runtime(settings, urls, clock=clock, engine=engine)
        try:
            _check_context(running)
            yield running
        finally:
            running.close()
    finally:
        engine.dispose()


def _check_revision(settings: Settings, urls: DatabaseUrls, engine: Engine) -> None:
    revision, newest = _revision(engine), newest_revision()
    if revision == newest:
        return
    if revision is not None and revision > newest:
        raise SetupError("the database is of a newer Claimwright; upgrade this program")
    if revision is not None and settings.database_url is not None:
        raise SetupError("the database is of an older Claimwright; run: claimwright migrate")
    _bring_up(urls)
